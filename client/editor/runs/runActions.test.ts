/** Exports of a run, and the messages if they fail. The test answers the editor's dialogs. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { planOf } from "../../../test/fixtures.ts";
import { type Epoch, layoutOf, rowLength, writeRow } from "../../runs/history.ts";
import { addEpochs, newRun, type RunState } from "../../runs/runState.ts";
import type { Trainings } from "../trainings/trainings.ts";
import type { RunStore } from "./runStore.ts";

const root = mkdtempSync(join(tmpdir(), "backprop-exports-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fake = fakeVscode();
const errors: string[] = [];
const warnings: string[] = [];
/** The files opened in the browser. */
const browser: string[] = [];
let target = "";
vi.mock("vscode", () => ({
  ...fake.vscode,
  env: { openExternal: async (opened: { fsPath: string }) => void browser.push(opened.fsPath) },
  window: {
    ...fake.vscode.window,
    showSaveDialog: async () => fake.vscode.Uri.file(target),
    showErrorMessage: async (text: string) => void errors.push(text),
    showWarningMessage: async (text: string) => void warnings.push(text),
    setStatusBarMessage: () => undefined,
  },
}));
const { RunActions } = await import("./runActions.ts");
beforeEach(() => [errors, warnings, browser].forEach((list) => void list.splice(0)));

const plan = planOf("model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n}");
const epochOf = (epoch: number): Epoch => ({
  kind: "epoch",
  epoch,
  loss: 1 / epoch,
  valLoss: null,
  metrics: {},
  learningRate: 0.1,
  seconds: 1,
  layers: [],
});
const layout = layoutOf(epochOf(1));

/** Returns a run with this many epochs. */
function trained(epochs: number): RunState {
  const run = newRun({ id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });
  const rows = new Float64Array(epochs * rowLength(layout));
  for (let k = 0; k < epochs; k++) writeRow(epochOf(k + 1), rows, k * rowLength(layout));
  if (epochs > 0) addEpochs(run, layout, rows);
  return run;
}

/** Returns the actions on a run that has lost its record of epochs, or has only these rows of it. */
function actionsOn(run: RunState, recorded?: Float64Array): InstanceType<typeof RunActions> {
  const trainings = { open: async () => ({ run, plan, precision: "float32" }) } as unknown as Trainings;
  return new RunActions(trainings, { rows: async () => recorded, pathOf: () => "/runs/1" } as unknown as RunStore);
}

test("a history without its record is exported from the run's table if that has every epoch", async () => {
  target = join(root, "history.csv");
  await actionsOn(trained(3)).exportHistory("1", "csv");
  expect(errors).toEqual([]);
  const lines = readFileSync(target, "utf8").trim().split(/\r?\n/);
  expect(lines.map((line) => line.split(",").slice(0, 2).join())).toEqual(["epoch,loss", "1,1", "2,0.5", `3,${1 / 3}`]);
});

test("the epochs that a record lacks are taken from the run's table, or else named in a message and in the JSON file", async () => {
  const width = rowLength(layout);
  const withoutRows = (epochs: number, ...gaps: readonly (readonly [from: number, to: number])[]): Float64Array => {
    const kept = Array.from({ length: epochs }, (_, k) => k + 1).filter(
      (epoch) => !gaps.some(([from, to]) => epoch >= from && epoch <= to),
    );
    const rows = new Float64Array(kept.length * width);
    for (const [k, epoch] of kept.entries()) writeRow(epochOf(epoch), rows, k * width);
    return rows;
  };
  target = join(root, "short.csv");
  await actionsOn(trained(3), withoutRows(3, [1, 2])).exportHistory("1", "csv");
  expect(readFileSync(target, "utf8").trim().split(/\r?\n/)).toHaveLength(1 + 3);
  expect(warnings).toEqual([]);

  target = join(root, "long.csv");
  const gaps = [
    [1, 1],
    [11, 3000],
    [4999, 5000],
  ] as const;
  await actionsOn(trained(5000), withoutRows(5000, ...gaps)).exportHistory("1", "csv");
  expect(readFileSync(target, "utf8").trim().split(/\r?\n/)).toHaveLength(1 + 5000 - 1 - 2990 - 2);
  const message = "The exported history of M lacks epochs that could not be saved during the training: 1, 11 to 3,000, 4,999 to 5,000.";
  expect(warnings).toEqual([message]);
  target = join(root, "long.json");
  await actionsOn(trained(5000), withoutRows(5000, ...gaps)).exportHistory("1", "json");
  expect(JSON.parse(readFileSync(target, "utf8")).missing_epochs).toEqual(gaps);
  expect(warnings).toEqual([message, message]);
});

test.each([
  ["no epoch has ended", 0, /has no epochs/],
  ["the table has only some epochs", 5000, /\/runs\/1 has no epochs\.bin/],
])("what can't be exported is named: %s", async (_what, epochs, message) => {
  await actionsOn(trained(epochs)).exportHistory("1", "csv");
  expect(errors).toEqual([expect.stringMatching(message)]);
});

test("a file that can't be written is said with its reason", async () => {
  target = join(root, "no folder", "history.csv");
  await actionsOn(trained(3)).exportHistory("1", "csv");
  expect(errors).toEqual([
    "history.csv can't be written: its folder does not exist, and none can be created there; choose another folder.",
  ]);
});

test("a page is written where the user chooses and opened in the browser", async () => {
  target = join(root, "step.html");
  await actionsOn(trained(3)).exportPage("1", "step", "<!doctype html>");
  expect(readFileSync(target, "utf8")).toBe("<!doctype html>");
  expect([errors, browser]).toEqual([[], [target]]);
});

test("another program's run without a plan is not trained again", async () => {
  const run = trained(3);
  run.facts = { ...run.facts, seed: null, followed: true };
  for (const how of ["same", "seed", "seeds", "longer"] as const) expect(await actionsOn(run).again("1", how)).toBeUndefined();
  expect(new Set(errors)).toEqual(
    new Set(["The program that trained this run wrote no plan.json, so the run can't be trained again here."]),
  );
});
