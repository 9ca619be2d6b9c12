/**
 * The origin of trained weights, stored in the metadata of weights and checkpoints: the plan, the fit of the data and the .nn text. With it, the
 * weights can be used without the .nn file and its data. client/runs/trainedFile.ts reads it.
 */
import type { DataFit } from "../data/fit.ts";
import type { TrainingPlan } from "../plan.ts";

export interface TrainedWith {
  readonly plan: TrainingPlan;
  readonly fit: DataFit;
  /** The text of the .nn file; null if the training did not start from a text. */
  readonly text: string | null;
}

/** The `version` in the metadata. Readers reject other versions. */
export const TRAINED_VERSION = "1";

/** Returns the metadata without the epoch. NaN, which marks a gap without replacement, is null in JSON. */
export const trainedMetadata = ({ plan, fit, text }: TrainedWith): Readonly<Record<string, string>> => ({
  version: TRAINED_VERSION,
  plan: JSON.stringify(plan),
  fit: JSON.stringify(fit),
  ...(text !== null && { nn: text }),
});
