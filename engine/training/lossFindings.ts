/** What is wrong with the loss's course: a first loss far from chance (NN608), swinging (NN605), standing still (NN606), overfitting (NN607). */

import type { Configured } from "../catalog/index.ts";
import { type LossName, losses } from "../catalog/losses.ts";
import { estimateText, percentText } from "../numberText.ts";
import type { TrainingPlan } from "../plan.ts";
import type { Epoch, Finding, Judge } from "./finding.ts";

/** Epochs that a judgement looks back on. */
const WINDOW = 5;
/** Of the first loss: a smaller rise is noise. */
const SWING = 0.1;
/** A step this small relative to the weights changes nothing. */
const STANDSTILL = 1e-5;
const FAR_FROM_CHANCE = 4;
/** The least of the last epochs' validation losses, relative to the best. */
const OVERFIT = 1.5;

/** Judges the loss of the first rows, before any update. */
export function farFromChance({ network, training }: TrainingPlan, loss: number): Finding | undefined {
  const [output] = training.outputs;
  if (!output || training.outputs.length > 1) return undefined;
  const units = network.layers.find(({ id }) => id === output.layer)?.output.reduce((a, b) => a * b, 1) ?? 1;
  const chance = chanceLoss(output.loss.name, units);
  if (chance === undefined || !(loss > FAR_FROM_CHANCE * chance * output.weight)) return undefined;
  return {
    code: "NN608",
    at: "loss",
    message: `The first loss is ${estimateText(loss)}, far from the ${estimateText(chance)} that guessing among ${Math.max(units, 2)} classes gives: the first outputs are already sure of themselves, and wrong; scale the data (\`scale standard\`) or let the start weights be smaller.`,
  };
}

/** What a network that knows nothing is charged: −ln of one class's share. Returns undefined for losses on numbers. */
function chanceLoss(loss: LossName, units: number): number | undefined {
  if (loss === "binary_crossentropy") return Math.log(2);
  return "row" in losses[loss] ? Math.log(Math.max(units, 2)) : undefined;
}

/** A loss that goes up again and again by more than noise, or does not go down at all. */
export function unsettled({ training: { optimizer } }: TrainingPlan): Judge {
  let first: Epoch | undefined;
  /** The last epochs' losses, the latest last. */
  const recent: number[] = [];
  return (epoch, tell) => {
    first ??= epoch;
    if (recent.length <= WINDOW) recent.push(epoch.loss);
    else {
      for (let k = 0; k < WINDOW; k++) recent[k] = recent[k + 1];
      recent[WINDOW] = epoch.loss;
    }
    if (recent.length <= WINDOW) return;
    const swings = swinging(recent, first, epoch, optimizer);
    if (swings) tell(swings);
    const stands = standing(first, epoch);
    if (stands) tell(stands);
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
  // The first steps of an optimizer may go astray and come back.
  const overflows = last.loss > 10 * start.loss;
  if (large < 3 || (last.epoch < 2 * WINDOW && !overflows)) return undefined;
  return {
    code: "NN605",
    at: "optimizer",
    message: `The loss does not settle: it rose in ${large} of the last ${WINDOW} epochs, by up to ${estimateText(largest)}; lower the learning rate (it is ${estimateText(last.learningRate)})${momentumOf(optimizer) > 0.9 ? " or the momentum" : ", tenfold at first"}.`,
  };
}

const momentumOf = ({ settings }: Configured<"optimizers">): number => ("momentum" in settings ? settings.momentum : 0);

function standing(start: Epoch, { loss, layers, learningRate, epoch }: Epoch): Finding | undefined {
  let ratio = 0;
  for (let k = 0; k < layers.length; k++) if (layers[k].updateRatio > ratio) ratio = layers[k].updateRatio;
  if (layers.length === 0 || !(ratio < STANDSTILL) || !(loss > 0.9 * start.loss)) return undefined;
  return {
    code: "NN606",
    at: "optimizer",
    message: `The loss barely moves: ${estimateText(start.loss)} at first, ${estimateText(loss)} after ${epoch} epochs, while a step changes the weights by ${estimateText(ratio)} of their size (about 0.001 is healthy); raise the learning rate (it is ${estimateText(learningRate)}).`,
  };
}

/** A validation loss that rises for several epochs, not jumping about. A training that stops by the validation loss looks after itself. */
export function overfitting({ training }: TrainingPlan): Judge {
  const validation: number[] = [];
  let best: Epoch | undefined;
  return (epoch, tell) => {
    if (epoch.valLoss === null || training.stop?.monitor.startsWith("val_")) return;
    validation.push(epoch.valLoss);
    if (validation.length > 2 * WINDOW) validation.shift();
    if (!best || epoch.valLoss < (best.valLoss ?? Number.POSITIVE_INFINITY)) best = epoch;
    const [before, late] = [validation.slice(0, WINDOW), validation.slice(WINDOW)];
    if (late.length < WINDOW || epoch.epoch - best.epoch < 2 * WINDOW || !(epoch.loss < 0.9 * best.loss)) return;
    const isRising = Math.min(...late) > OVERFIT * (best.valLoss ?? 0) && mean(late) > mean(before);
    if (isRising) tell(overfitFinding(best.epoch, best.valLoss ?? 0, epoch.valLoss, epoch.loss));
  };
}

const overfitFinding = (since: number, best: number, valLoss: number, loss: number): Finding => ({
  code: "NN607",
  at: "train",
  message: `It learns the training rows by heart: since epoch ${since} the validation loss rose from ${estimateText(best)} to ${estimateText(valLoss)} (by ${percentText(valLoss / best - 1)}) while the training loss fell to ${estimateText(loss)}; stop there (\`stop early_stopping\`), or use more data, \`dropout\`, \`l2\` or fewer units.`,
});

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
