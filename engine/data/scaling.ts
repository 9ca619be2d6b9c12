/** Bringing columns to one scale: scaled = (own − offset) / factor, fitted on the training rows alone. */
import type { Scaling } from "../plan.ts";

export interface Scaler {
  readonly offset: number;
  /** Never 0: a column that does not vary keeps its distance. */
  readonly factor: number;
}

export const UNSCALED: Scaler = { offset: 0, factor: 1 };

/** `standard`: mean and population deviation; `minmax`: smallest and range. */
export function fitScaler(kind: Scaling, values: Iterable<number>): Scaler {
  if (kind === "none") return UNSCALED;
  let count = 0;
  let mean = 0;
  let spread = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    count++;
    const distance = value - mean;
    mean += distance / count;
    spread += distance * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return UNSCALED;
  if (kind === "minmax") return { offset: min, factor: max > min ? max - min : 1 };
  const deviation = Math.sqrt(spread / count);
  return { offset: mean, factor: deviation > 0 ? deviation : 1 };
}
