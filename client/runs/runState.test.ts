import { describe, expect, test } from "vitest";
import type { TrainingEventOf } from "../../engine/events.ts";
import { layoutOf, rowLength, writeRow } from "./history.ts";
import { addEpochs, addEvent, newRun, statusText } from "./runState.ts";

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

describe("a run in the status bar", () => {
  const run = newRun({ id: "1", file: "file:///iris.nn", fileName: "iris.nn", run: "fast", model: "Iris", begun: 0, seed: 42, lines: {} });
  test("loading, training, paused", () => {
    expect(statusText(run)).toBe("$(sync~spin) fast loading");
    addEvent(run, started);
    expect(statusText(run)).toBe("$(sync~spin) fast 0/60");
    addEpochs(run, layoutOf(epoch), rowsOf(epoch));
    expect(statusText(run)).toBe("$(sync~spin) fast 12/60, loss 0.1235");
    addEvent(run, { kind: "paused", epoch: 12 });
    expect(statusText(run)).toMatch(/^\$\(debug-pause\) fast/);
  });
});
