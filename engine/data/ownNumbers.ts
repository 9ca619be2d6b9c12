/**
 * The data's own numbers, as in the file. Unscaling a float32 number does not restore it: 0.0 becomes -1.783e-7. Inspectors and exports show the
 * numbers, so they retain the originals in addition to the scaled numbers. A training retains only the scaled numbers.
 */
import type { Numbers } from "../kernels/kernels.ts";
import type { EncodedTarget } from "./encoding.ts";
import type { DataFit, FeatureFit } from "./fit.ts";
import { UNSCALED } from "./scaling.ts";

export interface OwnNumbers {
  /** [rows, featureCount]; a gap contains its replacement, and categories are one-hot encoded. */
  readonly features: ArrayLike<number>;
  /** For each output [rows, width]. */
  readonly targets: readonly ArrayLike<number>[];
}

/** Scaled rows, and their own numbers if retained. */
interface ScaledRows {
  readonly features: Numbers;
  readonly featureCount: number;
  readonly targets: readonly EncodedTarget[];
  readonly fit: DataFit;
  readonly own?: OwnNumbers | undefined;
}

/** Returns the fit with identity scalers. */
export const unscaledFit = ({ features, targets }: DataFit): DataFit => ({
  features: features.map((feature) => ({ ...feature, scaler: UNSCALED })),
  targets: targets.map((target) => ({ ...target, scalers: target.scalers.map(() => UNSCALED) })),
});

/** Returns the number of a row's feature in the data's own units. `at` is the pixel of an image. */
export function featureNumber({ own, features, featureCount }: ScaledRows, row: number, { from, scaler }: FeatureFit, at = 0): number {
  const place = row * featureCount + from + at;
  return own ? own.features[place] : features[place] * scaler.factor + scaler.offset;
}

/** Returns the target of a row for unit `j` of output `k` in the data's own units. The target must have one number per unit. */
export function targetNumber({ own, targets, fit }: ScaledRows, row: number, k: number, j: number): number {
  const { values, width } = targets[k];
  const { factor, offset } = fit.targets[k].scalers[j] ?? UNSCALED;
  return own ? own.targets[k][row * width + j] : values[row * width + j] * factor + offset;
}
