/** The arrow and the breakpoints stay true while the file is edited in the middle of a session. */
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
    // The values are behind the lines that are the same.
    expect([await linesOf("file"), await linesOf("text")]).toEqual([
      [3, 4],
      [2, 3, 4],
    ]);
    await client.request("restart", {});
    expect(await sourceOf(client)).toEqual({ name: "net (as debugged).nn", sourceReference: 1, origin: "before the edit" });
    expect(await client.request("source", { sourceReference: 1 })).toEqual({ content: FILE });
    expect(client.printed.at(-1)).toContain("The file was edited.");
    // Below the new line everything is a line lower, and the line of the last layer is another one.
    expect(await breakpointsOf(client, { path: program }, [4, 5, 11])).toEqual([4, REASON, 11]);
    await client.move("continue");
    expect((await client.frames())[0]).toBe("hidden (forward) 3");
    await client.move("continue");
    expect((await client.frames())[0]).toBe("loss 10");
    // In the debugged text the lines are its own.
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
