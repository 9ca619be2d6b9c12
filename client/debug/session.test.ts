/** Tests the debug adapter directly, and over standard input and output with an independent client. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterEach, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { dist } from "../../test/fixtures.ts";
import { framed, frameReader } from "./framing.ts";

class StdioClient extends DebugClient {
  readonly process: ChildProcess;
  constructor() {
    super("", "", "nn");
    this.process = spawn(process.execPath, [fileURLToPath(new URL("nn.js", dist)), "dap", "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdout, stdin } = this.process;
    if (stdout && stdin) this.connect(stdout, stdin);
  }
}

const FILE = `model Xor {
  input a, b
  hidden: dense 3 tanh
  dense 1 sigmoid
}
data T {
  features a, b
  target t
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train Xor on T {
  loss binary_crossentropy
  optimizer sgd(learning_rate=0.5)
  batch 2
  epochs 30
}
`;

const clients: StdioClient[] = [];
afterEach(() => {
  for (const { process: own } of clients.splice(0)) own.kill();
});

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "debug-")), "net.nn");
  writeFileSync(path, text);
  return path;
}

const stopOf = (client: StdioClient): Promise<DebugProtocol.StoppedEvent["body"]> =>
  client.waitForEvent("stopped").then(({ body }) => body as DebugProtocol.StoppedEvent["body"]);

async function started(
  text = FILE,
  configure: (client: StdioClient, path: string) => Promise<unknown> = async () => undefined,
  options: object = {},
) {
  const client = new StdioClient();
  clients.push(client);
  const path = fileOf(text);
  await client.initializeRequest();
  const initialized = client.waitForEvent("initialized");
  await client.launchRequest({ program: path, ...options } as DebugProtocol.LaunchRequestArguments);
  await initialized;
  await configure(client, path);
  const stopped = stopOf(client);
  await client.configurationDoneRequest();
  expect((await stopped).reason).toBe("entry");
  return { client, path };
}

type Move = "next" | "stepBack" | "continue" | "reverseContinue" | "stepOut";
async function moved(client: StdioClient, move: Move): Promise<DebugProtocol.StoppedEvent["body"]> {
  const stopped = stopOf(client);
  await client.send(move, { threadId: 1 });
  return await stopped;
}

const topOf = async (client: StdioClient): Promise<DebugProtocol.StackFrame | undefined> =>
  (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames[0];

const evaluated = async (client: StdioClient, expression: string, context = "watch"): Promise<string> =>
  (await client.evaluateRequest({ expression, context })).body.result;

describe("a client over standard input and output", () => {
  test("walks down the layers to the loss and up again, and back", async () => {
    const { client } = await started();
    const lines: unknown[] = [(await topOf(client))?.line];
    for (let k = 0; k < 8; k++) {
      await moved(client, "next");
      lines.push((await topOf(client))?.line);
    }
    // Data, down the layers, loss, up the layers, optimizer, data.
    expect(lines).toEqual([6, 2, 3, 4, 15, 4, 3, 16, 6]);
    const back: unknown[] = [];
    for (let k = 0; k < 8; k++) {
      await moved(client, "stepBack");
      back.push((await topOf(client))?.line);
    }
    expect(back).toEqual(lines.toReversed().slice(1));
    const { stackFrames, totalFrames } = (await client.stackTraceRequest({ threadId: 1, startFrame: 1, levels: 2 })).body;
    expect(stackFrames.map(({ name }) => name)).toEqual(["batch 1 of 2", "epoch 1 of 30"]);
    expect(totalFrames).toBe(4);
  });

  test("stops at breakpoints with modes and conditions in both directions, and writes logpoints", async () => {
    const { client } = await started(FILE, async (own, path) => {
      const { body } = await own.setBreakpointsRequest({
        source: { path },
        breakpoints: [
          { line: 3, mode: "reverse", condition: "epoch == 2 and norm(hidden.kernel.grad) > 0" } as DebugProtocol.SourceBreakpoint,
          { line: 15, logMessage: "epoch {epoch}: {loss}" },
          { line: 9 },
          { line: 4, condition: "norm(" },
        ],
      });
      expect(body.breakpoints.map(({ verified, message }) => [verified, message])).toEqual([
        [true, undefined],
        [true, undefined],
        [true, undefined],
        [false, "The expression is not complete."],
      ]);
    });
    // A breakpoint in another file does not belong to this session.
    expect(
      (await client.setBreakpointsRequest({ source: { path: "/elsewhere.nn" }, breakpoints: [{ line: 3 }] })).body.breakpoints[0]?.verified,
    ).toBe(false);
    const logged: string[] = [];
    client.on("output", ({ body }: DebugProtocol.OutputEvent) => logged.push(`${body.line} ${body.output.replace(/[\d.]+\n/, "…")}`));
    const seen: string[] = [];
    const look = async (): Promise<void> => {
      const frames = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
      seen.push(
        frames
          .map(({ name, line }) => `${name} ${line}`)
          .slice(0, 3)
          .join(", "),
      );
    };
    for (let k = 0; k < 4; k++) {
      expect((await moved(client, "continue")).reason).toBe("breakpoint");
      await look();
    }
    // The third breakpoint, on a table row, moves to the nearest possible line: the data.
    expect(seen).toEqual([
      "the next mini-batch 6, batch 2 of 2 6, epoch 1 of 30 18",
      "the next mini-batch 6, batch 1 of 2 6, epoch 2 of 30 18",
      "hidden (reverse), computed 3, batch 1 of 2 6, epoch 2 of 30 18",
      "the next mini-batch 6, batch 2 of 2 6, epoch 2 of 30 18",
    ]);
    expect(logged).toEqual(["15 epoch 1: …", "15 epoch 1: …", "15 epoch 2: …"]);
    const forward = seen.splice(0);
    for (let k = 0; k < 3; k++) {
      await moved(client, "reverseContinue");
      await look();
    }
    expect(seen).toEqual(forward.toReversed().slice(1));
    expect(logged).toHaveLength(3);
    const start = await moved(client, "reverseContinue");
    expect([start.reason, (await topOf(client))?.name]).toEqual(["breakpoint", "the next mini-batch"]);
  });

  test("stops where a number became infinite, names it, and ends after the end", async () => {
    const { client } = await started(
      FILE.replace("dense 1 sigmoid", "dense 1").replace("binary_crossentropy", "mse").replace("0.5", "1e30"),
      async (own) => {
        const { body } = await own.setExceptionBreakpointsRequest({
          filters: [],
          filterOptions: [{ filterId: "nonFinite" }, { filterId: "exploding", condition: "gradient > (" }],
        });
        expect(body?.breakpoints?.map(({ verified }) => verified)).toEqual([true, false]);
      },
    );
    const stop = await moved(client, "continue");
    expect([stop.reason, stop.text]).toEqual(["exception", expect.stringMatching(/became (Infinity|-Infinity|NaN)/)]);
    const info = (await client.exceptionInfoRequest({ threadId: 1 })).body;
    expect(info.description).toBe(stop.text);
    expect((await topOf(client))?.name).toContain(", computed");
    const end = await moved(client, "continue");
    expect(end.text).toContain("The training can't go on: in epoch");
    const back = await moved(client, "reverseContinue");
    expect(back.text).toBe(stop.text);
    const ended = client.waitForEvent("terminated");
    await moved(client, "continue");
    await client.continueRequest({ threadId: 1 });
    await ended;
  });

  test("finds the layer of debug-me.nn as its comments say, back in time", async () => {
    const { client } = await started(readFileSync(inProject("samples", "debug-me.nn"), "utf8"));
    expect((await moved(client, "continue")).text).toBe("The output of steep became Infinity in row 4 of the batch, unit 4.");
    expect(Number(await evaluated(client, "max(steep.z)"))).toBeGreaterThan(88);
    await client.setExceptionBreakpointsRequest({ filters: [], filterOptions: [{ filterId: "nonFinite" }, { filterId: "exploding" }] });
    await moved(client, "reverseContinue");
    const stop = await moved(client, "reverseContinue");
    expect([stop.reason, (await topOf(client))?.name]).toEqual(["exception", "steep (reverse), computed"]);
    expect(stop.text).toMatch(/^The gradient of steep has the norm \d+; its weights have the norm \d/);
  });

  test("begins at a mini-batch, as Debug This Batch asks for it", async () => {
    const { client } = await started(FILE, async () => undefined, { epoch: 7, batch: 2, seed: 3 });
    const frames = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
    expect(frames.map(({ name }) => name).slice(0, 3)).toEqual(["the next mini-batch", "batch 2 of 2", "epoch 7 of 30"]);
    await moved(client, "stepBack");
    expect((await topOf(client))?.name).toBe("update of the weights");
  });

  test("halts a long training, takes new breakpoints while it runs, restarts, and completes names", async () => {
    const { client, path } = await started(FILE.replace("epochs 30", "epochs 100000000"));
    const paused = stopOf(client);
    await client.continueRequest({ threadId: 1 });
    await client.pauseRequest({ threadId: 1 });
    expect((await paused).reason).toBe("pause");
    expect(Number(await evaluated(client, "epoch"))).toBeGreaterThan(1);
    const hit = stopOf(client);
    await client.continueRequest({ threadId: 1 });
    await client.setBreakpointsRequest({ source: { path }, breakpoints: [{ line: 18 }] });
    expect((await hit).reason).toBe("breakpoint");
    const again = stopOf(client);
    await client.send("restart", {});
    expect((await again).reason).toBe("entry");
    expect(await evaluated(client, "epoch")).toBe("1");
    const { targets } = (await client.completionsRequest({ text: "norm(hidden.ke", column: 15, frameId: 1 })).body;
    expect(targets.map(({ label }) => label)).toEqual(["kernel", "kernel.grad", "kernel.momentum"]);
  });

  test("explains a number of the stop, and stays there", async () => {
    const { client } = await started();
    for (let k = 0; k < 7; k++) await moved(client, "next");
    const top = await topOf(client);
    const lines = (await evaluated(client, "why(hidden.kernel[0, 1].grad)", "repl")).split("\n");
    expect(lines[0]).toMatch(/^hidden\.kernel\.grad\[0, 1\] = Σ input_1\[:, 0\] · hidden\.z\.grad\[:, 1\] = /);
    expect(lines.at(-1)).toMatch(/^hidden\.z\.grad\[1, 1\] = hidden\.output\.grad\[1, 1\] · f′\(hidden\.z\[1, 1\]\) = /);
    expect(await topOf(client)).toEqual(top);
    await expect(evaluated(client, "1 + why(loss)")).rejects.toThrow("why(...) has no value; ask it alone");
  });

  test("opens a kernel page by page, edits a weight, and takes the edit back on the way back", async () => {
    const { client } = await started();
    await moved(client, "next");
    await moved(client, "next");
    const { scopes } = (await client.scopesRequest({ frameId: 1 })).body;
    expect(scopes.map(({ name, expensive }) => [name, expensive])).toEqual([
      ["hidden", false],
      ["Batch", true],
      ["Training", false],
      ["All layers", true],
    ]);
    const { variables } = (await client.variablesRequest({ variablesReference: scopes[0]?.variablesReference ?? 0 })).body;
    expect(variables.map(({ name, value }) => [name, value.slice(0, 22)])).toEqual([
      ["input", "float32[2, 2]  norm 1 "].map((text) => expect.stringContaining(text.slice(0, 13))),
      ["kernel", expect.stringContaining("float32[2, 3]")],
      ["bias", expect.stringContaining("float32[3]")],
      ["z", "not computed yet in th"],
      ["output", "not computed yet in th"],
      ["output.grad", "not computed yet in th"],
      ["z.grad", "not computed yet in th"],
      ["kernel.grad", "not computed yet in th"],
      ["bias.grad", "not computed yet in th"],
      ["kernel.momentum", expect.stringContaining("float32[2, 3]")],
      ["bias.momentum", expect.stringContaining("float32[3]")],
    ]);
    const kernel = variables[1];
    expect(kernel?.indexedVariables).toBe(2);
    const rows = (
      await client.variablesRequest({ variablesReference: kernel?.variablesReference ?? 0, filter: "indexed", start: 1, count: 1 })
    ).body.variables;
    expect(rows.map(({ name, evaluateName }) => [name, evaluateName])).toEqual([["[1]", "hidden.kernel[1]"]]);
    const before = await evaluated(client, "hidden.kernel[1, 2]");
    await client.setVariableRequest({ variablesReference: rows[0]?.variablesReference ?? 0, name: "[2]", value: "2 + 0.5" });
    expect(await evaluated(client, "hidden.kernel[1, 2]")).toBe("2.5");
    await moved(client, "next");
    expect(await evaluated(client, "shape(hidden.output)", "repl")).toContain("[2, 3]");
    const output = client.waitForEvent("output");
    await moved(client, "stepBack");
    await moved(client, "stepBack");
    expect((await output).body.output).toContain("1 change of yours was taken back");
    expect(await evaluated(client, "hidden.kernel[1, 2]")).toBe(before);
    expect(await evaluated(client, "hidden.kernel", "clipboard")).toMatch(/^\[\[.*\], \[.*\]\]$/);
  });
});

describe("a client that does not follow the protocol", () => {
  /** Sends all frames at once. Returns the adapter's messages until it ends. */
  async function answersTo(frames: readonly (string | object)[]): Promise<DebugProtocol.Response[]> {
    const own = spawn(process.execPath, [fileURLToPath(new URL("nn.js", dist)), "dap", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    const messages: DebugProtocol.Response[] = [];
    const reader = frameReader((message) => messages.push(message as DebugProtocol.Response));
    own.stdout.on("data", (bytes: Buffer) => reader.take(bytes));
    const closed = new Promise<number | null>((done) => own.on("close", done));
    for (const frame of frames) own.stdin.write(typeof frame === "string" ? frame : framed(frame));
    own.stdin.end();
    expect(await closed).toBe(0);
    return messages;
  }
  const request = (seq: number, command: string, given?: unknown) => ({ seq, type: "request", command, arguments: given });

  test("receives an answer to each request, and the adapter ends in order", async () => {
    const messages = await answersTo([
      request(1, "next"),
      request(2, "stackTrace", { threadId: 1 }),
      request(3, "launch"),
      request(4, "launch", { program: "/nowhere/net.nn" }),
      request(5, "launch", { program: fileOf("model M {\n  input a\n}\n") }),
      request(6, "variables", { variablesReference: "one" }),
      request(7, "constructor"),
      request(8, "__proto__", { a: 1 }),
      request(9, "initialize"),
      request(10, "evaluate", { expression: "1 + 1" }),
      { seq: 11, type: "request" },
      request(12, "configurationDone"),
      request(13, "terminate"),
      request(14, "disconnect"),
    ]);
    // The adapter answers the end of the input like a request with the number 0.
    const responses = messages.filter(({ type, request_seq }) => type === "response" && request_seq > 0);
    // A watch without a value must not show a notification at each step.
    const shown = responses.filter(({ body }) => (body as { error?: { showUser?: boolean } } | undefined)?.error?.showUser);
    expect(shown.map(({ command }) => command)).toEqual(["next"]);
    expect(responses.map(({ request_seq, success, message }) => [request_seq, success, message])).toEqual([
      [11, false, "The request is malformed."],
      [1, false, "No training is being debugged."],
      [2, false, "No training is being debugged."],
      [3, false, expect.stringContaining("The request launch is malformed: program")],
      [4, false, "/nowhere/net.nn can't be read."],
      [5, false, "net.nn has no `train` block and no row of an `expect` block, so there is nothing to debug."],
      [6, false, expect.stringContaining("The request variables is malformed: variablesReference")],
      [7, false, "The debugger does not know the request constructor."],
      [8, false, "The debugger does not know the request __proto__."],
      [9, true, undefined],
      [10, false, "No training is being debugged."],
      [12, false, "No training is being debugged."],
      [13, true, undefined],
      [14, true, undefined],
    ]);
  });

  test("may send what is no message: the messages after it are answered", async () => {
    const messages = await answersTo([
      "Content-Length: 3\r\n\r\n{{{",
      "Content-Length: nonsense\r\n\r\n",
      framed([1, 2, 3]),
      framed(null),
      framed({ seq: "x", type: "request", command: "initialize" }),
      framed({ seq: 1, type: "event", event: "stopped" }),
      framed({ seq: 2, type: "request", command: "threads" }),
    ]);
    expect(messages.filter(({ command }) => command === "threads")).toEqual([
      expect.objectContaining({ success: true, body: { threads: [] } }),
    ]);
  });
});

test("a frame is read from any pieces of the stream", () => {
  const read: unknown[] = [];
  const reader = frameReader((message) => read.push(message));
  const bytes = Buffer.from(framed({ text: "Δ = ∂L/∂W" }) + framed([1]));
  for (const byte of bytes) reader.take(Uint8Array.of(byte));
  expect(read).toEqual([{ text: "Δ = ∂L/∂W" }, [1]]);
});
