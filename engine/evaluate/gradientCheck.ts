/** Checks the reverse pass against the definition of a derivative: central differences of the loss, in float64, weight by weight. */
import type { ParameterName } from "../catalog/parameters.ts";
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import { forwardPass } from "../network/network.ts";
import { multiplicationsOf } from "../network/work.ts";
import type { TrainingPlan } from "../plan.ts";
import { type Random, randomFrom } from "../random.ts";
import { modelFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { readStart } from "../training/startWeights.ts";
import { lossOf, lossWithGradients, type MiniBatch } from "../training/step.ts";

export interface GradientCheck {
  /** Number of rows used to compute the loss. */
  readonly rows: number;
  /** Number of trained weights. */
  readonly weights: number;
  /** Number of compared weights: all of them, or a random sample. */
  readonly checked: number;
  /** The largest relative error of the compared weights. */
  readonly maxRelativeError: number;
  readonly layers: Readonly<Record<string, { readonly [K in ParameterName]?: number }>>;
  /** Whether any gradient is nonzero. If all are 0, the check proves nothing. */
  readonly anyGradient: boolean;
}

/** Step sizes of the differences. The first is best for smooth losses; the others are tried if a kink such as relu's lies within the step. */
const STEPS = [1e-5, 1e-6, 1e-7];
/** The smallest denominator of the error, relative to the loss or the largest gradient: rounding makes smaller gradients indistinguishable from 0. */
const FLOOR = 1e-4;
const GOOD_ENOUGH = 1e-7;

/** The maximum number of multiplications for a sample's passes. A pass for a weight starts at its layer, and each weight needs two to six. */
const SAMPLE_WORK = 1e9;
/** The minimum number of weights per parameter in a sample. */
const LEAST_OF_PARAMETER = 10;

export interface GradientCheckOptions {
  readonly maxRows?: number;
  /** The approximate number of weights to compare; if absent, as many as a limited number of multiplications allows. */
  readonly sample?: number;
  /** Called before each weight; the check stops if it returns true. */
  readonly halt?: (done: number, of: number) => Promise<boolean>;
}

/**
 * Checks the gradients at the initial weights on the first `maxRows` training rows, without dropout: all of them, or for a large model a random sample
 * drawn with the training's seed. The error is |analytic − numeric| / max(|analytic|, |numeric|, 1e-4 · the larger of the loss and the largest
 * gradient). Returns undefined if `halt` stops it. Throws `DataProblem` for data that can't be used.
 */
export async function checkGradients(
  plan: TrainingPlan,
  files: FileReader,
  { maxRows = 32, sample, halt = async () => false }: GradientCheckOptions = {},
): Promise<GradientCheck | undefined> {
  const examples = await loadExamples(plan, files, "float64");
  const rows = examples.parts.train.subarray(0, maxRows);
  const model = modelFor(plan, examples, { precision: "float64", capacity: rows.length, start: await readStart(plan, files) });
  const { network, outputs, load } = model;
  const { weights, gradients } = network;
  await adaptNormalizers(network, load, rows, async () => false);
  // The check differentiates the mean loss, even if the optimizer uses the sum.
  const ofMean = { ...model, scale: (count: number) => 1 / count };
  const batch: MiniBatch = { order: rows, from: 0, rows: rows.length, mode: "inspect" };
  const atStart = lossWithGradients(ofMean, batch);
  /** Returns the loss, computed from a step on: the steps before it do not depend on its weights. */
  const lossFrom = (first: number): number => {
    const upper = { network: { ...network, steps: network.steps.slice(first) }, outputs, load: () => undefined };
    return lossOf(upper, batch);
  };
  let largest = Math.abs(atStart);
  for (const g of gradients) largest = Math.max(largest, Math.abs(g));
  const floor = FLOOR * largest;

  const errorAt = (i: number, first: number): number => {
    const original = weights[i];
    let best = Number.POSITIVE_INFINITY;
    for (const step of STEPS) {
      weights[i] = original + step;
      const above = lossFrom(first);
      weights[i] = original - step;
      const below = lossFrom(first);
      weights[i] = original;
      const numeric = (above - below) / (2 * step);
      const error = Math.abs(gradients[i] - numeric) / Math.max(Math.abs(gradients[i]), Math.abs(numeric), floor);
      best = Math.min(best, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
      if (best < GOOD_ENOUGH) break;
    }
    return best;
  };

  const trained = network.parameters.filter(({ planned }) => planned.trained);
  const sizes = trained.map(({ values }) => values.length);
  const counts = sampleSizes(sizes, sample ?? affordable(plan, rows.length));
  const checked = sum(counts);
  const random = randomFrom(plan.training.seed, "gradient check");
  // Without a prototype, so that a layer may have any name, even `__proto__`.
  const layers: Record<string, { [K in ParameterName]?: number }> = Object.create(null);
  let maxRelativeError = 0;
  let done = 0;
  for (const [k, { layer, planned, offset }] of trained.entries()) {
    const first = network.steps.findIndex((step) => step.layer === layer);
    forwardPass(network, "inspect");
    let worst = 0;
    for (const i of drawn(sizes[k], counts[k], random)) {
      if (await halt(done++, checked)) return undefined;
      worst = Math.max(worst, errorAt(offset + i, first));
    }
    layers[layer.id] = { ...layers[layer.id], [planned.name]: worst };
    maxRelativeError = Math.max(maxRelativeError, worst);
  }
  return { rows: rows.length, weights: sum(sizes), checked, maxRelativeError, layers, anyGradient: gradients.some((g) => g !== 0) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Returns how many weights can be compared with a limited number of multiplications. */
function affordable({ network }: TrainingPlan, rows: number): number {
  const pass = rows * sum(network.layers.map(multiplicationsOf));
  return Math.floor(SAMPLE_WORK / (2 * Math.max(1, pass)));
}

/** Returns how many weights of each parameter to compare: in proportion to their sizes, and a few of each. */
function sampleSizes(sizes: readonly number[], most: number): number[] {
  const share = most / sum(sizes);
  if (share >= 1) return [...sizes];
  return sizes.map((size) => Math.min(size, Math.max(LEAST_OF_PARAMETER, Math.round(share * size))));
}

/** Returns `count` different numbers below `size`, ascending. */
function drawn(size: number, count: number, random: Random): number[] {
  if (count === size) return Array.from({ length: size }, (_, i) => i);
  // Floyd's sampling: all sets of numbers are equally likely.
  const chosen = new Set<number>();
  for (let last = size - count; last < size; last++) {
    const i = random.below(last + 1);
    chosen.add(chosen.has(i) ? last : i);
  }
  return [...chosen].sort((a, b) => a - b);
}
