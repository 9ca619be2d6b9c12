/** Measures a trained network on the test part of its data, which the training never saw. */
import type { TrainingPlan } from "../plan.ts";
import { batchLoader } from "../training/batches.ts";
import { type Measured, measure } from "../training/epoch.ts";
import type { Trained } from "../training/learner.ts";
import { runningMetrics } from "../training/metrics.ts";

/** Returns the loss and the training's metrics on the test part; undefined if there is none, or if `halt` returned true. */
export async function measureTestPart(
  { network, outputs, examples }: Trained,
  { training }: TrainingPlan,
  halt: () => Promise<boolean>,
): Promise<Measured | undefined> {
  const { test } = examples.parts;
  if (test.length === 0) return undefined;
  const scalers = examples.fit.targets.map((target) => target.scalers);
  const metrics = runningMetrics(training.metrics, outputs, scalers);
  return await measure({ network, outputs, load: batchLoader(network, outputs, examples) }, test, metrics, halt);
}
