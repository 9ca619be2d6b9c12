/**
 * Findings about the loss over the epochs: it starts far above chance (NN608), oscillates (NN605), stops falling (NN606), overfits (NN607) or still
 * falls at the end (NN609).
 */
import { losses } from "../catalog/losses.ts";
import { lastAxis } from "../catalog/shapes.ts";
import { estimateText, percentText } from "../numberText.ts";
import type { OutputPlan, TrainingPlan } from "../plan.ts";
import { type Cause, causeAtStart, causeOfGrowth, isTargetConstant, notableFeature, rateOf, type Trial, usualRates } from "./causes.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";
import { isBlocked } from "./layerFindings.ts";

/** The number of past epochs that a check examines. */
const WINDOW = 5;
/** A rise smaller than this share of the first loss is noise. */
const SWING = 0.1;
/** An update smaller than this share of the weights' norm has almost no effect. */
const STANDSTILL = 1e-5;
/** An update smaller than this share of the weights' norm is short. */
const SHORT_STEP = 1e-4;
/** The minimum update that typical learning rates must allow. Otherwise, the learning rate is not the reason that the weights barely change. */
const REACHABLE = 1e-4;
/** A first loss is far from chance if it exceeds the loss of guessing by this factor. */
const FAR_FROM_CHANCE = 4;
/** A validation loss shows overfitting if it exceeds the best one by this factor in each of the last epochs. */
const OVERFIT = 1.5;
/** A validation loss below this share of the first one is small, regardless of its ratio to the best. */
const SMALL_LOSS = 0.02;
/** A training has learnt little if its last loss is above this share of the first. */
const LITTLE_LEARNT = 0.5;
/** The share of the epochs, at the end, over which losses are compared, and the share by which the loss must still fall there. */
const LAST_PART = 0.2;
const STILL_FALLING = 0.02;

/** Returns NN608 if the loss of the first rows is far above the loss of guessing, else undefined. */
export function farFromChance(trial: Trial, loss: number): Finding | undefined {
  const { network, training } = trial.plan;
  const [output] = training.outputs;
  if (!output || training.outputs.length > 1) return undefined;
  const units = lastAxis(network.layers.find(({ id }) => id === output.layer)?.output ?? []);
  const chance = chanceLoss(output.loss, units);
  if (chance === undefined || !(loss > FAR_FROM_CHANCE * chance * output.weight)) return undefined;
  // The loss shows that something is too large. With normal initial weights and unscaled features, it is the features.
  const { at, text } = causeAtStart(trial) ?? notableFeature(trial) ?? { at: "loss", text: "start with smaller weights" };
  return {
    code: "NN608",
    at,
    message: `The first loss is ${estimateText(loss)}, far above the ${estimateText(chance)} of guessing among ${Math.max(units, 2)} classes, so the first outputs are confident and wrong: ${text}.`,
  };
}

/**
 * Returns the loss of guessing: −ln of one class's share, which the focal loss multiplies by (1 − ½)^gamma. Returns undefined for losses of numbers.
 */
function chanceLoss(loss: OutputPlan["loss"], units: number): number | undefined {
  if (loss.name === "binary_crossentropy") return Math.log(2);
  if (loss.name === "binary_focal_crossentropy") return 0.5 ** loss.settings.gamma * Math.log(2);
  return "row" in losses[loss.name] ? Math.log(Math.max(units, 2)) : undefined;
}

/** Reports a loss that repeatedly rises by more than noise (NN605). */
export function unsettled(trial: Trial): EpochCheck {
  let first: Epoch | undefined;
  /** The losses of the last WINDOW + 1 epochs, oldest first. */
  const recent: number[] = [];
  return (epoch, report) => {
    first ??= epoch;
    if (recent.length <= WINDOW) recent.push(epoch.loss);
    else {
      for (let k = 0; k < WINDOW; k++) recent[k] = recent[k + 1];
      recent[WINDOW] = epoch.loss;
    }
    if (recent.length <= WINDOW) return;
    let large = 0;
    let largest = 0;
    for (let k = 0; k < WINDOW; k++) {
      const rise = recent[k + 1] - recent[k];
      if (!(rise > SWING * first.loss)) continue;
      large++;
      largest = Math.max(largest, rise);
    }
    // An optimizer's first steps may temporarily raise the loss, so the first epochs count only if the loss exceeds ten times the first.
    const overflows = epoch.loss > 10 * first.loss;
    if (large >= 3 && (epoch.epoch >= 2 * WINDOW || overflows)) report(swingingFinding(trial, large, largest));
  };
}

function swingingFinding(trial: Trial, large: number, largest: number): Finding {
  const swings = `it rose in ${large} of the last ${WINDOW} epochs, by up to ${estimateText(largest)}`;
  if (trial.plan.training.optimizer.name === "perceptron")
    return {
      code: "NN605",
      at: "optimizer",
      message: `The number of mistakes does not settle: ${swings}; the perceptron rule settles only if a straight line separates the classes, whatever its learning rate; add a hidden layer and train with \`sgd\`.`,
    };
  const { at, text } = causeOfGrowth(trial);
  return { code: "NN605", at, message: `The loss does not settle: ${swings}: ${text}.` };
}

/** Reports a loss that does not fall because the learning rate is too low (NN606). */
export function standingStill(plan: TrainingPlan): EpochCheck {
  let first: Epoch | undefined;
  return (epoch, report) => {
    first ??= epoch;
    const { loss, layers, learningRate } = epoch;
    if (epoch.epoch - first.epoch < WINDOW || layers.length === 0 || !(loss > 0.9 * first.loss)) return;
    let ratio = 0;
    for (let k = 0; k < layers.length; k++) if (layers[k].updateRatio > ratio) ratio = layers[k].updateRatio;
    if (!(ratio < STANDSTILL) || isBlocked(epoch)) return;
    const { high, fallback } = usualRates(plan);
    if (!(ratio * high >= REACHABLE * learningRate)) return;
    report({
      code: "NN606",
      at: "optimizer",
      message: `The loss barely moves: it was ${estimateText(first.loss)} at first and is ${estimateText(loss)} after ${epoch.epoch} epochs, while an update changes the weights by ${estimateText(ratio)} of their norm (about 0.001 is healthy); raise the learning rate (it is ${estimateText(learningRate)}${learningRate < fallback ? `; ${fallback} is usual` : ""}).`,
    });
  };
}

/** Returns the epoch after which the last part of a training starts. */
export const lastPartFrom = (epochs: number): number => Math.floor((1 - LAST_PART) * epochs);

/**
 * Reports a training that has learnt little although its loss still falls at the end (NN609). More epochs do not help if the validation loss rises
 * in the last epoch or has had no new minimum in the last part.
 */
export function stillFalling(trial: Trial): EpochCheck {
  const { epochs } = trial.plan.training;
  const since = lastPartFrom(epochs);
  let first: Epoch | undefined;
  let before: Epoch | undefined;
  let lastValLoss = Number.POSITIVE_INFINITY;
  let bestBefore = Number.POSITIVE_INFINITY;
  let bestLate = Number.POSITIVE_INFINITY;
  return (epoch, report) => {
    first ??= epoch;
    const { loss, valLoss } = epoch;
    if (epoch.epoch === since) before = epoch;
    if (valLoss !== null && epoch.epoch <= since) bestBefore = Math.min(bestBefore, valLoss);
    else if (valLoss !== null) bestLate = Math.min(bestLate, valLoss);
    if (epoch.epoch !== epochs) {
      lastValLoss = valLoss ?? lastValLoss;
      return;
    }
    // With a constant target, a falling loss does not show learning. The checker has already reported the target (NN535).
    if (
      epochs < WINDOW ||
      !before ||
      !(loss > LITTLE_LEARNT * first.loss) ||
      !(before.loss - loss > STILL_FALLING * loss) ||
      isTargetConstant(trial)
    )
      return;
    if (valLoss !== null && (valLoss > lastValLoss || bestLate >= bestBefore)) return;
    const { at, text } = causeAtStart(trial) ?? causeOfSlowness(trial.plan, epoch);
    report({
      code: "NN609",
      at,
      message: `The training ended while the loss was still falling: from ${estimateText(first.loss)} at first to ${estimateText(before.loss)} after ${before.epoch} epochs and ${estimateText(loss)} after ${epochs}: ${text}.`,
    });
  };
}

function causeOfSlowness(plan: TrainingPlan, { layers, learningRate }: Epoch): Cause {
  const { batch, epochs } = plan.training;
  if (batch === null) return { at: "batch", text: "with `batch all` each epoch is a single update; use `batch 32`, or raise `epochs`" };
  const ratio = Math.max(...layers.map(({ updateRatio }) => updateRatio));
  const { fallback } = usualRates(plan);
  if (ratio < SHORT_STEP && learningRate < fallback)
    return {
      at: "optimizer",
      text: `an update changes the weights by only ${estimateText(ratio)} of their norm (about 0.001 is healthy); raise the learning rate (it is ${estimateText(learningRate)}; ${fallback} is usual)`,
    };
  return { at: "epochs", text: `raise \`epochs\` (it is ${epochs})` };
}

/**
 * Reports a validation loss above the training loss that has stayed far above its best for several epochs and still rises, while the training loss
 * falls (NN607). A training with early stopping on a validation value needs no such report. With a learning rate above the usual ones, which the
 * checker reports, a rise is more likely a swing.
 */
export function overfitting(plan: TrainingPlan): EpochCheck {
  const { training } = plan;
  const isSteady = rateOf(plan) <= usualRates(plan).high;
  const validation: number[] = [];
  let best: Epoch | undefined;
  let first = 0;
  return (epoch, report) => {
    if (epoch.valLoss === null || !isSteady || training.stop?.monitor.startsWith("val_")) return;
    if (!best) first = epoch.valLoss;
    validation.push(epoch.valLoss);
    if (validation.length > 2 * WINDOW) validation.shift();
    if (!best || epoch.valLoss < (best.valLoss ?? Number.POSITIVE_INFINITY)) best = epoch;
    const [before, late] = [validation.slice(0, WINDOW), validation.slice(WINDOW)];
    if (late.length < WINDOW || epoch.epoch - best.epoch < 2 * WINDOW || !(epoch.loss < 0.9 * best.loss)) return;
    if (!(epoch.valLoss > epoch.loss)) return;
    const isRising = Math.min(...late) > OVERFIT * (best.valLoss ?? 0) && mean(late) > mean(before) && mean(late) > SMALL_LOSS * first;
    if (isRising) report(overfitFinding(best.epoch, best.valLoss ?? 0, epoch.valLoss, epoch.loss));
  };
}

const overfitFinding = (since: number, best: number, valLoss: number, loss: number): Finding => ({
  code: "NN607",
  at: "train",
  message: `The network memorizes the training rows: since epoch ${since} the validation loss has risen from ${estimateText(best)} to ${estimateText(valLoss)} (by ${percentText(valLoss / best - 1)}) while the training loss has fallen to ${estimateText(loss)}; stop there (\`stop early_stopping\`), or use more data, \`dropout\`, \`l2\` or fewer units.`,
});

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
