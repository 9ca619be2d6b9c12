/** The losses of the model's outputs. Each reads its output and adds the loss's gradient at the start of the reverse pass. */
import type { ActivationName } from "../catalog/activations.ts";
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import {
  type ElementLossName,
  elementLosses,
  type Loss,
  type LossName,
  losses,
  PROBABILITY_EPSILON,
  type RowLossName,
} from "../catalog/losses.ts";
import { parameterFacts } from "../catalog/parameters.ts";
import { lastAxis } from "../catalog/shapes.ts";
import type { LossKernel, Numbers } from "../kernels/kernels.ts";
import { isActivated, isPenalized } from "../layerTraits.ts";
import type { OutputPlan, PlannedLayer } from "../plan.ts";
import type { Network, Step } from "./network.ts";

export interface OutputLoss {
  readonly plan: OutputPlan;
  readonly step: Step;
  /** The numbers in a row's target: 1 for a class index, else one per unit. */
  readonly targetWidth: number;
  /** The number of units on the last axis. A categorical loss is computed over this axis. */
  readonly classes: number;
  /** The number of places on the other axes, each with its own class; 1 for a single axis. */
  readonly places: number;
  /** [capacity, targetWidth], written with each batch. */
  readonly targets: Numbers;
  /** [capacity], written with each batch: the weight of each row's loss; undefined if all rows have equal weight. */
  readonly rowWeights: Numbers | undefined;
  /** Whether the kernels compute the loss instead of the loops below. */
  readonly isCompiled: boolean;
  /** Returns the output's weight times Σ over the batch's rows of the row's loss multiplied by the row's weight. */
  readonly total: () => number;
  /** Returns Σ over the batch's rows of the row's loss multiplied by the row's weight, without the output's weight. */
  readonly unweightedTotal: () => number;
  /** Adds the gradient of `scale` · total to the output's gradient, or to the preactivation's. */
  readonly addGradient: (scale: number) => void;
}

export const targetWidth = (loss: LossName, units: number): number => ((losses[loss] as Loss).target === "class_index" ? 1 : units);

/** Returns the losses of the outputs. `weighs` states for each output whether its rows have weights; if absent, they have none. */
export function lossesOf(network: Network, outputs: readonly OutputPlan[], weighs: readonly boolean[] = []): OutputLoss[] {
  return outputs.map((plan, k) => {
    const step = network.stepOf.get(plan.layer);
    if (!step) throw new Error(`The plan's output ${plan.layer} is no layer.`);
    const width = targetWidth(plan.loss.name, step.output.width);
    const classes = lastAxis(step.layer.output);
    const places = step.output.width / classes;
    const targets = network.kernels.allocate(width * network.capacity);
    const rowWeights = weighs[k] ? network.kernels.allocate(network.capacity) : undefined;
    const batch: LossBatch = { step, targets, rowWeights, network };
    const compiled = network.kernels.loss(plan.loss, activationOf(step.layer));
    const passesFor = (weighted: OutputPlan): LossPasses =>
      compiled
        ? compiledLoss(compiled, weighted, batch)
        : isElementwise(weighted.loss)
          ? elementLoss(weighted.loss, weighted.weight, batch)
          : ROW_LOSSES[weighted.loss.name](weighted.loss.settings, weighted.weight, batch);
    const unweightedTotal = passesFor({ ...plan, weight: 1 }).total;
    return {
      plan,
      step,
      targetWidth: width,
      classes,
      places,
      targets,
      rowWeights,
      isCompiled: compiled !== undefined,
      unweightedTotal,
      ...passesFor(plan),
    };
  });
}

/** A loss's inputs in each batch. */
interface LossBatch extends Pick<OutputLoss, "step" | "targets" | "rowWeights"> {
  readonly network: Network;
}

/** Returns whether the loss is computed together with the output's activation, so that its gradient is with respect to z. */
export function isFusedLoss({ plan: { loss: used }, step }: Pick<OutputLoss, "plan" | "step">): boolean {
  const activation = activationOf(step.layer);
  const loss: Loss = losses[used.name];
  if ("row" in loss) return activation === "softmax";
  return activation !== undefined && (loss.fromPreactivation?.activations.includes(activation) ?? false);
}

function compiledLoss(
  kernel: LossKernel,
  { loss: { name }, weight }: OutputPlan,
  { step, targets, rowWeights, network: { batch } }: LossBatch,
): LossPasses {
  const { output, preactivation } = step;
  const gradient = kernel.ofPreactivation ? preactivation.gradient : output.gradient;
  // A loss of whole rows is computed over the last axis of each place.
  const units = "row" in losses[name] ? lastAxis(step.layer.output) : output.width;
  const places = output.width / units;
  const factor = weight / lossDivisor(name, step);
  const weights = rowWeights && { values: rowWeights, places };
  return {
    total: () => kernel.total(preactivation.values, output.values, targets, batch.rows * places, units, factor, weights),
    addGradient(scale) {
      if (gradient) kernel.addGradient(output.values, targets, gradient, batch.rows * places, units, scale * factor, weights);
    },
  };
}

/** Returns the divisor of a row's summed losses: the number of units for a mean, the number of places for a sum over the last axis. */
export function lossDivisor(name: LossName, { output, layer }: Step): number {
  const loss: Loss = losses[name];
  return "row" in loss || loss.sums ? output.width / lastAxis(layer.output) : output.width;
}

type LossPasses = Pick<OutputLoss, "total" | "addGradient">;

const isElementwise = (use: Configured<"losses">): use is Configured<"losses", ElementLossName> => !("row" in losses[use.name]);

function elementLoss<K extends ElementLossName>(
  { name, settings }: Configured<"losses", K>,
  weight: number,
  { step, targets, rowWeights, network: { batch } }: LossBatch,
): LossPasses {
  const { output, preactivation } = step;
  const units = output.width;
  const a = output.values;
  const loss = elementLosses[name];
  const activation = activationOf(step.layer);
  const stable = activation && loss.fromPreactivation?.activations.includes(activation) ? loss.fromPreactivation : undefined;
  const z = preactivation.values;
  const divisor = lossDivisor(name, step);
  return {
    total() {
      let sum = 0;
      for (let i = 0; i < batch.rows * units; i++) {
        const value = stable ? stable.value(z[i], targets[i], a[i], settings) : loss.value(a[i], targets[i], settings);
        sum += rowWeights ? rowWeights[Math.floor(i / units)] * value : value;
      }
      return (sum * weight) / divisor;
    },
    addGradient(scale) {
      const gradient = stable ? preactivation.gradient : output.gradient;
      if (!gradient) return;
      const factor = (scale * weight) / divisor;
      for (let i = 0; i < batch.rows * units; i++) {
        const slope = stable ? stable.slope(a[i], targets[i], settings) : loss.slope(a[i], targets[i], settings);
        gradient[i] += (rowWeights ? factor * rowWeights[Math.floor(i / units)] : factor) * slope;
      }
    },
  };
}

type RowLossPasses<S> = (settings: S, weight: number, batch: LossBatch) => LossPasses;

/**
 * Both categorical cross-entropies: computed over the last axis and averaged over the places on the other axes. A class index is treated as its
 * one-hot row. `row` counts the batch's places.
 */
function categoricalLoss(
  form: "class_index" | "one_hot",
  { label_smoothing }: Reads<"label_smoothing">,
  weight: number,
  { step, targets, rowWeights, network: { batch } }: LossBatch,
): LossPasses {
  const { output, preactivation } = step;
  const units = lastAxis(step.layer.output);
  const places = output.width / units;
  const a = output.values;
  const z = preactivation.values;
  const stable = activationOf(step.layer) === "softmax";
  const spread = label_smoothing / units;
  const target = (row: number, j: number): number =>
    (form === "class_index" ? (targets[row] === j ? 1 : 0) : targets[row * units + j]) * (1 - label_smoothing) + spread;
  const rowSum = (row: number): number => {
    let sum = 0;
    for (let j = 0; j < units; j++) sum += a[row * units + j];
    return sum;
  };
  const weightOf = (row: number): number => (rowWeights ? rowWeights[Math.floor(row / places)] : 1);
  const inside = (p: number): boolean => p >= PROBABILITY_EPSILON && p <= 1 - PROBABILITY_EPSILON;
  return {
    total() {
      let total = 0;
      for (let row = 0; row < batch.rows * places; row++) {
        // ln softmax(z)ⱼ = zⱼ − ln Σ eᶻ; without a softmax, ln of the clipped share.
        const base = stable ? logSumExp(z, row * units, units) : rowSum(row);
        const rowWeight = weightOf(row);
        for (let j = 0; j < units; j++) {
          const t = target(row, j);
          if (t === 0) continue;
          const share = stable ? 0 : Math.min(Math.max(a[row * units + j] / base, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
          total -= rowWeight * t * (stable ? z[row * units + j] - base : Math.log(share));
        }
      }
      return (total * weight) / places;
    },
    addGradient(scale) {
      const gradient = stable ? preactivation.gradient : output.gradient;
      if (!gradient) return;
      const factor = (scale * weight) / places;
      for (let row = 0; row < batch.rows * places; row++) {
        const rowFactor = factor * weightOf(row);
        let mass = 0;
        const sum = stable ? 1 : rowSum(row);
        for (let j = 0; j < units; j++) {
          const t = target(row, j);
          if (stable || inside(a[row * units + j] / sum)) mass += t;
        }
        for (let j = 0; j < units; j++) {
          const t = target(row, j);
          const y = a[row * units + j];
          // Σt · aⱼ − tⱼ after a softmax; else the derivative of −Σ t ln(y/Σy), which is 0 where the share is clipped.
          const slope = stable ? mass * y - t : mass / sum - (t !== 0 && inside(y / sum) ? t / y : 0);
          gradient[row * units + j] += rowFactor * slope;
        }
      }
    },
  };
}

const rowLosses = {
  categorical_crossentropy: (settings: Reads<"label_smoothing">, ...rest) => categoricalLoss("one_hot", settings, ...rest),
  sparse_categorical_crossentropy: (settings: Reads<"label_smoothing">, ...rest) => categoricalLoss("class_index", settings, ...rest),
} satisfies Record<RowLossName, RowLossPasses<never>>;
const ROW_LOSSES: { readonly [L in RowLossName]: RowLossPasses<SettingsOf<"losses">[L]> } = rowLosses satisfies EveryRead<
  Pick<SettingsOf<"losses">, RowLossName>,
  [typeof rowLosses]
>;

function logSumExp(z: Numbers, from: number, length: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < length; j++) largest = Math.max(largest, z[from + j]);
  let sum = 0;
  for (let j = 0; j < length; j++) sum += Math.exp(z[from + j] - largest);
  return largest + Math.log(sum);
}

export function activationOf(layer: PlannedLayer): ActivationName | undefined {
  return isActivated(layer) ? layer.activation.name : undefined;
}

/** Returns Σ over the unfrozen kernels of l1 · Σ|w| + l2 · Σw². With "add", also adds its gradient to the parameters' gradients. */
export function penalty(network: Network, gradient: "add" | "none"): number {
  let total = 0;
  for (const { layer, planned, values, gradient: g } of network.parameters) {
    if (!isPenalized(layer) || !parameterFacts[planned.name].isPenalized) continue;
    for (let i = 0; i < values.length; i++) {
      const w = values[i];
      total += layer.l1 * Math.abs(w) + layer.l2 * w * w;
      if (gradient === "add") g[i] += layer.l1 * Math.sign(w) + 2 * layer.l2 * w;
    }
  }
  return total;
}
