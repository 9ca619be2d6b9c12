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
    setStatusBarMessage: () => undefined,
  },
}));
const { RunActions } = await import("./runActions.ts");
beforeEach(() => [errors, browser].forEach((list) => void list.splice(0)));

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

/** Returns the actions on a run that has lost its record of epochs. */
function actionsOn(run: RunState): InstanceType<typeof RunActions> {
  const trainings = { open: async () => ({ run, plan, precision: "float32" }) } as unknown as Trainings;
  return new RunActions(trainings, { rows: async () => undefined, pathOf: () => "/runs/1" } as unknown as RunStore);
}

test("a history without its record is exported from the run's table if that has every epoch", async () => {
  target = join(root, "history.csv");
  await actionsOn(trained(3)).exportHistory("1", "csv");
  expect(errors).toEqual([]);
  const lines = readFileSync(target, "utf8").trim().split(/\r?\n/);
  expect(lines.map((line) => line.split(",").slice(0, 2).join())).toEqual(["epoch,loss", "1,1", "2,0.5", `3,${1 / 3}`]);
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
