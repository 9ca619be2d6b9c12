/** The optimizers: one update of all weights from all gradients, by Keras 3's rules (the catalog contains the formulas and sources). */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import { type Configured, names, type SettingsOf } from "../catalog/index.ts";
import { isStepSchedule, type Optimizer, type OptimizerName, optimizers, rateAt } from "../catalog/optimizers.ts";
import type { TrainingEventOf } from "../events.ts";
import { adamaxRate, adamRate, type Numbers, type Update, type OptimizerState as UpdateState } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";
import type { ClipName, ClipPlan, PlateauPlan, TrainingSettings } from "../plan.ts";
import { afterEpoch, type PlateauState, plateauStart } from "./plateau.ts";

export interface OptimizerState extends UpdateState {
  /** The state of `reduce_on_plateau` after the last epoch; null with any other learning rate. */
  plateau: PlateauState | null;
  /** The learning rate set by the debugger's user, which replaces the plan's; null if unchanged. */
  changedRate: number | null;
}

type Rates = Pick<TrainingSettings, "learningRate">;

const isPlateau = (rate: TrainingSettings["learningRate"]): rate is PlateauPlan => typeof rate !== "number" && !isStepSchedule(rate);

export function optimizerState(
  { optimizer: use, learningRate }: Pick<TrainingSettings, "optimizer" | "learningRate">,
  { kernels, weights }: Network,
): OptimizerState {
  const slots = slotStarts(use).map((start) => kernels.allocate(weights.length).fill(start));
  return { slots, step: 0, momentumProduct: 1, plateau: isPlateau(learningRate) ? plateauStart(learningRate) : null, changedRate: null };
}

/** Returns the initial value of each of the optimizer's arrays, in the catalog's order. */
export const slotStarts = (use: Configured<"optimizers">): readonly number[] =>
  (optimizers[use.name] as Optimizer).slots.map((_, k) => (use.name === "adagrad" && k === 0 ? START_VALUES.adagrad(use.settings) : 0));

/** Returns the learning rate of a step. `step` counts from 0. */
export function learningRateAt(
  { learningRate }: Rates,
  { plateau, changedRate }: Pick<OptimizerState, "plateau" | "changedRate">,
  step: number,
): number {
  if (changedRate !== null) return changedRate;
  if (typeof learningRate === "number") return learningRate;
  return isStepSchedule(learningRate) ? rateAt(learningRate, step) : (plateau ?? plateauStart(learningRate)).rate;
}

/** Adapts the learning rate to the epoch's results if it monitors them. */
export function observeEpoch({ learningRate }: Rates, optimizer: OptimizerState, event: TrainingEventOf<"epoch">): void {
  if (isPlateau(learningRate)) optimizer.plateau = afterEpoch(learningRate, optimizer.plateau ?? plateauStart(learningRate), event);
}

/** Performs one update of the ranges of weights that are not frozen. */
export function applyOptimizer(
  use: Configured<"optimizers">,
  rate: number,
  { weights, gradients }: Network,
  ranges: readonly (readonly [number, number])[],
  state: OptimizerState,
  update: Update,
): void {
  state.step++;
  for (const [from, to] of ranges) update(weights, gradients, from, to, rate, state);
  if (use.name === "nadam") state.momentumProduct *= nadamFactor(use.settings, state.step);
}

/** Returns the update implemented by the kernels, or else the formula as a plain loop. */
export const updateOf = (use: Configured<"optimizers">, { kernels }: Network): Update => kernels.update(use) ?? plainUpdate(use);

const plainUpdate = <K extends OptimizerName>({ name, settings }: Configured<"optimizers", K>): Update => UPDATES[name](settings);

/** u_t = β₁ (1 − ½ · 0.96^t) */
const nadamFactor = ({ beta_1 }: Reads<"beta_1">, t: number): number => beta_1 * (1 - 0.5 * 0.96 ** t);

type AdamSettings = Reads<"beta_1" | "beta_2" | "epsilon" | "amsgrad">;
const adam =
  ({ beta_1, beta_2, epsilon, amsgrad }: AdamSettings): Update =>
  (w, g, from, to, rate, { slots: [m, v, largest], step }) => {
    const alpha = adamRate({ beta_1, beta_2 }, rate, step);
    for (let i = from; i < to; i++) {
      m[i] += (1 - beta_1) * (g[i] - m[i]);
      v[i] += (1 - beta_2) * (g[i] * g[i] - v[i]);
      let second = v[i];
      if (amsgrad) {
        largest[i] = Math.max(largest[i], second);
        second = largest[i];
      }
      w[i] -= (alpha * m[i]) / (Math.sqrt(second) + epsilon);
    }
  };

/** The nonzero initial values of optimizers' first slots. */
const START_VALUES = {
  adagrad: ({ initial_accumulator_value }: Reads<"initial_accumulator_value">): number => initial_accumulator_value,
};

const plainUpdates = {
  sgd:
    ({ momentum, nesterov }: Reads<"momentum" | "nesterov">) =>
    (w, g, from, to, rate, { slots: [m] }) => {
      if (momentum === 0) {
        for (let i = from; i < to; i++) w[i] -= rate * g[i];
        return;
      }
      for (let i = from; i < to; i++) {
        m[i] = momentum * m[i] - rate * g[i];
        w[i] += nesterov ? momentum * m[i] - rate * g[i] : m[i];
      }
    },

  adagrad:
    ({ epsilon }: Reads<"epsilon">) =>
    (w, g, from, to, rate, { slots: [sum] }) => {
      for (let i = from; i < to; i++) {
        sum[i] += g[i] * g[i];
        w[i] -= (rate * g[i]) / Math.sqrt(sum[i] + epsilon);
      }
    },

  rmsprop:
    ({ rho, momentum, epsilon, centered }: Reads<"rho" | "momentum" | "epsilon" | "centered">) =>
    (w, g, from, to, rate, { slots: [v, m, mean] }) => {
      for (let i = from; i < to; i++) {
        v[i] = rho * v[i] + (1 - rho) * g[i] * g[i];
        let variance = v[i];
        if (centered) {
          mean[i] = rho * mean[i] + (1 - rho) * g[i];
          variance -= mean[i] * mean[i];
        }
        const step = (rate * g[i]) / Math.sqrt(variance + epsilon);
        if (momentum > 0) {
          m[i] = momentum * m[i] + step;
          w[i] -= m[i];
        } else w[i] -= step;
      }
    },

  adam,

  adamw({ weight_decay, ...settings }: AdamSettings & Reads<"weight_decay">) {
    const step = adam(settings);
    return (w, g, from, to, rate, state) => {
      const decay = 1 - rate * weight_decay;
      for (let i = from; i < to; i++) w[i] *= decay;
      step(w, g, from, to, rate, state);
    };
  },

  nadam({ beta_1, beta_2, epsilon }: Reads<"beta_1" | "beta_2" | "epsilon">) {
    return (w, g, from, to, rate, { slots: [m, v], step, momentumProduct }) => {
      const now = nadamFactor({ beta_1 }, step);
      const next = nadamFactor({ beta_1 }, step + 1);
      const product = momentumProduct * now;
      const secondCorrection = 1 - beta_2 ** step;
      for (let i = from; i < to; i++) {
        m[i] += (1 - beta_1) * (g[i] - m[i]);
        v[i] += (1 - beta_2) * (g[i] * g[i] - v[i]);
        const mean = (next * m[i]) / (1 - product * next) + ((1 - now) * g[i]) / (1 - product);
        w[i] -= (rate * mean) / (Math.sqrt(v[i] / secondCorrection) + epsilon);
      }
    };
  },

  adamax:
    ({ beta_1, beta_2, epsilon }: Reads<"beta_1" | "beta_2" | "epsilon">) =>
    (w, g, from, to, rate, { slots: [m, u], step }) => {
      const alpha = adamaxRate({ beta_1 }, rate, step);
      for (let i = from; i < to; i++) {
        m[i] += (1 - beta_1) * (g[i] - m[i]);
        u[i] = Math.max(beta_2 * u[i], Math.abs(g[i]));
        w[i] -= (alpha * m[i]) / (u[i] + epsilon);
      }
    },

  adadelta:
    ({ rho, epsilon }: Reads<"rho" | "epsilon">) =>
    (w, g, from, to, rate, { slots: [ofGradients, ofSteps] }) => {
      for (let i = from; i < to; i++) {
        ofGradients[i] = rho * ofGradients[i] + (1 - rho) * g[i] * g[i];
        const step = (Math.sqrt(ofSteps[i] + epsilon) / Math.sqrt(ofGradients[i] + epsilon)) * g[i];
        ofSteps[i] = rho * ofSteps[i] + (1 - rho) * step * step;
        w[i] -= rate * step;
      }
    },

  lion:
    ({ beta_1, beta_2 }: Reads<"beta_1" | "beta_2">) =>
    (w, g, from, to, rate, { slots: [m] }) => {
      for (let i = from; i < to; i++) {
        w[i] -= rate * Math.sign(beta_1 * m[i] + (1 - beta_1) * g[i]);
        m[i] = beta_2 * m[i] + (1 - beta_2) * g[i];
      }
    },

  perceptron: () => (w, g, from, to, rate) => {
    for (let i = from; i < to; i++) w[i] -= rate * g[i];
  },
} satisfies Record<OptimizerName, (settings: never) => Update>;

const UPDATES: { readonly [K in OptimizerName]: (settings: SettingsOf<"optimizers">[K]) => Update } = plainUpdates satisfies EveryRead<
  SettingsOf<"optimizers">,
  [typeof plainUpdates, typeof START_VALUES]
>;

/**
 * Returns the factor of a batch's summed gradients: 1 / rows for the gradient of the mean. If the optimizer uses the sum over rows, the factor is
 * `units`, which cancels the loss's mean over units.
 */
export function gradientScale(optimizer: OptimizerName, rows: number, units: number): number {
  return (optimizers[optimizer] as Optimizer).sums ? units : 1 / rows;
}

/** How `clip` limits gradients, in this order: each to ±value, then all together to the norm `norm`. Both modify the gradients in place. */
const CLIPS: { readonly [N in ClipName]: (g: Numbers, limit: number) => void } = {
  value(g, limit) {
    for (let i = 0; i < g.length; i++) g[i] = Math.max(-limit, Math.min(limit, g[i]));
  },
  norm(g, limit) {
    let squares = 0;
    for (let i = 0; i < g.length; i++) squares += g[i] * g[i];
    const length = Math.sqrt(squares);
    if (!(length > limit)) return;
    for (let i = 0; i < g.length; i++) g[i] *= limit / length;
  },
};

export function clipGradients(g: Numbers, clip: ClipPlan): void {
  for (const name of names(CLIPS)) {
    const limit = clip[name];
    if (limit !== null) CLIPS[name](g, limit);
  }
}

export const isClipped = (clip: ClipPlan): boolean => Object.values(clip).some((limit) => limit !== null);
