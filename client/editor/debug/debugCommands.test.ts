/** The text that the user enters for Go to a Mini-Batch. */
import { expect, test, vi } from "vitest";
import { fakeVscode } from "../../../test/fakeVscode.ts";

vi.mock("vscode", () => fakeVscode());

const { epochAndBatch } = await import("./debugCommands.ts");

test.each([
  ["12", { epoch: 12, batch: 1 }],
  [" 12, 3 ", { epoch: 12, batch: 3 }],
  ["12 3", { epoch: 12, batch: 3 }],
  ["0", undefined],
  ["12, 0", undefined],
  ["1.5.2", undefined],
  ["-1", undefined],
  ["", undefined],
  ["last", undefined],
])("%j is %j", (text, wanted) => {
  expect(epochAndBatch(text)).toEqual(wanted);
});
