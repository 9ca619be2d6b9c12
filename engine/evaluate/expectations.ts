/** Checks the expectations of an `expect` block on a network: rows of inputs with their outputs, and claims about metrics. */

import { names as namesOf, withDefaults } from "../catalog/index.ts";
import { losses } from "../catalog/losses.ts";
import { metrics } from "../catalog/metrics.ts";
import type { MetricPlan, OutputPlan } from "../plan.ts";
import { batchLoader } from "../training/batches.ts";
import { measure } from "../training/epoch.ts";
import type { Trained } from "../training/learner.ts";
import { runningMetrics } from "../training/metrics.ts";
import type { Cell, Prediction } from "./predictor.ts";

export interface RowExpectation {
  readonly features: readonly Cell[];
  readonly targets: readonly Cell[];
}

/** Returns whether a prediction matches the targets: the class (or the rounded value) must be equal, and a number must be within `tolerance`. */
export function rowPasses(prediction: Prediction, targets: readonly Cell[], outputs: readonly OutputPlan[], tolerance: number): boolean {
  let at = 0;
  return prediction.outputs.every(({ layer, values, chosen }) => {
    const plan = outputs.find((one) => one.layer === layer);
    const form = plan === undefined || plan.target === "features" ? "number" : losses[plan.loss.name].target;
    const isClass = form !== "number";
    if (isClass && chosen !== null && (values.length === 1 || prediction.outputs.length === targets.length)) {
      const target = targets[at++];
      // A file may write the two classes of a single output as −1 and 1, or as 0 and 1.
      return String(target) === chosen || (values.length === 1 && typeof target === "number" && target > 0 === (chosen === "1"));
    }
    return values.every((value) => {
      const target = targets[at++];
      if (typeof target !== "number") return false;
      if (form === "sign") return !Number.isNaN(value) && value > 0 === target > 0;
      return isClass ? Math.round(value) === target : Math.abs(value - target) <= tolerance;
    });
  });
}

/** Returns the named metrics, one of which may be `loss`, on the test part. Without one, uses the validation part, and without that, the training part. */
export async function measureClaims(
  trained: Trained,
  names: readonly string[],
  planned: readonly MetricPlan[] = [],
): Promise<ReadonlyMap<string, number>> {
  const { network, outputs, examples } = trained;
  const { test, validation, train } = examples.parts;
  const rows = test.length > 0 ? test : validation.length > 0 ? validation : train;
  const wanted = namesOf(metrics).filter((metric) => names.some((name) => name === metric || name.endsWith(`_${metric}`)));
  const running = runningMetrics(
    // A claim uses the settings of the training's metric with the same name.
    wanted.map((name) => ({ ...(planned.find((one) => one.name === name) ?? withDefaults("metrics", name)), output: null })),
    outputs,
    examples.fit.targets.map(({ scalers }) => scalers),
  );
  const measured = await measure({ network, outputs, load: batchLoader(network, outputs, examples) }, rows, running, async () => false);
  return new Map(Object.entries({ loss: measured?.loss ?? Number.NaN, ...measured?.metrics }));
}

export function claimHolds(value: number, operator: string, wanted: number): boolean {
  switch (operator) {
    case ">=":
      return value >= wanted;
    case "<=":
      return value <= wanted;
    case ">":
      return value > wanted;
    case "<":
      return value < wanted;
    default:
      return value === wanted;
  }
}
