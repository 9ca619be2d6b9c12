import { describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { addEvent, newRun, statusText } from "./runState.ts";

const started: TrainingEvent = {
  kind: "started",
  model: "Iris",
  run: "fast",
  layers: [],
  rows: { train: 10, validation: 0, test: 0 },
  epochs: 60,
  batchesPerEpoch: 1,
  precision: "float32",
  loadSeconds: 0,
};
const epoch: TrainingEvent = {
  kind: "epoch",
  epoch: 12,
  loss: 0.123456,
  valLoss: null,
  metrics: {},
  learningRate: 0.1,
  seconds: 1,
  layers: [],
};

describe("a run in the status bar", () => {
  const run = newRun({ id: "1", file: "file:///iris.nn", fileName: "iris.nn", run: "fast", model: "Iris", begun: 0, lines: {} });
  test("loading, training, paused", () => {
    expect(statusText(run)).toBe("$(sync~spin) fast loading");
    addEvent(run, started);
    expect(statusText(run)).toBe("$(sync~spin) fast 0/60");
    addEvent(run, epoch);
    expect(statusText(run)).toBe("$(sync~spin) fast 12/60, loss 0.1235");
    addEvent(run, { kind: "paused", epoch: 12 });
    expect(statusText(run)).toMatch(/^\$\(debug-pause\) fast/);
  });
});
