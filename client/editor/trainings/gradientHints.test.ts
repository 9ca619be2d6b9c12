import { describe, expect, test, vi } from "vitest";
import { HOSTILE, unsafeMarkdown } from "../../../test/hostile.ts";
import { type Epoch, layoutOf, rowLength, writeRow } from "../../runs/history.ts";
import { addEpochs, newRun, type RunState } from "../../runs/runState.ts";

vi.mock("vscode", () => ({}));
const { hintsOf, sparkline } = await import("./gradientHints.ts");

describe("a sparkline", () => {
  test("is logarithmic: equal factors rise in equal steps", () => {
    expect(sparkline([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])).toBe("▁▂▃▄▅▆▇█");
  });
  test("has at most twelve bars, each the mean of its part; equal values give level bars", () => {
    expect(sparkline(Array.from({ length: 1200 }, (_, k) => 10 ** -Math.floor(k / 100)))).toHaveLength(12);
    expect(sparkline([5, 5, 5])).toBe("▄▄▄");
  });
  test("leaves out values without a logarithm, and is empty for fewer than two", () => {
    expect(sparkline([0, Number.NaN, 1])).toBe("");
    expect(sparkline([0, 1, 10])).toBe("▁█");
  });
});

/** Returns a run with two epochs and these layers. */
function runWith(layers: readonly string[], lines: Readonly<Record<string, number>>): RunState {
  const epoch = (k: number): Epoch => ({
    kind: "epoch",
    epoch: k,
    loss: 1,
    valLoss: null,
    metrics: {},
    learningRate: 0.1,
    seconds: 1,
    layers: layers.map((layer, j) => ({
      layer,
      gradient: { norm: 10 ** (j - k), mean: 0, spread: 0, max: 0, zeros: 0 },
      updateRatio: 0.001,
      weightNorm: 1,
      deadUnits: null,
      units: null,
    })),
  });
  const run = newRun({ id: "1", file: "file:///a.nn", fileName: "a.nn", run: "A", model: "A", begun: 0, seed: 1, lines });
  expect(hintsOf(run, lines)).toEqual([]);
  for (const k of [1, 2]) {
    const row = new Float64Array(rowLength(layoutOf(epoch(k))));
    writeRow(epoch(k), row, 0);
    addEpochs(run, layoutOf(epoch(k)), row);
  }
  return run;
}

test("a line's hint has its layer's norm; the copies of a repeat share one hint, in order", () => {
  const run = runWith(["a", "b_1", "b_2"], { "layer:a": 2, "layer:b_1": 4, "layer:b_2": 4 });
  expect(hintsOf(run, run.facts.lines).map(({ line, text }) => [line, text])).toEqual([
    [2, "∇ 0.01 █▁"],
    [4, "∇ 0.1 … 1 ▁█"],
  ]);
});

test("a layer without a line in the current text has no hint", () => {
  const run = runWith(["a", "b"], { "layer:a": 2, "layer:b": 3 });
  expect(hintsOf(run, { "layer:b": 7, train: 9 }).map(({ line }) => line)).toEqual([7]);
});

test.each(HOSTILE)("the hover of a stored run's layer named %j fetches nothing and has no controls", (name) => {
  for (const layers of [[name], [name, `${name} 2`]]) {
    const lines = Object.fromEntries(layers.map((layer) => [`layer:${layer}`, 2]));
    const hints = hintsOf(runWith(layers, lines), lines);
    expect(hints).toHaveLength(1);
    expect(hints.flatMap(({ hover }) => unsafeMarkdown(hover))).toEqual([]);
  }
});
