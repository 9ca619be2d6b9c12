/**
 * What goes wrong while a network learns, found from the statistics that each epoch keeps anyway (NN602 to NN608), each told
 * once with its figures. The thresholds are where a person would look twice, not where a network first differs from the ideal.
 */

import type { Configured } from "../catalog/index.ts";
import { type LossName, losses } from "../catalog/losses.ts";
import type { LayerStatistics, TrainingEventOf } from "../events.ts";
import { layerKey, type TrainingPlan } from "../plan.ts";

type Epoch = Omit<TrainingEventOf<"epoch">, "kind">;
export type Finding = Omit<TrainingEventOf<"warning">, "kind">;

/** Share of a layer's units that must be dead before it is said. */
const MANY_DEAD = 0.5;
const VANISHED = 1e-3;
const GROWTH = 10;
const BEYOND_WEIGHTS = 1e3;
const EXPLODED = 1e4;
/** Epochs that a judgement on the loss's course looks back on. */
const WINDOW = 5;
/** Of the first loss: less is noise. */
const SWING = 0.1;
const STANDSTILL = 1e-5;
const FAR_FROM_CHANCE = 4;
/** The least of the last epochs' validation losses, relative to the best. */
const OVERFIT = 1.5;

const NOTHING: Finding[] = [];

const figure = (n: number): string => String(Number(n.toPrecision(3)));
const percent = (share: number): string => `${Math.round(100 * share)} %`;

export interface FindingsObserver {
  /** The loss of the first rows, before any update: of about 16 at least. */
  readonly start: (loss: number) => Finding[];
  /** After each epoch; what was said before is not said again. */
  readonly observe: (epoch: Epoch) => Finding[];
}

export function observeFindings({ network, training }: TrainingPlan): FindingsObserver {
  const said = new Set<string>();
  const once = (finding: Finding | undefined): Finding[] => {
    if (!finding || said.has(`${finding.code} ${finding.at}`)) return [];
    said.add(`${finding.code} ${finding.at}`);
    return [finding];
  };
  const more = (found: Finding[], finding: Finding | undefined): Finding[] => (finding ? [...found, ...once(finding)] : found);
  const outputs = new Set(network.outputs);
  /** The last epochs' losses, the latest last. */
  const recent: number[] = [];
  /** Of the layers that are told of, which are always the same in the same order. */
  let areOutputs: readonly boolean[] = [];
  const deadBefore = new Set<string>();
  const validation: number[] = [];
  let first: Epoch | undefined;
  let bestValidation: Epoch | undefined;

  return {
    start: (loss) => once(farFromChance(loss)),
    // A small network has a million epochs in a second: nothing is made where nothing is found.
    observe(epoch) {
      if (!first) {
        first = epoch;
        areOutputs = epoch.layers.map(({ layer }) => outputs.has(layer));
      }
      if (recent.length <= WINDOW) recent.push(epoch.loss);
      else {
        for (let k = 0; k < WINDOW; k++) recent[k] = recent[k + 1];
        recent[WINDOW] = epoch.loss;
      }
      let found = NOTHING;
      for (let k = 0; k < epoch.layers.length; k++) found = more(found, dead(epoch.layers[k]));
      found = more(found, vanishing(epoch));
      found = more(found, exploding(epoch));
      found = more(found, swinging(first, epoch));
      found = more(found, standing(first, epoch));
      found = more(found, overfitting(epoch));
      return found;
    },
  };

  function farFromChance(loss: number): Finding | undefined {
    const [output] = training.outputs;
    if (!output || training.outputs.length > 1) return undefined;
    const units = network.layers.find(({ id }) => id === output.layer)?.output.reduce((a, b) => a * b, 1) ?? 1;
    const chance = chanceLoss(output.loss.name, units);
    if (chance === undefined || !(loss > FAR_FROM_CHANCE * chance * output.weight)) return undefined;
    return {
      code: "NN608",
      at: "loss",
      message: `The first loss is ${figure(loss)}, far from the ${figure(chance)} that guessing among ${Math.max(units, 2)} classes gives: the first outputs are already sure of themselves, and wrong; scale the data (\`scale standard\`) or let the start weights be smaller.`,
    };
  }

  /** Dead in two epochs running: one alone may be a passing state. */
  function dead({ layer, deadUnits, units }: LayerStatistics): Finding | undefined {
    if (deadUnits === null || units === null) return undefined;
    if (deadUnits < MANY_DEAD * units) {
      deadBefore.delete(layer);
      return undefined;
    }
    const again = deadBefore.has(layer);
    deadBefore.add(layer);
    if (!again) return undefined;
    return {
      code: "NN602",
      at: layerKey(layer),
      message: `${deadUnits} of the ${units} units of ${layer} are 0 for 90 % of the rows or more, so hardly a gradient reaches their weights; lower the learning rate, scale the data, or use \`leaky_relu\`.`,
    };
  }

  function vanishing({ layers }: Epoch): Finding | undefined {
    let top = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < layers.length; k++) {
      const { norm } = layers[k].gradient;
      if (norm < least) least = norm;
      if (areOutputs[k] && norm > top) top = norm;
    }
    // An output that explodes makes everything below it look small.
    if (!(top > 1e-7) || top > EXPLODED || !(least < VANISHED * top)) return undefined;
    const small = layers.find(({ layer, gradient }) => !outputs.has(layer) && gradient.norm < VANISHED * top);
    if (!small) return undefined;
    return {
      code: "NN603",
      at: layerKey(small.layer),
      message: `The gradient vanishes: its norm is ${figure(small.gradient.norm)} at ${small.layer} and ${figure(top)} at the output${small.gradient.norm > 0 ? `, ${figure(top / small.gradient.norm)} times as much` : ""}; use \`relu\` with its own start (leave \`init\` out), \`batch_norm\`, or fewer layers.`,
    };
  }

  function exploding({ layers }: Epoch): Finding | undefined {
    let large: LayerStatistics | undefined;
    for (let k = 0; k < layers.length && !large; k++) {
      const { gradient, weightNorm } = layers[k];
      if (weightNorm > 0 && gradient.norm > BEYOND_WEIGHTS * weightNorm) large = layers[k];
    }
    if (large)
      return {
        code: "NN604",
        at: layerKey(large.layer),
        message: `The gradient explodes: at ${large.layer} its norm is ${figure(large.gradient.norm)}, the weights' is ${figure(large.weightNorm)}; limit it with \`clip norm=1\`, scale data and target, or lower the learning rate.`,
      };
    // Each layer stands on the one before it in the list; growth counts on the way back.
    for (let k = 0; k + 2 < layers.length; k++) {
      const [low, middle, high] = [layers[k], layers[k + 1], layers[k + 2]];
      const grows = low.gradient.norm > GROWTH * middle.gradient.norm && middle.gradient.norm > GROWTH * high.gradient.norm;
      if (!grows || !(high.gradient.norm > 1e-7)) continue;
      return {
        code: "NN604",
        at: layerKey(low.layer),
        message: `The gradient explodes: from ${high.layer} (${figure(high.gradient.norm)}) back to ${middle.layer} (${figure(middle.gradient.norm)}) and ${low.layer} (${figure(low.gradient.norm)}) its norm grows tenfold a layer; limit it with \`clip norm=1\`, or start with smaller weights.`,
      };
    }
    return undefined;
  }

  /** The loss goes up again and again by more than noise. */
  function swinging(start: Epoch, last: Epoch): Finding | undefined {
    if (recent.length < WINDOW + 1) return undefined;
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
      message: `The loss does not settle: it rose in ${large} of the last ${WINDOW} epochs, by up to ${figure(largest)}; lower the learning rate (it is ${figure(last.learningRate)})${momentumOf(training.optimizer) > 0.9 ? " or the momentum" : ", tenfold at first"}.`,
    };
  }

  function standing(start: Epoch, { loss, layers, learningRate, epoch }: Epoch): Finding | undefined {
    let ratio = 0;
    for (let k = 0; k < layers.length; k++) if (layers[k].updateRatio > ratio) ratio = layers[k].updateRatio;
    if (recent.length < WINDOW + 1 || layers.length === 0 || !(ratio < STANDSTILL) || !(loss > 0.9 * start.loss)) return undefined;
    return {
      code: "NN606",
      at: "optimizer",
      message: `The loss barely moves: ${figure(start.loss)} at first, ${figure(loss)} after ${epoch} epochs, while a step changes the weights by ${figure(ratio)} of their size (about 0.001 is healthy); raise the learning rate (it is ${figure(learningRate)}).`,
    };
  }

  /** Rising for several epochs, not jumping about; a training that stops by the validation loss looks after itself. */
  function overfitting(epoch: Epoch): Finding | undefined {
    if (epoch.valLoss === null || training.stop?.monitor.startsWith("val_")) return undefined;
    validation.push(epoch.valLoss);
    if (validation.length > 2 * WINDOW) validation.shift();
    if (!bestValidation || epoch.valLoss < (bestValidation.valLoss ?? Number.POSITIVE_INFINITY)) bestValidation = epoch;
    const best = bestValidation.valLoss ?? 0;
    const [before, late] = [validation.slice(0, WINDOW), validation.slice(WINDOW)];
    if (late.length < WINDOW || epoch.epoch - bestValidation.epoch < 2 * WINDOW || !(epoch.loss < 0.9 * bestValidation.loss))
      return undefined;
    if (!(Math.min(...late) > OVERFIT * best) || !(mean(late) > mean(before))) return undefined;
    return {
      code: "NN607",
      at: "train",
      message: `It learns the training rows by heart: since epoch ${bestValidation.epoch} the validation loss rose from ${figure(best)} to ${figure(epoch.valLoss)} (by ${percent(epoch.valLoss / best - 1)}) while the training loss fell to ${figure(epoch.loss)}; stop there (\`stop early_stopping\`), or use more data, \`dropout\`, \`l2\` or fewer units.`,
    };
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** What a network that knows nothing is charged: −ln of one class's share. undefined for losses on numbers. */
function chanceLoss(loss: LossName, units: number): number | undefined {
  if (loss === "binary_crossentropy") return Math.log(2);
  return "row" in losses[loss] ? Math.log(Math.max(units, 2)) : undefined;
}

const momentumOf = ({ settings }: Configured<"optimizers">): number => ("momentum" in settings ? settings.momentum : 0);
