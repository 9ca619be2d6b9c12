/** Early stopping counts improvements and waits as in Keras. */
import { describe, expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { direction } from "../catalog/metrics.ts";
import type { TrainingEventOf } from "../events.ts";
import { type EarlyStopping, earlyStopping } from "./stopping.ts";

function stopping(options: string): EarlyStopping {
  const plan = planOf(
    `model M {\n  input 1\n  dense 1\n}\ndata D {\n  0 -> 1\n}\ntrain M on D {\n  loss mse\n  metrics mae, r2\n  stop early_stopping(${options})\n}`,
  );
  if (!plan.training.stop) throw new Error("The plan does not stop early.");
  return earlyStopping(plan.training.stop);
}

const epoch = (number: number, value: number): TrainingEventOf<"epoch"> => ({
  kind: "epoch",
  epoch: number,
  loss: value,
  valLoss: null,
  metrics: { mae: value, r2: value },
  learningRate: 1,
  seconds: 0,
  layers: [],
});

/** Observes epochs with these values. Like a network's weights, the weights change in place: they are [k] after epoch k. */
function run(options: string, values: readonly number[]): { stopsAfter: number | undefined; best: number | null; observer: EarlyStopping } {
  const observer = stopping(options);
  const weights = new Float64Array(1);
  const at = values.findIndex((value, k) => observer.observe(epoch(k + 1, value), weights.fill(k + 1)));
  return { stopsAfter: at < 0 ? undefined : at + 1, best: observer.state().bestEpoch, observer };
}

describe("min_delta", () => {
  // Keras requires value + min_delta < best, so an improvement of exactly min_delta does not count. All numbers are exact in binary.
  test.each([
    ["just below it", 0.75 + 2 ** -20, 1],
    ["exactly", 0.75, 1],
    ["just above it", 0.75 - 2 ** -20, 2],
  ])("0.25: an improvement of %s", (_how, second, best) => {
    expect(run("monitor=loss, patience=9, min_delta=0.25", [1, second]).best).toBe(best);
  });

  test.each([
    ["just below it", 1.25 - 2 ** -20, 1],
    ["exactly", 1.25, 1],
    ["just above it", 1.25 + 2 ** -20, 2],
  ])("0.25, where higher is better: an improvement of %s", (_how, second, best) => {
    expect(run("monitor=r2, patience=9, min_delta=0.25", [1, second]).best).toBe(best);
  });

  test("is counted from the best value, not from the last one", () => {
    // Each step of 0.125 is too small by itself, but the third value is 0.375 below the best.
    expect(run("monitor=loss, patience=9, min_delta=0.25", [1, 0.875, 0.75, 0.625])).toMatchObject({ best: 4 });
  });

  test("0 is the default: any improvement counts, an equal value does not", () => {
    expect(run("monitor=loss, patience=9", [1, 1]).best).toBe(1);
    expect(run("monitor=loss, patience=9", [1, 1 - 2 ** -40]).best).toBe(2);
  });
});

describe("patience", () => {
  test("is the number of epochs without an improvement after which training ends; an improvement resets the count", () => {
    expect(run("monitor=mae, patience=2", [3, 2, 2, 2]).stopsAfter).toBe(4);
    expect(run("monitor=mae, patience=2", [3, 2, 2, 1, 1, 1]).stopsAfter).toBe(6);
    expect(run("monitor=mae, patience=2", [3, 2, 2, 1, 1]).stopsAfter).toBeUndefined();
  });

  test("0 stops at the first epoch without an improvement, as 1 does", () => {
    expect(run("monitor=loss, patience=0", [3, 2, 2]).stopsAfter).toBe(3);
    expect(run("monitor=loss, patience=1", [3, 2, 2]).stopsAfter).toBe(3);
  });

  test("the first epoch counts as an improvement, and NaN never does", () => {
    expect(run("monitor=loss, patience=2", [Number.NaN, Number.NaN])).toMatchObject({ stopsAfter: 2, best: null });
    expect(run("monitor=loss, patience=3", [5, Number.NaN]).best).toBe(1);
  });
});

describe("the best weights", () => {
  test("are restored, whatever the weights are in the meantime", () => {
    const { observer } = run("monitor=loss, patience=3", [3, 1, 2, 2, 2]);
    const weights = Float64Array.of(5);
    expect(observer.restore(weights)).toBe(2);
    expect([...weights]).toEqual([2]);
  });

  test("are not restored with restore_best=false", () => {
    const { observer } = run("monitor=loss, patience=3, restore_best=false", [3, 1, 2, 2, 2]);
    const weights = Float64Array.of(5);
    expect(observer.restore(weights)).toBeNull();
    expect([...weights]).toEqual([5]);
  });
});

test.each([
  ["loss", "lower"],
  ["val_loss", "lower"],
  ["val_rmse", "lower"],
  ["accuracy", "higher"],
  ["price_val_r2", "higher"],
  ["val_auc", "higher"],
])("%s: %s is better", (monitor, better) => {
  expect(direction(monitor)).toBe(better);
});
