/** The order of a run's writes. The test decides how long the store's writes take. */
import { expect, test } from "vitest";
import { planOf } from "../../../test/fixtures.ts";
import { type Epoch, layoutOf, rowLength, writeRow } from "../../runs/history.ts";
import { addEpochs, addEvent, epochsDone, isOver, newRun, type RunState } from "../../runs/runState.ts";
import type { RunStore } from "../runs/runStore.ts";
import { SavedRun } from "./savedRun.ts";

const plan = planOf("model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n}");

const epochOf = (epoch: number): Epoch => ({
  kind: "epoch",
  epoch,
  loss: 1,
  valLoss: null,
  metrics: {},
  learningRate: 0.1,
  seconds: 1,
  layers: [],
});

interface Written {
  readonly epochs: number;
  readonly recorded: number;
  readonly hasLayout: boolean;
  readonly isOver: boolean;
}

/** A run that is saved to a store whose writes end when the test says so. */
function savedSlowly() {
  const run = newRun({ id: "1", file: "file:///a.nn", fileName: "a.nn", run: "M", model: "M", begun: 0, seed: 42, lines: {} });
  run.status = "training";
  /** Functions that finish the unfinished saves, oldest first. */
  const waiting: (() => void)[] = [];
  const written: Written[] = [];
  let recorded = 0;
  const store = {
    begin: async () => ({
      append: (rows: Float64Array) => (recorded = rows.at(-width) ?? 0),
      check: async () => undefined,
      close: async () => undefined,
    }),
    async save(saved: RunState) {
      written.push({ epochs: epochsDone(saved), recorded, hasLayout: saved.history !== null, isOver: isOver(saved) });
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    saveWeights: async () => undefined,
  } as unknown as RunStore;
  const timers: (() => void)[] = [];
  const clock = {
    now: () => 0,
    after(_ms: number, act: () => void) {
      timers.push(act);
      return () => undefined;
    },
  };
  const layout = layoutOf(epochOf(1));
  const width = rowLength(layout);
  const saved = new SavedRun({
    open: { run, plan, precision: "float32" },
    store,
    clock,
    weights: async () => undefined,
    onProblem: () => undefined,
  });
  const train = (epoch: number): void => {
    const rows = new Float64Array(width);
    writeRow(epochOf(epoch), rows, 0);
    addEpochs(run, layout, rows);
    saved.append(rows);
  };
  return { run, saved, train, waiting, timers, written, recorded: () => recorded };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a saved run never has an epoch that its record lacks: a window may be killed after any write", async () => {
  const { train, waiting, timers, written, recorded } = savedSlowly();
  // Epochs end while first the initial writes, then a timer's write, are still in progress.
  for (let epoch = 1; epoch <= 20; epoch++) {
    train(epoch);
    await turn();
    if (epoch % 3 === 0) waiting.shift()?.();
    if (epoch % 5 === 0) timers.shift()?.();
    await turn();
  }
  expect(written.filter(({ hasLayout }) => hasLayout).length).toBeGreaterThan(1);
  expect(written.filter(({ epochs, recorded: rows }) => epochs > rows)).toEqual([]);
  expect(recorded()).toBe(20);
});

test("a run that ends before its first writes is saved as ended only with its epochs", async () => {
  const { run, saved, train, waiting, written } = savedSlowly();
  train(1);
  addEvent(run, { kind: "stopped", epoch: 1, seconds: 1 });
  const finished = saved.finish();
  let isFinished = false;
  void finished.then(() => (isFinished = true));
  while (!isFinished) {
    waiting.shift()?.();
    await turn();
  }
  expect(written.filter(({ isOver: ended, epochs }) => ended && epochs === 0)).toEqual([]);
  expect(written.at(-1)).toEqual({ epochs: 1, recorded: 1, hasLayout: true, isOver: true });
});

test("a run is saved as ended once, since another window may change an ended run", async () => {
  const { run, saved, train, waiting, timers, written, recorded } = savedSlowly();
  train(1);
  while (timers.length === 0 || recorded() < 1) {
    waiting.shift()?.();
    await turn();
  }
  addEvent(run, { kind: "stopped", epoch: 1, seconds: 1 });
  // A timer that is due at the same moment.
  timers.shift()?.();
  let isFinished = false;
  void saved.finish().then(() => (isFinished = true));
  while (!isFinished) {
    waiting.shift()?.();
    await turn();
  }
  expect(written.filter(({ isOver: ended }) => ended)).toHaveLength(1);
});
