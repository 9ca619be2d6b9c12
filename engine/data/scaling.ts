/** Feature scaling: scaled = (value − offset) / factor, fitted only on the training rows. */
import type { Scaling } from "../plan.ts";

export interface Scaler {
  readonly offset: number;
  /** Never 0: a constant column has the factor 1. */
  readonly factor: number;
}

export const UNSCALED: Scaler = { offset: 0, factor: 1 };

/**
 * Fits a scaler to the values at `rows`, or to all values: the mean and population standard deviation for `standard`, the minimum and range for
 * `minmax`.
 */
export function fitScaler(kind: Scaling, values: ArrayLike<number>, rows?: Uint32Array): Scaler {
  if (kind === "none") return UNSCALED;
  const count = rows ? rows.length : values.length;
  let mean = 0;
  let spread = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[rows ? rows[i] : i];
    const distance = value - mean;
    mean += distance / (i + 1);
    spread += distance * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return UNSCALED;
  return scalerOf(kind, min, max, mean, spread / count);
}

/** Fits one scaler to all bytes of `rows` in a [rows, width] table, using a histogram of the 256 byte values. */
export function fitByteScaler(kind: Scaling, values: Uint8Array, rows: Uint32Array, width: number): Scaler {
  if (kind === "none" || rows.length === 0) return UNSCALED;
  // Each count can reach 2^32 − 1.
  const counts = new Uint32Array(256);
  for (const row of rows) {
    for (let i = row * width, end = i + width; i < end; i++) counts[values[i]]++;
    // These are a byte's extremes, so the remaining rows can't change the range.
    if (kind === "minmax" && counts[0] > 0 && counts[255] > 0) return { offset: 0, factor: 255 };
  }
  const total = rows.length * width;
  let sum = 0;
  for (let value = 0; value < 256; value++) sum += value * counts[value];
  const mean = sum / total;
  let spread = 0;
  for (let value = 0; value < 256; value++) spread += counts[value] * (value - mean) * (value - mean);
  const min = counts.findIndex((count) => count > 0);
  const max = counts.findLastIndex((count) => count > 0);
  return scalerOf(kind, min, max, mean, spread / total);
}

function scalerOf(kind: Scaling, min: number, max: number, mean: number, variance: number): Scaler {
  if (kind === "minmax") return { offset: min, factor: max > min ? max - min : 1 };
  const deviation = Math.sqrt(variance);
  return { offset: mean, factor: deviation > 0 ? deviation : 1 };
}
