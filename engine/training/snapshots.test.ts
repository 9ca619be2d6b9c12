import { describe, expect, test } from "vitest";
import { BINS, distributionOf } from "./snapshots.ts";

describe("a distribution", () => {
  test("has its figures exact and every number in one bin", () => {
    const { bins, ...figures } = distributionOf(new Float64Array([0, 0, 1, 2, -1, 4]));
    expect(figures).toEqual({
      count: 6,
      unsound: 0,
      min: -1,
      max: 4,
      mean: 1,
      // Deviations −1 −1 0 1 −2 3: their squares are 16 in all.
      spread: Math.sqrt(16 / 6),
      norm: Math.sqrt(22),
      zeros: 2 / 6,
    });
    // −1 begins the first bin, 0 lies a fifth of the way up, 4 closes the last one.
    const at = (k: number): number => bins[k] ?? Number.NaN;
    expect([at(0), at(8), at(16), at(24), at(BINS - 1)]).toEqual([1, 2, 1, 1, 1]);
    expect(bins.reduce((sum, bin) => sum + bin)).toBe(6);
  });

  test("of equal numbers is one bin; what is no number is counted apart", () => {
    expect(distributionOf(new Float32Array([0.5, 0.5, 0.5]))).toMatchObject({ min: 0.5, max: 0.5, spread: 0, bins: [3] });
    const odd = distributionOf(new Float64Array([Number.NaN, 1, Number.POSITIVE_INFINITY, 3]));
    expect(odd).toMatchObject({ count: 4, unsound: 2, min: 1, max: 3, mean: 2, spread: 1 });
    expect(distributionOf(new Float64Array([Number.NaN]))).toMatchObject({ count: 1, unsound: 1, bins: [] });
  });

  test("far from 0 keeps its spread", () => {
    // √(Σx²/n − mean²) would have lost it: 1e18 has no digits left for 1.
    expect(distributionOf(new Float64Array([1e9 - 1, 1e9 + 1])).spread).toBe(1);
  });
});
