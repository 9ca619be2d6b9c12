/** Changes during a session: to the file, where the arrow and the breakpoints stay correct, and to the learning rate. */
import { writeFileSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, test } from "vitest";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";

const FILE = `model Net {
  input x1, x2
  hidden: dense 3 tanh
  last: dense 1
}
data D {
  source moons(samples=64, noise=0.1)
}
train Net on D {
  loss mse
  batch 16
  epochs 2
}
`;
const EDITED = `# a new line\n${FILE.replace("last: dense 1", "last: dense 1 linear")}`;

async function launched(): Promise<{ readonly client: DebugTestClient; readonly program: string }> {
  const client = debugClient();
  const program = fileOf(FILE);
  await client.launch({ program });
  return { client, program };
}

const sourceOf = async (client: DebugTestClient): Promise<DebugProtocol.Source | undefined> =>
  (await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId: 1 })).stackFrames[0]?.source;

const breakpointsOf = async (
  client: DebugTestClient,
  source: object,
  lines: readonly number[],
): Promise<(number | string | undefined)[]> => {
  const given = { source, breakpoints: lines.map((line) => ({ line })) };
  const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", given);
  return breakpoints.map(({ verified, line, message }) => (verified ? line : message));
};

const REASON = "This line was edited since the session began; restart it to stop here.";

describe("a client that reports its text", () => {
  test("receives the text of the session's start with the arrow, and breakpoints on unchanged lines stop there", async () => {
    const { client, program } = await launched();
    for (let k = 0; k < 4; k++) await client.move("next");
    const linesOf = async (of: string): Promise<number[]> =>
      (await client.request<{ values: { line: number }[] }>("nnValues", { of })).values.map(({ line }) => line);
    expect(await linesOf("file")).toEqual([2, 3, 4]);
    await client.request("nnText", { text: EDITED });
    // The unchanged lines show their values.
    expect([await linesOf("file"), await linesOf("text")]).toEqual([
      [3, 4],
      [2, 3, 4],
    ]);
    await client.request("restart", {});
    expect(await sourceOf(client)).toEqual({ name: "net (as debugged).nn", sourceReference: 1, origin: "before the edit" });
    expect(await client.request("source", { sourceReference: 1 })).toEqual({ content: FILE });
    expect(client.printed.at(-1)).toContain("The file was edited.");
    // Everything below the new line moved down by one, and the last layer's line was edited.
    expect(await breakpointsOf(client, { path: program }, [4, 5, 11])).toEqual([4, REASON, 11]);
    await client.move("continue");
    expect((await client.frames())[0]).toBe("hidden (forward) 3");
    await client.move("continue");
    expect((await client.frames())[0]).toBe("loss 10");
    // A breakpoint in the debugged text uses that text's lines.
    expect(await breakpointsOf(client, { sourceReference: 1 }, [4])).toEqual([4]);
    await client.move("continue");
    expect((await client.frames())[0]).toBe("last (reverse) 4");

    await client.request("nnText", { text: FILE });
    expect(await sourceOf(client)).toEqual({ name: "net.nn", path: program });
    expect(await breakpointsOf(client, { path: program }, [4])).toEqual([4]);
  });
});

test("the file of a client that reports nothing is read at each stop", async () => {
  const { client, program } = await launched();
  expect(await sourceOf(client)).toEqual({ name: "net.nn", path: program });
  writeFileSync(program, EDITED);
  expect(await sourceOf(client)).toMatchObject({ sourceReference: 1 });
  expect(await breakpointsOf(client, { path: program }, [4])).toEqual([4]);
  writeFileSync(program, FILE);
  expect(await sourceOf(client)).toEqual({ name: "net.nn", path: program });
});

describe("a learning rate that is set", () => {
  const trained = async (optimizer: string, change: (client: DebugTestClient) => Promise<unknown>): Promise<string> => {
    const client = debugClient();
    await client.launch({
      program: fileOf(FILE.replace("batch 16", `optimizer ${optimizer}\n  batch 16`).replace("epochs 2", "epochs 9")),
    });
    await change(client);
    await client.move("continue");
    expect((await client.frames())[0]).toMatch(/^the end of the training/);
    return (await client.request<{ result: string }>("evaluate", { expression: "hidden.kernel", context: "clipboard" })).result;
  };
  const set = (client: DebugTestClient, value: string): Promise<{ value: string }> =>
    client.request("setExpression", { expression: "learning_rate", value });
  const goTo = async (client: DebugTestClient, epoch: number): Promise<void> => {
    const stopped = client.next("stopped");
    await client.request("nnGoTo", { epoch });
    await stopped;
  };

  test("holds from there on, in place of the file's or of a schedule, with the bits of a training with that rate", async () => {
    const written = await trained("adam(learning_rate=0.03)", async () => undefined);
    for (const optimizer of ["adam(learning_rate=0.5)", "adam(learning_rate=cosine_decay(0.5, steps=20))"])
      expect([optimizer, await trained(optimizer, (client) => set(client, "0.03"))]).toEqual([optimizer, written]);
    expect(await trained("adam(learning_rate=0.5)", async () => undefined)).not.toBe(written);
  });

  test("is taken back on the way back before it, and holds again wherever the training goes after it", async () => {
    const walked = async (client: DebugTestClient): Promise<void> => {
      await goTo(client, 5);
      expect((await set(client, "0.03")).value).toBe("0.03");
      await client.move("next");
      expect(await client.evaluate("learning_rate")).toBe("0.03");
      for (const epoch of [8, 6, 9, 5]) {
        await goTo(client, epoch);
        expect(await client.evaluate("learning_rate"), `epoch ${epoch}`).toBe("0.03");
      }
    };
    const once = await trained("adam(learning_rate=0.5)", async (client) => {
      await goTo(client, 5);
      await set(client, "0.03");
    });
    expect(await trained("adam(learning_rate=0.5)", walked)).toBe(once);
    const never = await trained("adam(learning_rate=0.5)", async () => undefined);
    const takenBack = await trained("adam(learning_rate=0.5)", async (client) => {
      await walked(client);
      await goTo(client, 2);
      expect(await client.evaluate("learning_rate")).toBe("0.5");
      expect(client.printed.at(-1)).toContain("1 change of yours was taken back");
    });
    expect(takenBack).toBe(never);
  });

  test("may be changed among the variables, as other numbers of the training may not", async () => {
    const client = debugClient();
    await client.launch({ program: fileOf(FILE) });
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: 4 });
    const variablesReference = scopes.find(({ name }) => name === "Training")?.variablesReference;
    expect(await client.request("setVariable", { variablesReference, name: "learning_rate", value: "learning_rate / 10" })).toEqual({
      value: "1e-4",
    });
    await expect(client.request("setVariable", { variablesReference, name: "epoch", value: "2" })).rejects.toThrow("epoch can't be set");
  });
});
