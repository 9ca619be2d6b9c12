/** Scalers computed by hand: scaled = (value − offset) / factor. */
import { describe, expect, test } from "vitest";
import { fitByteScaler, fitScaler, UNSCALED } from "./scaling.ts";

const rows = (...numbers: number[]): Uint32Array => Uint32Array.from(numbers);

describe("a scaler of bytes", () => {
  // Four rows of two: the first three are 10 20 | 30 40 | 20 60, the last one is left out.
  const values = Uint8Array.of(10, 20, 30, 40, 20, 60, 255, 0);

  test("standard: the mean and standard deviation of all bytes of the rows", () => {
    // Mean 180 / 6 = 30; squared distances 400 100 0 100 100 900 = 1600.
    const { offset, factor } = fitByteScaler("standard", values, rows(0, 1, 2), 2);
    expect(offset).toBe(30);
    expect(factor).toBeCloseTo(Math.sqrt(1600 / 6), 12);
  });

  test("minmax: the minimum and the range, also if each extreme occurs once", () => {
    expect(fitByteScaler("minmax", values, rows(0, 1, 2), 2)).toEqual({ offset: 10, factor: 50 });
    expect(fitByteScaler("minmax", values, rows(1, 2), 2)).toEqual({ offset: 20, factor: 40 });
    expect(fitByteScaler("minmax", values, rows(0, 3), 2)).toEqual({ offset: 0, factor: 255 });
  });

  test("equals the scaler of the same numbers", () => {
    for (const kind of ["standard", "minmax", "none"] as const)
      for (const some of [rows(0, 1, 2), rows(0, 1, 2, 3), rows(2)]) {
        const numbers = Array.from(some).flatMap((row) => [...values.subarray(2 * row, 2 * row + 2)]);
        const [bytes, plain] = [fitByteScaler(kind, values, some, 2), fitScaler(kind, numbers)];
        expect(bytes.offset).toBeCloseTo(plain.offset, 12);
        expect(bytes.factor).toBeCloseTo(plain.factor, 12);
      }
  });

  test("has the factor 1 if all bytes are equal or there are none", () => {
    for (const kind of ["standard", "minmax"] as const) {
      expect(fitByteScaler(kind, Uint8Array.of(7, 7), rows(0, 1), 1)).toEqual({ offset: 7, factor: 1 });
      expect(fitByteScaler(kind, Uint8Array.of(), rows(), 1)).toEqual(UNSCALED);
    }
  });
});

describe("a scaler of numbers", () => {
  test("is fitted on the given rows alone", () => {
    const values = [1, 100, 5, -100];
    expect(fitScaler("standard", values, rows(0, 2))).toEqual({ offset: 3, factor: 2 });
    expect(fitScaler("minmax", values, rows(0, 2))).toEqual({ offset: 1, factor: 4 });
    expect(fitScaler("none", values, rows(0, 2))).toEqual(UNSCALED);
    expect(fitScaler("standard", values, rows())).toEqual(UNSCALED);
  });

  test("has an exact standard deviation far from 0", () => {
    expect(fitScaler("standard", [1e9 - 1, 1e9 + 1])).toEqual({ offset: 1e9, factor: 1 });
  });
});
