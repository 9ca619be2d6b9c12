/** Evaluates a trained network on rows of its data, or of other data with the same encoding. */
import type { MeasuredPart } from "../events.ts";
import type { TrainingPlan } from "../plan.ts";
import { batchLoader } from "../training/batches.ts";
import { measure } from "../training/epoch.ts";
import type { Trained } from "../training/learner.ts";
import { lossesOfOutputs } from "../training/lossParts.ts";
import { runningMetrics } from "../training/metrics.ts";

/** Returns the loss and the training's metrics on the rows. As on a validation part, they exclude penalties and row weights. */
export async function measureRows(
  { network, outputs, examples }: Trained,
  { training }: TrainingPlan,
  rows: Uint32Array,
): Promise<MeasuredPart> {
  const scalers = examples.fit.targets.map((target) => target.scalers);
  const metrics = [...runningMetrics(training.metrics, outputs, scalers), ...lossesOfOutputs(outputs)];
  const measured = await measure({ network, outputs, load: batchLoader(network, outputs, examples) }, rows, metrics, async () => false);
  if (!measured) throw new Error("The measurement was not interrupted.");
  return measured;
}
