import { describe, expect, test } from "vitest";
import type { TrainingEventOf } from "../../engine/events.ts";
import { columnOf, layoutOf, parameterTable, rowLength, type Statistic, writeRow } from "./history.ts";
import { addEpochs, addEvent, newRun, statusOfAll, statusText, whyNotRecorded } from "./runState.ts";

const started: TrainingEventOf<"started"> = {
  kind: "started",
  model: "Iris",
  run: "fast",
  layers: [],
  rows: { train: 10, validation: 0, test: 0 },
  epochs: 60,
  batchesPerEpoch: 1,
  precision: "float32",
  kernels: "wasm fused",
  loadSeconds: 0,
};
const epoch: TrainingEventOf<"epoch"> = {
  kind: "epoch",
  epoch: 12,
  loss: 0.123456,
  valLoss: null,
  metrics: {},
  learningRate: 0.1,
  seconds: 1,
  layers: [],
};

const rowsOf = (one: typeof epoch): Float64Array => {
  const rows = new Float64Array(rowLength(layoutOf(one)));
  writeRow(one, rows, 0);
  return rows;
};

test("why nothing was recorded depends on the program that trains, and on its engine", () => {
  const facts = { id: "1", file: "file:///iris.nn", fileName: "iris.nn", run: "fast", model: "Iris", begun: 0, seed: 42, lines: {} };
  const own = newRun(facts);
  addEvent(own, started);
  expect(whyNotRecorded(own)).toBe("they are recorded only while this panel is visible.");
  const torch = newRun(facts);
  addEvent(torch, { ...started, kernels: "torch 2.13.0, cpu, 1 process" });
  expect(whyNotRecorded(torch)).toBe("PyTorch trainings do not record them.");
  const followed = newRun({ ...facts, followed: true });
  addEvent(followed, { ...started, kernels: "" });
  expect(whyNotRecorded(followed)).toBe("the program that trains this run does not write them.");
});

describe("a run in the status bar", () => {
  const run = newRun({ id: "1", file: "file:///iris.nn", fileName: "iris.nn", run: "fast", model: "Iris", begun: 0, seed: 42, lines: {} });
  test("shows that it is loading, training or paused", () => {
    expect(statusText(run)).toBe("$(sync~spin) fast loading");
    addEvent(run, started);
    expect(statusText(run)).toBe("$(sync~spin) fast 0/60");
    addEpochs(run, layoutOf(epoch), rowsOf(epoch));
    expect(statusText(run)).toBe("$(sync~spin) fast 12/60, loss 0.1235");
    addEvent(run, { kind: "paused", epoch: 12 });
    expect(statusText(run)).toMatch(/^\$\(debug-pause\) fast/);
  });

  test("of several trainings shows their number, and does not change with their epochs", () => {
    const other = newRun({ id: "2", file: "file:///b.nn", fileName: "b.nn", run: "slow", model: "B", begun: 0, seed: 42, lines: {} });
    addEvent(other, started);
    expect(statusOfAll([run])).toBe(statusText(run));
    expect(statusOfAll([run, other])).toBe("$(sync~spin) 2 trainings, 1 paused");
    addEpochs(other, layoutOf(epoch), rowsOf(epoch));
    expect(statusOfAll([run, other])).toBe("$(sync~spin) 2 trainings, 1 paused");
    addEvent(other, { kind: "paused", epoch: 12 });
    expect(statusOfAll([run, other])).toBe("$(debug-pause) 2 trainings, 2 paused");
  });
});

test("a table of parameters has the trained parameters' statistics in each snapshot's epoch", () => {
  const gradient = { count: 2, unsound: 0, min: -3, max: 1, mean: -1, spread: 2, norm: 3.2, zeros: 0.5, bins: [2] };
  const snapshot = (at: number): TrainingEventOf<"snapshot"> => ({
    kind: "snapshot",
    epoch: at,
    rows: 4,
    stride: 1,
    parameters: [
      {
        layer: "a",
        name: "kernel",
        shape: [2, 1],
        weights: { ...gradient, norm: 7 },
        gradient,
        updateRatio: 0.01,
        values: null,
        gradients: null,
      },
      { layer: "a", name: "moving_mean", shape: [1], weights: gradient, gradient: null, updateRatio: null, values: null, gradients: null },
    ],
    outputs: [],
  });
  const table = parameterTable([snapshot(1), snapshot(4)], ({ layer, name }) => `${layer} ${name}`);
  if (!table) throw new Error("no table");
  expect(table.layout.layers).toEqual(["a kernel"]);
  const at = (statistic: Statistic): number[] => [
    ...(table.columns[columnOf.statistic(table.layout, "a kernel", statistic)]?.subarray(0, 2) ?? []),
  ];
  expect([...(table.columns[0]?.subarray(0, 2) ?? [])]).toEqual([1, 4]);
  expect([at("norm"), at("max"), at("update_ratio"), at("weight_norm")]).toEqual([
    [3.2, 3.2],
    [3, 3],
    [0.01, 0.01],
    [7, 7],
  ]);
});
