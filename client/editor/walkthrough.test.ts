/** Which steps of the walkthrough the runs of its samples complete. */
import { beforeEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../test/fakeVscode.ts";
import { layoutOf, rowLength, writeRow } from "../runs/history.ts";
import { addEpochs, addEvent, newRun, type RunState } from "../runs/runState.ts";
import type { RunChange } from "./trainings/trainings.ts";

const fake = fakeVscode();
const done: string[] = [];
const contexts = new Map<string, boolean>();
const nothing = { dispose: () => undefined };
vi.mock("vscode", () => ({
  ...fake.vscode,
  commands: {
    // A step is ticked when its context changes to true.
    executeCommand: async (_name: string, context: string, value: boolean) => {
      if (value && contexts.get(context) !== true) done.push(context.replace("backprop.done.", ""));
      contexts.set(context, value);
    },
  },
  languages: { onDidChangeDiagnostics: () => nothing },
  debug: { onDidStartDebugSession: () => nothing },
}));
const { followWalkthrough, hasGradients } = await import("./walkthrough.ts");

/** Returns a run of one epoch in which a layer has a gradient with that norm. */
function runWith(norm: number): RunState {
  const run = newRun({ id: "1", file: "", fileName: "", run: "M", model: "M", begun: 0, seed: 1, lines: {} });
  const statistics = { norm, mean: norm, spread: 0, max: norm, zeros: 0 };
  const layers = [{ layer: "dense_1", gradient: statistics, updateRatio: 0, deadShare: null }] as never;
  const epoch = { kind: "epoch", epoch: 1, loss: 1, valLoss: null, metrics: {}, learningRate: 1, seconds: 1, layers } as const;
  const rows = new Float64Array(rowLength(layoutOf(epoch)));
  writeRow(epoch, rows, 0);
  addEpochs(run, layoutOf(epoch), rows);
  return run;
}

let show: (name: string) => void = () => undefined;
let change: (name: string, run: RunState) => void = () => undefined;
beforeEach(() => {
  done.length = 0;
  contexts.clear();
  followWalkthrough({
    samples: {
      onShown: (listener) => {
        show = listener;
        return nothing;
      },
      nameOf: (document) => document.path.split("/").at(-1),
    },
    trainings: {
      onChange: (listener) => {
        change = (name, run) => listener({ file: `file:///storage/${name}`, run, events: [], epochs: null } satisfies RunChange);
        return nothing;
      },
    },
  });
});

test("the perceptron's step is done when its training has finished, not when it is opened", () => {
  show("perceptron.nn");
  const run = runWith(1);
  change("perceptron.nn", run);
  expect(done).toEqual([]);
  addEvent(run, { kind: "finished", epochs: 1, seconds: 1, loadSeconds: 0, threads: 1, samplesPerSecond: 1, restoredEpoch: null });
  change("iris.nn", run);
  expect(done).toEqual([]);
  change("perceptron.nn", run);
  expect(done).toEqual(["perceptron"]);
});

test("what happens again after the walkthrough was opened ticks its step, although it was done before", () => {
  const run = runWith(1);
  addEvent(run, { kind: "finished", epochs: 1, seconds: 1, loadSeconds: 0, threads: 1, samplesPerSecond: 1, restoredEpoch: null });
  change("perceptron.nn", run);
  change("perceptron.nn", run);
  expect(done).toEqual(["perceptron", "perceptron"]);
});

test("a run has gradients after an epoch in which a layer had one", () => {
  expect(hasGradients(undefined)).toBe(false);
  expect(hasGradients(newRun(runWith(1).facts))).toBe(false);
  expect(hasGradients(runWith(0))).toBe(false);
  expect(hasGradients(runWith(0.5))).toBe(true);
});
