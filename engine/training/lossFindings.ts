/** Findings about the loss over the epochs: it starts far above chance (NN608), swings (NN605), stands still (NN606) or overfits (NN607). */
import type { Configured } from "../catalog/index.ts";
import { losses } from "../catalog/losses.ts";
import { lastAxis } from "../catalog/shapes.ts";
import { estimateText, percentText } from "../numberText.ts";
import type { OutputPlan, TrainingPlan } from "../plan.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";

/** The number of epochs that a check looks back on. */
const WINDOW = 5;
/** A rise smaller than this share of the first loss is noise. */
const SWING = 0.1;
/** An update smaller than this share of the weights' norm changes next to nothing. */
const STANDSTILL = 1e-5;
/** A first loss more than this many times the loss of guessing is far from chance. */
const FAR_FROM_CHANCE = 4;
/** A validation loss more than this many times the best, in each of the last epochs, is overfitting. */
const OVERFIT = 1.5;

/** Returns NN608 if the loss of the first rows is far above the loss of guessing, else undefined. */
export function farFromChance({ network, training }: TrainingPlan, loss: number): Finding | undefined {
  const [output] = training.outputs;
  if (!output || training.outputs.length > 1) return undefined;
  const units = lastAxis(network.layers.find(({ id }) => id === output.layer)?.output ?? []);
  const chance = chanceLoss(output.loss, units);
  if (chance === undefined || !(loss > FAR_FROM_CHANCE * chance * output.weight)) return undefined;
  return {
    code: "NN608",
    at: "loss",
    message: `The first loss is ${estimateText(loss)}, far above the ${estimateText(chance)} of guessing among ${Math.max(units, 2)} classes: the first outputs are confident and wrong; scale the data (\`scale standard\`) or use smaller initial weights.`,
  };
}

/** Returns the loss of guessing: −ln of one class's share, which the focal loss multiplies by (1 − ½)^gamma. Returns undefined for losses on numbers. */
function chanceLoss(loss: OutputPlan["loss"], units: number): number | undefined {
  if (loss.name === "binary_crossentropy") return Math.log(2);
  if (loss.name === "binary_focal_crossentropy") return 0.5 ** loss.settings.gamma * Math.log(2);
  return "row" in losses[loss.name] ? Math.log(Math.max(units, 2)) : undefined;
}

/** Reports a loss that rises repeatedly by more than noise (NN605), or does not fall at all (NN606). */
export function unsettled({ training: { optimizer } }: TrainingPlan): EpochCheck {
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
    const swings = swinging(recent, first, epoch, optimizer);
    if (swings) report(swings);
    const standstill = standingStill(first, epoch);
    if (standstill) report(standstill);
  };
}

function swinging(recent: readonly number[], start: Epoch, last: Epoch, optimizer: Configured<"optimizers">): Finding | undefined {
  let large = 0;
  let largest = 0;
  for (let k = 0; k < WINDOW; k++) {
    const rise = recent[k + 1] - recent[k];
    if (!(rise > SWING * start.loss)) continue;
    large++;
    largest = Math.max(largest, rise);
  }
  // An optimizer's first steps may raise the loss for a while, so the first epochs count only if the loss exceeds ten times the first.
  const overflows = last.loss > 10 * start.loss;
  if (large < 3 || (last.epoch < 2 * WINDOW && !overflows)) return undefined;
  return {
    code: "NN605",
    at: "optimizer",
    message: `The loss does not settle: it rose in ${large} of the last ${WINDOW} epochs, by up to ${estimateText(largest)}; lower the learning rate (it is ${estimateText(last.learningRate)})${momentumOf(optimizer) > 0.9 ? " or the momentum" : ", at first to a tenth"}.`,
  };
}

const momentumOf = ({ settings }: Configured<"optimizers">): number => ("momentum" in settings ? settings.momentum : 0);

function standingStill(start: Epoch, { loss, layers, learningRate, epoch }: Epoch): Finding | undefined {
  let ratio = 0;
  for (let k = 0; k < layers.length; k++) if (layers[k].updateRatio > ratio) ratio = layers[k].updateRatio;
  if (layers.length === 0 || !(ratio < STANDSTILL) || !(loss > 0.9 * start.loss)) return undefined;
  return {
    code: "NN606",
    at: "optimizer",
    message: `The loss barely moves: it was ${estimateText(start.loss)} at first and is ${estimateText(loss)} after ${epoch} epochs, while an update changes the weights by ${estimateText(ratio)} of their norm (about 0.001 is healthy); raise the learning rate (it is ${estimateText(learningRate)}).`,
  };
}

/**
 * Reports a validation loss that has stayed far above its best for several epochs and still rises, while the training loss falls. A training with early
 * stopping on a validation value needs no such report.
 */
export function overfitting({ training }: TrainingPlan): EpochCheck {
  const validation: number[] = [];
  let best: Epoch | undefined;
  return (epoch, report) => {
    if (epoch.valLoss === null || training.stop?.monitor.startsWith("val_")) return;
    validation.push(epoch.valLoss);
    if (validation.length > 2 * WINDOW) validation.shift();
    if (!best || epoch.valLoss < (best.valLoss ?? Number.POSITIVE_INFINITY)) best = epoch;
    const [before, late] = [validation.slice(0, WINDOW), validation.slice(WINDOW)];
    if (late.length < WINDOW || epoch.epoch - best.epoch < 2 * WINDOW || !(epoch.loss < 0.9 * best.loss)) return;
    const isRising = Math.min(...late) > OVERFIT * (best.valLoss ?? 0) && mean(late) > mean(before);
    if (isRising) report(overfitFinding(best.epoch, best.valLoss ?? 0, epoch.valLoss, epoch.loss));
  };
}

const overfitFinding = (since: number, best: number, valLoss: number, loss: number): Finding => ({
  code: "NN607",
  at: "train",
  message: `The network memorizes the training rows: since epoch ${since} the validation loss has risen from ${estimateText(best)} to ${estimateText(valLoss)} (by ${percentText(valLoss / best - 1)}) while the training loss has fallen to ${estimateText(loss)}; stop there (\`stop early_stopping\`), or use more data, \`dropout\`, \`l2\` or fewer units.`,
});

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
