/**
 * Finds the likeliest cause of numbers that grow too large, with the line to change. A finding names a single cause, because a list of all possible
 * causes is no help. The search starts only after something went wrong, so it does not slow down a healthy training.
 */
import type { Configured } from "../catalog/index.ts";
import { configuredInitializers, type InitializerName } from "../catalog/initializers.ts";
import { optimizers } from "../catalog/optimizers.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import type { Examples } from "../data/examples.ts";
import { normalizes } from "../layerTraits.ts";
import { estimateText } from "../numberText.ts";
import { layerKey, type PlannedLayer, type PlannedParameter, type TrainingPlan } from "../plan.ts";

export interface Cause {
  /** The key of the line to change. */
  readonly at: string;
  /** The cause and its fix, as a clause that follows a colon. */
  readonly text: string;
}

/** The scaled examples that the network reads. */
export type ScaledExamples = Pick<Examples, "features" | "featureCount" | "targets"> & {
  readonly parts: Pick<Examples["parts"], "train">;
  readonly fit: Pick<Examples["fit"], "features">;
};

/** The information that findings use besides the epochs. */
export interface Trial {
  readonly plan: TrainingPlan;
  readonly examples: ScaledExamples;
}

/** Values with a root mean square above this are too large for initial weights, which expect about 1. */
const LARGE_FEATURE = 10;
/** Values with a root mean square above this may explain a first loss that is far from chance. */
const NOTABLE_FEATURE = 2.5;
const LARGE_TARGET = 100;
/** An initial deviation is too large if it exceeds that of he_normal, √(2 / inputs), by this factor. */
const LARGE_START = 8;
const HIGH_MOMENTUM = 0.9;
/** The maximum number of rows to examine. */
const MOST_ROWS = 10_000;
/** The losses with gradients that grow with the target. */
const FOLLOWS_TARGET: ReadonlySet<string> = new Set(["mse", "mae", "huber", "log_cosh"]);

/** Returns the likeliest cause of numbers that grow too large during training. */
export function causeOfGrowth(trial: Trial): Cause {
  return rateAboveUsual(trial.plan) ?? causeAtStart(trial) ?? highMomentum(trial.plan) ?? highRate(trial.plan);
}

/** Returns the cause of numbers that are too large before the first update; undefined if the data and initial weights have a normal size. */
export const causeAtStart = (trial: Trial): Cause | undefined => largeTarget(trial) ?? largeFeature(trial) ?? largeStart(trial.plan);

/** Returns the learning rate in the file: the highest of `one_cycle`, the first of any other schedule. */
export function rateOf({ training: { learningRate } }: TrainingPlan): number {
  if (typeof learningRate === "number") return learningRate;
  const { settings } = learningRate;
  if ("maximum" in settings) return settings.maximum;
  return "initial" in settings ? settings.initial : settings.rate;
}

/** Returns the optimizer's typical learning rates and its default. */
export function usualRates({ training: { optimizer } }: TrainingPlan): { low: number; high: number; fallback: number } {
  const { usual, default: fallback } = optimizers[optimizer.name].arguments.learning_rate;
  return { low: usual[0], high: usual[1], fallback };
}

function rateAboveUsual(plan: TrainingPlan): Cause | undefined {
  const { high, fallback } = usualRates(plan);
  const rate = rateOf(plan);
  if (!(rate > high)) return undefined;
  const { name } = plan.training.optimizer;
  return {
    at: "optimizer",
    text: `the learning rate of ${estimateText(rate)} is too high (usual for ${name}: up to ${high}); lower the learning rate, at first to ${fallback}`,
  };
}

function highRate(plan: TrainingPlan): Cause {
  const rate = rateOf(plan);
  const lower = Math.min(rate / 10, usualRates(plan).fallback);
  const isClipped = plan.training.clip.norm !== null || plan.training.clip.value !== null;
  return {
    at: "optimizer",
    text: `the learning rate of ${estimateText(rate)} is too high here; lower the learning rate, at first to ${estimateText(lower)}${isClipped ? "" : ", or limit the gradients with `clip norm=1`"}`,
  };
}

function highMomentum({ training: { optimizer } }: TrainingPlan): Cause | undefined {
  const momentum = "momentum" in optimizer.settings ? optimizer.settings.momentum : 0;
  if (!(momentum > HIGH_MOMENTUM)) return undefined;
  return {
    at: "optimizer",
    text: `a momentum of ${momentum} adds up about ${estimateText(1 / Math.max(1 - momentum, 1e-3))} steps, so they overshoot; lower the momentum to 0.9`,
  };
}

function largeTarget({ plan, examples }: Trial): Cause | undefined {
  const output = plan.training.outputs.findIndex(({ loss, target }) => target !== "features" && FOLLOWS_TARGET.has(loss.name));
  const target = examples.targets[output];
  if (!target || plan.data.scaleTarget !== "none") return undefined;
  const range = plan.training.outputs[output].target;
  for (let unit = 0; unit < target.width; unit++) {
    const size = rootMeanSquare(target.values, target.width, unit, examples.parts.train);
    if (!(size > LARGE_TARGET)) continue;
    const name = range === "features" ? undefined : plan.data.target[range[0] + unit];
    return {
      at: "target",
      text: `the target${name === undefined ? "" : ` \`${name}\``} has values of about ${estimateText(size)}, far from the network's first outputs; add \`scale_target standard\``,
    };
  }
  return undefined;
}

/** Returns an unscaled feature that is larger than initial weights expect, though not large enough to harm every training. */
export const notableFeature = (trial: Trial): Cause | undefined => largeFeature(trial, NOTABLE_FEATURE);

function largeFeature({ plan, examples }: Trial, least = LARGE_FEATURE): Cause | undefined {
  if (plan.data.scale !== "none" || isNormalizedFirst(plan)) return undefined;
  let largest = least;
  let column: number | undefined;
  for (let k = 0; k < examples.featureCount; k++) {
    const size = rootMeanSquare(examples.features, examples.featureCount, k, examples.parts.train);
    if (!(size > largest)) continue;
    largest = size;
    column = k;
  }
  if (column === undefined) return undefined;
  const found = column;
  const feature = examples.fit.features.find(({ from, width }) => found >= from && found < from + width);
  const name = typeof feature?.name === "string" ? `\`${feature.name}\`` : "a feature";
  return { at: "data", text: `${name} reaches the network with values of about ${estimateText(largest)}; add \`scale standard\`` };
}

/** Whether each input is normalized before it reaches a kernel. */
function isNormalizedFirst({ network: { layers } }: TrainingPlan): boolean {
  const isNormalized = (id: string): boolean =>
    layers
      .filter(({ inputs }) => inputs.includes(id))
      .every(
        (next) =>
          normalizes(next, "batch") ||
          normalizes(next, "data") ||
          normalizes(next, "row") ||
          (next.parameters.length === 0 && isNormalized(next.id)),
      );
  return layers.every(({ id, kind }) => kind !== "input" || isNormalized(id));
}

function largeStart({ network, training }: TrainingPlan): Cause | undefined {
  if (training.start !== null) return undefined;
  for (const layer of network.layers) {
    const kernel = kernelOf(layer);
    const size = kernel ? startSize(kernel) : 0;
    if (!kernel || !(size > LARGE_START * usualStart(kernel))) continue;
    return {
      at: layerKey(layer.id),
      text: `the start weights of ${layer.id} are about ${estimateText(size)}, ${estimateText(size / usualStart(kernel))} times the usual size; leave out \`${argumentOf(kernel)}\``,
    };
  }
  return undefined;
}

export const kernelOf = (layer: PlannedLayer): PlannedParameter | undefined => layer.parameters.find(({ name }) => name === "kernel");

/** Returns the argument that sets the parameter's initial values. */
export const argumentOf = ({ name, start }: PlannedParameter): string => (start.kind === "values" ? `${name}=` : "init=");

/** Returns the standard deviation of he_normal: √(2 / inputs). */
const usualStart = ({ name, shape }: PlannedParameter): number => Math.sqrt(2 / Math.max(1, parameterFacts[name].fans(shape).in));

/** Returns the root mean square of a parameter's initial values. */
export function startSize({ name, shape, start }: PlannedParameter): number {
  if (start.kind === "values")
    return Math.sqrt(start.values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, start.values.length));
  return initializerSize(start.use, parameterFacts[name].fans(shape));
}

function initializerSize<K extends InitializerName>(
  { name, settings }: Configured<"initializers", K>,
  fans: { readonly in: number; readonly out: number },
): number {
  const { distribution, spread, mean } = configuredInitializers[name];
  const size = Math.abs(spread(fans.in, fans.out, settings));
  if (distribution === "constant") return size;
  return Math.hypot(distribution === "uniform" ? size / Math.sqrt(3) : size, mean?.(settings) ?? 0);
}

/** Returns the root mean square of a column of [rows, width] values over the given rows. */
function rootMeanSquare(values: ArrayLike<number>, width: number, column: number, rows: Uint32Array): number {
  const count = Math.min(rows.length, MOST_ROWS);
  let squares = 0;
  for (let k = 0; k < count; k++) squares += values[rows[k] * width + column] ** 2;
  return count > 0 ? Math.sqrt(squares / count) : 0;
}

/** Whether every target is constant over all training rows. */
export const isTargetConstant = ({ examples: { targets, parts } }: Trial): boolean =>
  targets.length > 0 &&
  targets.every(({ values, width }) => {
    const first = (parts.train[0] ?? 0) * width;
    for (const row of parts.train)
      for (let unit = 0; unit < width; unit++) if (values[row * width + unit] !== values[first + unit]) return false;
    return true;
  });
