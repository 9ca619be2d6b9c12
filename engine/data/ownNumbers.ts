/**
 * The data's own numbers, as the file has them. Scaling a number back from float32 does not return it: 0.0 becomes -1.783e-7. Inspectors and exports, which show
 * the numbers, therefore retain them beside the scaled ones. A training retains only the scaled ones.
 */
import type { Numbers } from "../kernels/kernels.ts";
import type { EncodedTarget } from "./encoding.ts";
import type { DataFit, FeatureFit } from "./fit.ts";
import { UNSCALED } from "./scaling.ts";

export interface OwnNumbers {
  /** [rows, featureCount]; a gap has the value that replaces it, and a word is one-hot encoded. */
  readonly features: ArrayLike<number>;
  /** For each output [rows, width]. */
  readonly targets: readonly ArrayLike<number>[];
}

/** Scaled rows, with their own numbers if these are retained. */
interface ScaledRows {
  readonly features: Numbers;
  readonly featureCount: number;
  readonly targets: readonly EncodedTarget[];
  readonly fit: DataFit;
  readonly own?: OwnNumbers | undefined;
}

/** Returns the fit with each scaler replaced by one that changes nothing. */
export const unscaledFit = ({ features, targets }: DataFit): DataFit => ({
  features: features.map((feature) => ({ ...feature, scaler: UNSCALED })),
  targets: targets.map((target) => ({ ...target, scalers: target.scalers.map(() => UNSCALED) })),
});

/** Returns the number of a row's feature in the data's own units. `at` is the pixel of an image. */
export function featureNumber({ own, features, featureCount }: ScaledRows, row: number, { from, scaler }: FeatureFit, at = 0): number {
  const place = row * featureCount + from + at;
  return own ? own.features[place] : features[place] * scaler.factor + scaler.offset;
}

/** Returns the target of a row for unit `j` of output `k` in the data's own units. The target must have a number for each unit. */
export function targetNumber({ own, targets, fit }: ScaledRows, row: number, k: number, j: number): number {
  const { values, width } = targets[k];
  const { factor, offset } = fit.targets[k].scalers[j] ?? UNSCALED;
  return own ? own.targets[k][row * width + j] : values[row * width + j] * factor + offset;
}
