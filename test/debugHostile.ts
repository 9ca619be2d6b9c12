/** A client that sends anything in any order. Each request is answered once, the debugger never fails, and the training can still be debugged. */
import { rmSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { expect } from "vitest";
import { requestArguments } from "../client/debug/requests.ts";
import { DebugSession } from "../client/debug/session.ts";
import { randomFrom } from "../engine/random.ts";
import { fileOf } from "./debugClient.ts";
import { builtKernels } from "./fixtures.ts";

export const HOSTILE_FILES = {
  "a training": `model Net {
  input x1, x2
  repeat 2 {
    dense 3 relu
    dropout 0.2
  }
  last: dense 1
}
data D {
  source moons(samples=40, noise=0.2)
  split validation=0.2
}
train Net on D {
  loss mse
  optimizer adam(learning_rate=0.01)
  metrics mae
  batch 8
  epochs 4
}
`,
  "a training that becomes infinite in its first mini-batch": `model Net {
  input a
  steep: dense 2 exponential kernel=[[900, 1]] bias=[0, 0]
  last: dense 1
}
data D {
  features a
  target t
  1 -> 1
  2 -> 4
}
train Net on D {
  loss mse
  batch 1
  epochs 3
}
`,
  "one row": "model Net {\n  input a\n  dense 1\n}\ndata D {\n  2 -> 3\n}\ntrain Net on D {\n  loss mse\n  epochs 2\n}\n",
  "rows of an expectation": `model And {
  input a, b
  last: neuron a, b threshold=2
}
expect And {
  0 1 -> 0
  1 1 -> 1
}
`,
};

interface Answers {
  readonly session: DebugSession;
  readonly responses: DebugProtocol.Response[];
  readonly events: DebugProtocol.Event[];
}

function begun(): Answers {
  const responses: DebugProtocol.Response[] = [];
  const events: DebugProtocol.Event[] = [];
  const session = new DebugSession({
    send(message) {
      // A value without a JSON form can't be sent.
      const copy = JSON.parse(JSON.stringify(message)) as DebugProtocol.ProtocolMessage;
      if (copy.type === "response") responses.push(copy as DebugProtocol.Response);
      else events.push(copy as DebugProtocol.Event);
    },
    kernels: builtKernels(),
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now(),
    ended: () => undefined,
  });
  return { session, responses, events };
}

const COMMANDS = Object.keys(requestArguments).filter((command) => !["launch", "disconnect", "terminate"].includes(command));
const EXPRESSIONS = [
  "loss",
  "last.kernel",
  "last.kernel[0, 0]",
  "dense_1[-1]",
  "why(loss)",
  "why(last.kernel[0, 0].grad)",
  "why(last.kernel[0, 0])",
  "prev(loss)",
  "norm(prev(last.kernel)) > 1",
  "last[",
  "((((((",
  "",
  "x1[5:2]",
  "shape(x1[9:])",
  "argmax(last[2:2])",
  "__proto__",
  "last.constructor",
  "hasOwnProperty(1)",
  "1e999 - 1e999",
  "learning_rate",
  '"a" < 1',
  "last ^ 2 == prev(last)",
] as const;

function anything(random: ReturnType<typeof randomFrom>, path: string): unknown {
  const numbers = [0, 1, 2, 3, 4, 5, 7, 12, 40, 1000, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, Number.NaN];
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const number = (): number => (random.uniform() < 0.7 ? random.below(20) : pick(numbers));
  const text = (): string =>
    pick([
      ...EXPRESSIONS,
      ...EXPRESSIONS,
      path,
      "[0]",
      "kernel",
      "both",
      "reverse",
      "nonFinite",
      "dead",
      "csv",
      "% 2",
      ">= 3",
      "{loss} {last",
      "\u202e\u0007",
    ]);
  const depth = (left: number): unknown => {
    const kind = random.below(left > 0 ? 7 : 5);
    if (kind < 2) return number();
    if (kind < 4) return text();
    if (kind === 4) return pick([null, true, false, undefined]);
    if (kind === 5) return Array.from({ length: random.below(4) }, () => depth(left - 1));
    return {
      line: number(),
      condition: pick([text(), undefined]),
      hitCondition: pick(["% 2", "3", undefined]),
      mode: pick(["both", "reverse", text()]),
      logMessage: pick([undefined, undefined, text()]),
      filterId: pick(["dead", "exploding", "vanishing", "lossRises", "nonFinite", text()]),
      dataId: text(),
    };
  };
  const valid = random.uniform() < 0.75;
  const breakpoints = (): unknown[] =>
    Array.from({ length: random.below(5) }, () => ({
      line: 1 + random.below(24),
      dataId: text(),
      ...(random.uniform() < 0.4 && { condition: text() }),
      ...(random.uniform() < 0.2 && { hitCondition: pick(["% 2", "3", ">= 2"]) }),
      ...(random.uniform() < 0.2 && { logMessage: "loss {loss}" }),
      mode: pick(["both", "forward", "reverse"]),
    }));
  if (!valid)
    return random.uniform() < 0.3
      ? depth(2)
      : Object.fromEntries(
          [
            "variablesReference",
            "frameId",
            "line",
            "expression",
            "name",
            "value",
            "breakpoints",
            "filters",
            "source",
            "targetId",
            "epoch",
            "start",
            "count",
            "column",
            "text",
          ].map((key) => [key, depth(2)]),
        );
  return {
    threadId: 1,
    variablesReference: random.below(30),
    frameId: random.below(7),
    start: random.below(5),
    count: pick([0, 1, 100, 2 ** 40]),
    line: 1 + random.below(24),
    endLine: 30,
    name: pick(["[0]", "[1]", "kernel", "learning_rate", "rows", text()]),
    value: pick(["1", "0", "-2.5", text()]),
    expression: text(),
    context: pick(["watch", "repl", "hover", "clipboard", "variables"]),
    text: pick(["last.ke", "no", "(", text()]),
    column: random.below(12),
    source: random.uniform() < 0.8 ? { path } : { sourceReference: 1 },
    breakpoints: breakpoints(),
    filters: random.uniform() < 0.5 ? ["nonFinite"] : [],
    filterOptions: Array.from({ length: random.below(3) }, () => ({
      filterId: pick(["dead", "exploding", "vanishing", "lossRises"]),
      condition: pick(["", undefined, "loss > 0", text()]),
    })),
    targetId: random.below(20),
    epoch: 1 + random.below(6),
    batch: 1 + random.below(6),
    weight: pick(["last.kernel[0, 0]", "last.bias[0]", text()]),
    format: pick(["csv", "safetensors"]),
    of: pick(["file", "text"]),
  };
}

/** Sends random requests, also before the launch. Asserts that each is answered and that the session can then be moved and ended. */
export async function expectAnswers(name: keyof typeof HOSTILE_FILES, steps: number, seed: number): Promise<void> {
  const random = randomFrom(seed, "generator");
  const { session, responses, events } = begun();
  const path = fileOf(HOSTILE_FILES[name]);
  let seq = 0;
  const sent: unknown[] = [];
  const send = (command: string, given?: unknown): number => {
    sent.push([command, given]);
    session.handle({ seq: ++seq, type: "request", command, ...(given !== undefined && { arguments: given }) });
    return seq;
  };
  for (let k = 0; k < 20; k++) send(COMMANDS[random.below(COMMANDS.length)] ?? "", anything(random, path));
  const launch = send("launch", { program: path });
  await session.idle();
  expect(responses.find(({ request_seq }) => request_seq === launch)).toMatchObject({ success: true });
  for (let k = 0; k < steps; k++) {
    const command = COMMANDS[random.below(COMMANDS.length)] ?? "";
    // Continue at the end of the training ends the session.
    send(command === "continue" && random.uniform() < 0.7 ? "reverseContinue" : command, anything(random, path));
    if (random.uniform() < 0.6) await session.idle();
    if (k === Math.floor(steps / 2)) rmSync(path);
    if (events.some(({ event }) => event === "terminated")) break;
  }
  await session.idle();
  const failed = responses.filter(({ message }) => message?.startsWith("The debugger failed"));
  expect(failed.map(({ request_seq, message }) => [message, sent[request_seq - 1]])).toEqual([]);
  const broken = events.filter(({ event, body }) => event === "output" && /failed/.test((body as { output: string }).output));
  expect(broken).toEqual([]);
  expect(responses.map(({ request_seq }) => request_seq).sort((a, b) => a - b)).toEqual(Array.from({ length: seq }, (_, k) => k + 1));
  // It still moves, and ends in order.
  if (!events.some(({ event }) => event === "terminated")) {
    send("setBreakpoints", { source: { path }, breakpoints: [] });
    send("setBreakpoints", { source: { sourceReference: 1 }, breakpoints: [] });
    send("setExceptionBreakpoints", { filters: [] });
    send("setDataBreakpoints", { breakpoints: [] });
    send("reverseContinue", { threadId: 1 });
    await session.idle();
    const asked = send("stackTrace", { threadId: 1 });
    await session.idle();
    const { body } = responses.find(({ request_seq }) => request_seq === asked) as DebugProtocol.StackTraceResponse;
    expect(body.stackFrames[0]?.name).toMatch(/^the next/);
  }
  send("disconnect");
  await session.idle();
  expect(events.filter(({ event }) => event === "terminated")).toHaveLength(1);
}
