/** What a test run writes behind a line and into the results. */
import { expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import type { TestChoice } from "../../../server/protocol.ts";
import type { Results } from "../../node/inspections.ts";

vi.mock("vscode", () => ({
  Location: class {},
  TestTag: class {},
}));
const { testFile } = await import("./testRun.ts");
const { blockIds, testIds } = await import("./testItems.ts");

/** Returns the outputs of a run that tests one row with the given result. `behind` is the text behind the line. */
async function outputsOf(result: Results[number][number]): Promise<{ readonly behind: string[]; readonly results: string[] }> {
  const place = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  const choice: TestChoice = {
    label: "M",
    range: place,
    tests: [{ kind: "row", text: "5 3 -> setosa", range: place }],
    plan: { tests: [], tolerance: 0.5 },
    subject: { kind: "untrained", network: { name: "M", layers: [], outputs: [] }, plan: null },
    problem: null,
  };
  const [block = ""] = blockIds("file", [choice]);
  const [row = ""] = testIds(block, choice);
  const uri = { toString: () => "file" };
  const rowItem = { id: row, uri, range: place };
  const file = { id: "file", uri, children: new Map([[block, { id: block, children: new Map([[row, rowItem]]) }]]) };
  const [behind, results]: [string[], string[]] = [[], []];
  const run = {
    enqueued: () => undefined,
    started: () => undefined,
    passed: () => undefined,
    appendOutput: (text: string, location: unknown) => void (location ? behind : results).push(text),
  };
  await testFile(
    {
      networks: { of: () => Promise.reject(new Error("Nothing is trained.")) },
      inspections: { test: () => Promise.reject(new Error("Nothing is trained.")), testUntrained: async () => [[result]] },
      choicesOf: async () => ({ blocks: [choice], trainings: [], isDamaged: false }),
    },
    { run: run as unknown as vscode.TestRun, token: { isCancellationRequested: false } as vscode.CancellationToken },
    file as unknown as vscode.TestItem,
    () => true,
  );
  return { behind, results };
}

test("a passed row has its summary behind it, and all scores in the results", async () => {
  const actual = "setosa (0.9995 5.13e-4 1.95e-7)";
  expect(await outputsOf({ passed: true, actual, summary: "setosa (0.9995)", expected: "setosa" })).toEqual({
    behind: ["it is setosa (0.9995)\r\n"],
    results: [`5 3 -> setosa: it is ${actual}\r\n`],
  });
});

test("a result without more scores is written once", async () => {
  expect(await outputsOf({ passed: true, actual: "0.98", summary: "0.98", expected: "1" })).toEqual({
    behind: ["it is 0.98\r\n"],
    results: [],
  });
});
