/** Checks the reverse pass against the definition of a derivative: central differences of the loss, in float64, weight by weight. */
import type { ParameterName } from "../catalog/layers.ts";
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import { forwardPass } from "../network/network.ts";
import { penalty } from "../network/outputLosses.ts";
import type { TrainingPlan } from "../plan.ts";
import { modelFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { lossWithGradients } from "../training/step.ts";

export interface GradientCheck {
  /** Number of rows that the loss is computed from. */
  readonly rows: number;
  readonly weights: number;
  /** The largest relative error of all weights. */
  readonly maxRelativeError: number;
  readonly layers: Readonly<Record<string, { readonly [K in ParameterName]?: number }>>;
  /** Whether any gradient is not 0. If all are 0, the check proves nothing. */
  readonly anyGradient: boolean;
}

/** Step sizes of the differences. The first is best for smooth losses; the others are tried if a kink such as relu's is within the step. */
const STEPS = [1e-5, 1e-6, 1e-7];
/** The smallest denominator of the error, relative to the loss or the largest gradient: rounding makes smaller gradients indistinguishable from 0. */
const FLOOR = 1e-4;
const GOOD_ENOUGH = 1e-7;

/**
 * Checks the gradients at the initial weights on the first `maxRows` training rows, without dropout. The error is |analytic − numeric| / max(|analytic|,
 * |numeric|, 1e-4 · the larger of the loss and the largest gradient). `halt` is called before each weight; the check returns undefined if it returns true.
 * Throws `DataProblem` for data that can't be used.
 */
export async function checkGradients(
  plan: TrainingPlan,
  files: FileReader,
  { maxRows = 32, halt = async () => false }: { maxRows?: number; halt?: (done: number, of: number) => Promise<boolean> } = {},
): Promise<GradientCheck | undefined> {
  const examples = await loadExamples(plan, files, "float64");
  const rows = examples.parts.train.subarray(0, maxRows);
  const model = modelFor(plan, examples, { precision: "float64", capacity: rows.length });
  const { network, outputs, load } = model;
  const { weights, gradients } = network;
  await adaptNormalizers(network, load, rows, async () => false);
  // The mean loss is differentiated, even if the optimizer takes the sum.
  const ofMean = { ...model, scale: (count: number) => 1 / count };
  const atStart = lossWithGradients(ofMean, { order: rows, from: 0, rows: rows.length, mode: "inspect" });
  const loss = (): number => {
    forwardPass(network, "inspect");
    return outputs.reduce((sum, output) => sum + output.total(), 0) / rows.length + penalty(network, "none");
  };
  let largest = Math.abs(atStart);
  for (const g of gradients) largest = Math.max(largest, Math.abs(g));
  const floor = FLOOR * largest;

  const errorAt = (i: number): number => {
    const original = weights[i];
    let best = Number.POSITIVE_INFINITY;
    for (const step of STEPS) {
      weights[i] = original + step;
      const above = loss();
      weights[i] = original - step;
      const below = loss();
      weights[i] = original;
      const numeric = (above - below) / (2 * step);
      const error = Math.abs(gradients[i] - numeric) / Math.max(Math.abs(gradients[i]), Math.abs(numeric), floor);
      best = Math.min(best, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
      if (best < GOOD_ENOUGH) break;
    }
    return best;
  };

  const trained = network.parameters.filter(({ planned }) => planned.trained);
  const count = trained.reduce((sum, { values }) => sum + values.length, 0);
  const layers: Record<string, { [K in ParameterName]?: number }> = {};
  let maxRelativeError = 0;
  let done = 0;
  for (const { layer, planned, offset, values } of trained) {
    let worst = 0;
    for (let i = offset; i < offset + values.length; i++) {
      if (await halt(done++, count)) return undefined;
      worst = Math.max(worst, errorAt(i));
    }
    layers[layer.id] = { ...layers[layer.id], [planned.name]: worst };
    maxRelativeError = Math.max(maxRelativeError, worst);
  }
  return { rows: rows.length, weights: count, maxRelativeError, layers, anyGradient: gradients.some((g) => g !== 0) };
}
