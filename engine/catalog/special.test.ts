/** Compares the error function with values of the C library. */
import { expect, test } from "vitest";
import { erf, normalDensity } from "./special.ts";

test.each([
  [1e-10, 1.1283791670955126e-10],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  // Near the point at which the continued fraction replaces the series.
  [2.4999, 0.9995928300996666],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [5.5, 0.9999999999999927],
  [6.5, 1],
])("erf(%d)", (x, wanted) => {
  expect(Math.abs(erf(x) - wanted)).toBeLessThanOrEqual(1e-15 * wanted);
  expect(erf(-x)).toBe(-erf(x));
});

test("erf at 0, at infinity and at NaN", () => {
  expect(erf(0)).toBe(0);
  expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
  expect(erf(Number.NaN)).toBeNaN();
});

test("the normal density: 1 / √(2π) at 0, and that times e^(−½) at ±1", () => {
  expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 15);
  expect(normalDensity(-1)).toBeCloseTo(0.24197072451914337, 15);
});
