/** The code lens for a training's last run, and its text when the document has changed since. */
import { expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import { rowLength } from "../../runs/history.ts";
import { addEpochs, addEvent, newRun, type RunState } from "../../runs/runState.ts";
import { textHash } from "../../runs/textHash.ts";

const fake = fakeVscode();
class CodeLens {
  readonly range: unknown;
  readonly command: { readonly title: string };
  constructor(range: unknown, command: CodeLens["command"]) {
    this.range = range;
    this.command = command;
  }
}
vi.mock("vscode", () => ({ ...fake.vscode, CodeLens }));
const { lastRunLens } = await import("./lastRun.ts");

const TEXT = "train M on D {\n  loss mse\n}\n";
const train = { range: {}, command: { title: "Train Model", command: "backprop.train", arguments: ["file:///a.nn", 0, "M"] } };

function trained(text?: string): RunState {
  const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} };
  const run = newRun({ ...facts, ...(text !== undefined && { text }) });
  const layout = { metrics: [], layers: [] };
  addEpochs(
    run,
    layout,
    Float64Array.from({ length: rowLength(layout) }, (_, k) => (k === 2 ? Number.NaN : 1)),
  );
  return run;
}
const titleOf = (run: RunState, text: string): string | undefined =>
  lastRunLens(train as unknown as vscode.CodeLens, run, text)?.[0].command?.title;

test("says that the text has changed since the run was trained, and nothing of a run without a text", () => {
  const run = trained(textHash(TEXT));
  expect(titleOf(run, TEXT)).toBe("$(graph-line) epoch 1: loss 1");
  expect(titleOf(run, TEXT.replace("mse", "mae"))).toBe("$(graph-line) epoch 1: loss 1 (the text has changed since)");
  expect(titleOf(trained(), TEXT)).toBe("$(graph-line) epoch 1: loss 1");
});

test("says it of a failure, too", () => {
  const run = { ...trained(textHash(TEXT)), status: "diverged" as const };
  expect(titleOf(run, "")).toBe("$(error) numbers overflowed (the text has changed since)");
});

test("after early stopping, the losses are those of the restored epoch", () => {
  const run = trained();
  const layout = { metrics: [], layers: [] };
  const rows = [2, 0.5, 0.25, 0.1, 1, 3, 0.125, 0.75, 0.1, 1];
  addEpochs(run, layout, Float64Array.from(rows));
  expect(titleOf(run, TEXT)).toBe("$(graph-line) epoch 3: loss 0.125, val_loss 0.75");
  const end = { kind: "finished", epochs: 3, seconds: 1, loadSeconds: 0, threads: 1, samplesPerSecond: 1 } as const;
  addEvent(run, { ...end, restoredEpoch: 2 });
  expect(titleOf(run, TEXT)).toBe("$(graph-line) after epoch 2 (best of 3): loss 0.5, val_loss 0.25");
  addEvent(run, { ...end, restoredEpoch: null });
  expect(titleOf(run, TEXT)).toBe("$(graph-line) after epoch 3: loss 0.125, val_loss 0.75");
});
