/** The side bar's items for runs stored with hostile names. */
import { describe, expect, test, vi } from "vitest";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { HOSTILE, unsafeLines, unsafeMarkdown } from "../../../test/hostile.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { treeItem } = await import("./runsTree.ts");

const runNamed = (name: string): RunSummary => ({
  id: "1",
  file: "file:///a.nn",
  fileName: name,
  name,
  model: name,
  begun: 0,
  seed: 1,
  status: "finished",
  epochs: 3,
  seconds: 2,
  loss: 0.5,
  valLoss: 0.6,
});

describe("the side bar's items", () => {
  test.each(HOSTILE)("of a run named %j fetch nothing and have no controls", (name) => {
    const run = runNamed(name);
    for (const item of [
      treeItem({ kind: "run", run }),
      treeItem({ kind: "file", file: run.file, fileName: name, folder: name, runs: [run] }),
    ]) {
      const { label, description, tooltip, accessibilityInformation } = item;
      for (const text of [label, description, accessibilityInformation?.label]) expect(unsafeLines(String(text ?? ""))).toEqual([]);
      if (tooltip !== undefined) expect(unsafeMarkdown(typeof tooltip === "string" ? tooltip : tooltip.value)).toEqual([]);
    }
    expect(treeItem({ kind: "run", run }).tooltip).toMatchObject({ value: expect.stringContaining("validation 0.6") });
  });
});

test("a run of another program has no seed in its tooltip", () => {
  const own = runNamed("Net");
  expect(treeItem({ kind: "run", run: own }).tooltip).toMatchObject({ value: expect.stringContaining("model Net, seed 1") });
  expect(treeItem({ kind: "run", run: { ...own, seed: null } }).tooltip).toMatchObject({ value: expect.not.stringContaining("seed") });
});
