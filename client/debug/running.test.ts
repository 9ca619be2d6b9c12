/** Requests during a running training, restarts, and jumps within the training. */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, test } from "vitest";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";
import { debuggedFile } from "../../test/debuggedFile.ts";

/** Too many epochs for any test to reach the end. */
const LONG = 100_000_000;

async function launched(text: string): Promise<{ readonly client: DebugTestClient; readonly program: string }> {
  const client = debugClient();
  const program = fileOf(text);
  await client.launch({ program });
  return { client, program };
}

const reasonOf = async (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "answered",
    (error: Error) => error.message,
  );

describe("while a training runs", () => {
  test("threads are listed at once, and its numbers are refused, so that a client can pause it", async () => {
    const { client } = await launched(debuggedFile(LONG));
    await client.request("continue", { threadId: 1 });
    await client.turn();
    expect(await client.request("threads")).toEqual({ threads: [{ id: 1, name: "Training Net" }] });
    for (const [command, given] of [
      ["evaluate", { expression: "loss" }],
      ["stackTrace", { threadId: 1 }],
      ["variables", { variablesReference: 1 }],
      ["setExpression", { expression: "learning_rate", value: "1" }],
      ["nnStep", {}],
    ] as const)
      expect([command, await reasonOf(client.request(command, given))]).toEqual([
        command,
        "The training is running. Pause it to look at its numbers.",
      ]);
    expect(await client.request("nnValues")).toEqual({ values: [] });
    expect(await client.move("pause")).toMatchObject({ reason: "pause" });
    expect(Number(await client.evaluate("epoch"))).toBeGreaterThan(1);
  });

  test("a pause that was sent together with Continue is not lost", async () => {
    const { client } = await launched(debuggedFile(LONG));
    const stopped = client.next("stopped");
    await Promise.all([client.request("continue", { threadId: 1 }), client.request("pause", { threadId: 1 })]);
    expect(await stopped).toMatchObject({ reason: "pause" });
  });

  test("a session that is left while new breakpoints are being set ends once", async () => {
    const { client, program } = await launched(debuggedFile(LONG));
    await client.request("continue", { threadId: 1 });
    await client.turn();
    const terminated = client.next("terminated");
    await Promise.all([
      client.request("setBreakpoints", { source: { path: program }, breakpoints: [] }),
      client.request("terminate"),
      client.request("disconnect"),
    ]);
    await terminated;
    expect(await reasonOf(client.request("evaluate", { expression: "1" }))).toBe("No training is being debugged.");
  });

  test("a restart goes to the beginning without waiting for its end", async () => {
    const { client } = await launched(debuggedFile(LONG));
    await client.request("continue", { threadId: 1 });
    await client.turn();
    expect(await client.move("restart")).toMatchObject({ reason: "entry" });
    expect((await client.frames())[0]).toBe("the next mini-batch 6");
    expect(await client.evaluate("epoch")).toBe("1");
  });
});

test("a program may be a path from the working directory, and its breakpoints an absolute one", async () => {
  const client = debugClient();
  const program = fileOf(debuggedFile(3));
  await client.launch({ program: relative(process.cwd(), program) });
  const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
    source: { path: program },
    breakpoints: [{ line: 3 }],
  });
  expect(breakpoints).toMatchObject([{ verified: true, line: 3 }]);
});

describe("a restart after the file was edited", () => {
  test("debugs the new text, with the breakpoints that were set", async () => {
    const { client, program } = await launched(debuggedFile(3));
    const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: program },
      breakpoints: [{ line: 3 }, { line: 10 }],
    });
    await client.move("continue");
    writeFileSync(program, `# one more line\n${debuggedFile(3, 5)}`);
    const changed = client.next("breakpoint");
    expect(await client.move("restart")).toMatchObject({ reason: "entry" });
    expect(await changed).toEqual({ reason: "changed", breakpoint: { id: breakpoints[0]?.id, line: 3, verified: true } });
    expect(await client.evaluate("shape(hidden.kernel)")).toContain("[2, 5]");
    expect((await client.frames())[0]).toBe("the next mini-batch 7");
    // The input is now on line 3.
    await client.move("continue");
    expect((await client.frames())[0]).toBe("input_1 (forward) 3");
  });

  test("is refused with the reason if the file can't be trained, and the session goes on", async () => {
    const { client, program } = await launched(debuggedFile(3));
    await client.move("next");
    writeFileSync(program, debuggedFile(3).replace("dense 1", "dense one"));
    expect(await reasonOf(client.request("restart"))).toMatch(/^net\.nn:4: NN\d+: /);
    await client.move("next");
    expect((await client.frames())[0]).toBe("hidden (forward) 3");
  });
});

describe("a jump", () => {
  const targetsOf = async (client: DebugTestClient, path: string, line: number): Promise<DebugProtocol.GotoTarget[]> =>
    (await client.request<DebugProtocol.GotoTargetsResponse["body"]>("gotoTargets", { source: { path }, line })).targets;

  test("leads to the places on a line, later or earlier in the mini-batch, with their numbers", async () => {
    const { client, program } = await launched(debuggedFile(3));
    for (let k = 0; k < 4; k++) await client.move("next");
    const targets = await targetsOf(client, program, 3);
    expect(targets.map(({ label }) => label)).toEqual(["hidden (forward)", "hidden (reverse)"]);
    const stopAfter = async (target: DebugProtocol.GotoTarget | undefined): Promise<string | undefined> => {
      const stopped = client.next("stopped");
      await client.request("goto", { threadId: 1, targetId: target?.id });
      expect(await stopped).toMatchObject({ reason: "goto" });
      return (await client.frames())[0];
    };
    expect(await stopAfter(targets[1])).toBe("hidden (reverse) 3");
    expect(Number(await client.evaluate("norm(last.kernel.grad)"))).toBeGreaterThan(0);
    expect(await stopAfter(targets[0])).toBe("hidden (forward) 3");
    expect(await reasonOf(client.evaluate("hidden"))).toBe("hidden.output is not computed yet in this batch.");
    const [end] = await targetsOf(client, program, 13);
    expect(end?.label).toBe("end of the epoch");
    expect(await stopAfter(end)).toBe("end of the epoch 13");
    expect(await targetsOf(client, program, 1)).toEqual([]);
    expect(await reasonOf(client.request("goto", { threadId: 1, targetId: 99 }))).toBe("There is no such place in this mini-batch.");
  });

  test("leads to any mini-batch, in both directions, and can be interrupted", async () => {
    const { client } = await launched(debuggedFile(LONG));
    const goTo = async (epoch: number, batch?: number): Promise<string[]> => {
      const stopped = client.next("stopped");
      await client.request("nnGoTo", { epoch, batch });
      await stopped;
      return (await client.frames()).slice(1, 3);
    };
    expect(await goTo(40, 3)).toEqual(["batch 3 of 4 6", `epoch 40 of ${LONG} 13`]);
    expect(await goTo(2)).toEqual(["batch 1 of 4 6", `epoch 2 of ${LONG} 13`]);
    expect(await goTo(7, 99)).toEqual(["batch 4 of 4 6", `epoch 7 of ${LONG} 13`]);
    await client.request("nnGoTo", { epoch: LONG });
    await client.turn();
    expect(await client.move("pause")).toMatchObject({ reason: "pause" });
  });
});
