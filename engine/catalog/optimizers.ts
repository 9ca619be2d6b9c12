/** The optimizers, with Keras 3's defaults, and the learning rate schedules. */
import {
  type Arguments,
  boolean,
  type Entry,
  type EveryRead,
  integer,
  number,
  type Reads,
  rate,
  rateTurn,
  type Settings,
} from "./arguments.ts";

const SGD_RANGE = [1e-5, 1] as const;
const ADAM_RANGE = [1e-6, 0.1] as const;
const ADADELTA_RANGE = [1e-4, 10] as const;
const epsilon = number("Added to the divisor to avoid a division by 0.", { default: 1e-7, above: 0 });
const beta1 = number("The share of the old mean of gradients in the new one.", { default: 0.9, min: 0, below: 1 });
const beta2 = number("The share of the old mean of squared gradients in the new one.", { default: 0.999, min: 0, below: 1 });
const adamArguments = { learning_rate: rate(0.001, ADAM_RANGE), beta_1: beta1, beta_2: beta2, epsilon };

export interface Optimizer extends Entry {
  /** The arrays that it stores between steps, each as long as the parameters. */
  readonly slots: readonly string[];
  /** Present if its rule uses the sum over rows and units instead of the gradient of a mean. */
  readonly sums?: true;
}

export const optimizers = {
  sgd: {
    summary: "Stochastic gradient descent: a step against the gradient, optionally with momentum.",
    formula: "m ← momentum · m − lr · g;  w ← w + m",
    source: "Keras 3, SGD",
    note: "Keras' default learning rate is 0.01, PyTorch's 0.001. PyTorch's momentum does not contain the learning rate, so the two differ when the learning rate changes.",
    arguments: {
      learning_rate: rate(0.01, SGD_RANGE),
      momentum: number("The share of the last step in the next one.", {
        default: 0,
        min: 0,
        max: 1,
        usual: [0, 0.99],
        offer: [0.9, 0.95, 0.5],
        turn: { from: 0, to: 0.9, by: 0.1 },
      }),
      nesterov: boolean("Looks ahead: computes the step as if momentum had already moved the weights.", false),
    },
    slots: ["momentum"],
  },
  adagrad: {
    summary: "Divides each weight's learning rate by the root of the sum of its squared gradients.",
    formula: "a ← a + g²;  w ← w − lr · g / √(a + ε)",
    source: "Keras 3, Adagrad",
    arguments: {
      learning_rate: rate(0.001, SGD_RANGE),
      initial_accumulator_value: number("The start value of the sum.", { default: 0.1, min: 0 }),
      epsilon,
    },
    slots: ["accumulator"],
  },
  rmsprop: {
    summary: "Divides each weight's learning rate by the root of a running mean of its squared gradients.",
    formula: "v ← rho · v + (1 − rho) · g²;  w ← w − lr · g / √(v + ε)",
    source: "Keras 3, RMSprop",
    note: "ε is added under the root, as in Keras; PyTorch adds it after the root.",
    arguments: {
      learning_rate: rate(0.001, SGD_RANGE),
      rho: number("The share of the old running mean in the new one.", { default: 0.9, min: 0, below: 1 }),
      momentum: number("The share of the last step in the next one.", { default: 0, min: 0, max: 1 }),
      epsilon,
      centered: boolean("Subtracts the square of the mean gradient under the root.", false),
    },
    slots: ["velocity", "momentum", "mean"],
  },
  adam: {
    summary: "Combines momentum with a learning rate for each weight. Its defaults work for most networks.",
    formula: "m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)",
    source: "Kingma and Ba 2014, in Keras 3's form",
    note: "ε is 1e-7 and added before the bias correction, as in Keras. PyTorch's is 1e-8 and added after it.",
    arguments: { ...adamArguments, amsgrad: boolean("Uses the largest v of all steps so far.", false) },
    slots: ["mean", "velocity", "largest_velocity"],
  },
  adamw: {
    summary: "Adam with decoupled weight decay: each step also shrinks every weight a little.",
    formula: "w ← w − lr · weight_decay · w, then Adam's step",
    source: "Loshchilov and Hutter 2017, in Keras 3's form",
    note: "Keras' default decay is 0.004, PyTorch's 0.01.",
    arguments: {
      ...adamArguments,
      weight_decay: number("The share of each weight that is subtracted, times the learning rate.", {
        default: 0.004,
        min: 0,
        turn: { from: 0.0001, to: 0.1, by: "1-3", zero: true },
      }),
      amsgrad: boolean("Uses the largest v of all steps so far.", false),
    },
    slots: ["mean", "velocity", "largest_velocity"],
  },
  nadam: {
    summary: "Adam with Nesterov's momentum.",
    formula: "w ← w − lr · m̂ / (√v̂ + ε), where m̂ mixes the next mean with the gradient",
    source: "Dozat 2016, in Keras 3's form",
    arguments: adamArguments,
    slots: ["mean", "velocity"],
  },
  adamax: {
    summary: "Adam with the largest recent gradient of each weight in place of the root mean square.",
    formula: "m ← β₁m + (1 − β₁)g;  u ← max(β₂u, |g|);  w ← w − lr / (1 − β₁ᵗ) · m / (u + ε)",
    source: "Kingma and Ba 2014; Keras 3, Adamax",
    note: "Keras' default learning rate is 0.001, PyTorch's 0.002.",
    arguments: adamArguments,
    slots: ["mean", "largest"],
  },
  adadelta: {
    summary: "Adapts the step of each weight to its recent gradients and recent steps, so that the learning rate matters little.",
    formula: "E ← rho · E + (1 − rho)g²;  Δ = −√(D + ε) / √(E + ε) · g;  D ← rho · D + (1 − rho)Δ²;  w ← w + lr · Δ",
    source: "Zeiler 2012; Keras 3, Adadelta",
    note: "Keras' default learning rate is 0.001, which is slow; the paper's and PyTorch's is 1.",
    arguments: {
      learning_rate: rate(0.001, ADADELTA_RANGE),
      rho: number("The share of the old running means in the new ones.", { default: 0.95, min: 0, below: 1 }),
      epsilon,
    },
    slots: ["squared_gradient", "squared_step"],
  },
  lion: {
    summary: "Moves every weight by the same amount, in the direction of the mean gradient's sign. It needs a small learning rate.",
    formula: "w ← w − lr · sign(β₁m + (1 − β₁)g);  m ← β₂m + (1 − β₂)g",
    source: "Chen et al. 2023; Keras 3, Lion",
    note: "A good learning rate is 3 to 10 times smaller than Adam's.",
    arguments: {
      learning_rate: rate(0.001, ADAM_RANGE),
      beta_1: number("The share of the old mean of gradients in the step's direction.", { default: 0.9, min: 0, below: 1 }),
      beta_2: number("The share of the old mean of gradients in the new one.", { default: 0.99, min: 0, below: 1 }),
    },
    slots: ["mean"],
  },
  perceptron: {
    summary: "Rosenblatt's rule for one layer of threshold logic units: a wrong output moves the weights towards the right one.",
    formula: "w ← w + lr · (t − a) · x",
    source: "Rosenblatt 1957; Géron, chapter 10",
    note: "It needs no loss, since it counts mistakes. Without a `batch` line it updates after every row, as Rosenblatt did.",
    arguments: { learning_rate: { ...rate(1, [1e-4, 10]), summary: "Scales each correction; no gradient is used." } },
    slots: [],
    sums: true,
  },
} as const satisfies Record<string, Optimizer>;

export type OptimizerName = keyof typeof optimizers;

/** `S` is the type of its settings; `never` if the functions are not called. */
export interface StepSchedule<S = never, A extends Arguments = Arguments> extends Entry<A> {
  /** Returns the learning rate of a step. Each batch is one step, counted from 0. */
  readonly at: (step: number, settings: S) => number;
}

/** A schedule that follows a monitored value from epoch to epoch. The engine implements its rule. */
export interface EpochSchedule extends Entry {
  readonly monitors: true;
}

export type Schedule = StepSchedule | EpochSchedule;

const initial = number("The learning rate at the start of the decay.", { above: 0, turn: rateTurn(...ADAM_RANGE) });
const warmup = {
  warmup_steps: integer(
    "The number of batches in which the learning rate first rises from 0 to `initial` in a straight line. The decay begins after them.",
    { default: 0, min: 0 },
  ),
} as const;

/**
 * Returns the decay's learning rate. The decay's steps count from the end of the warm-up. During the warm-up, the rate is a share of the decay's
 * first rate.
 */
const warmedUp = (step: number, warmupSteps: number, decay: (step: number) => number): number =>
  step < warmupSteps ? (decay(0) * step) / warmupSteps : decay(step - warmupSteps);

export const schedules = {
  exponential_decay: {
    summary: "Multiplies the learning rate by `rate` over every `steps` batches, a little at each batch.",
    formula: "lr = initial · rate^(step / steps)",
    source: "Keras 3, ExponentialDecay",
    arguments: {
      initial,
      steps: number("The number of batches after which the learning rate is multiplied by `rate`.", { above: 0 }),
      rate: number("The factor. Above 1 the learning rate grows, as in a test of the largest rate that works.", {
        above: 0,
        usual: [0, 1],
      }),
      ...warmup,
    },
    at: (step, { initial: start, steps, rate: factor, warmup_steps }: Reads<"initial" | "steps" | "rate" | "warmup_steps">) =>
      warmedUp(step, warmup_steps, (k) => start * factor ** (k / steps)),
  },
  step_decay: {
    summary: "Multiplies the learning rate by `rate` after every `steps` batches, all at once.",
    formula: "lr = initial · rate^⌊step / steps⌋",
    source: "Keras 3, ExponentialDecay with staircase",
    arguments: {
      initial,
      steps: number("The number of batches between two drops.", { above: 0 }),
      rate: number("The factor of a drop.", { default: 0.5, above: 0, max: 1 }),
      ...warmup,
    },
    at: (step, { initial: start, steps, rate: factor, warmup_steps }: Reads<"initial" | "steps" | "rate" | "warmup_steps">) =>
      warmedUp(step, warmup_steps, (k) => start * factor ** Math.floor(k / steps)),
  },
  cosine_decay: {
    summary: "Lowers the learning rate along half a cosine wave, to `alpha` times its start value.",
    formula: "lr = initial · ((1 − alpha) · ½(1 + cos(π · min(step, steps) / steps)) + alpha)",
    source: "Keras 3, CosineDecay",
    arguments: {
      initial,
      steps: number("The number of batches until the lowest learning rate.", { above: 0 }),
      alpha: number("The lowest learning rate as a share of the first one.", { default: 0, min: 0, max: 1 }),
      ...warmup,
    },
    at: (step, { initial: start, steps, alpha, warmup_steps }: Reads<"initial" | "steps" | "alpha" | "warmup_steps">) =>
      warmedUp(step, warmup_steps, (k) => start * ((1 - alpha) * 0.5 * (1 + Math.cos((Math.PI * Math.min(k, steps)) / steps)) + alpha)),
  },
  polynomial_decay: {
    summary: "Lowers the learning rate from `initial` to `end` in `steps` batches: in a straight line, or in a curve with another `power`.",
    formula: "lr = (initial − end) · (1 − min(step, steps) / steps)^power + end",
    source: "Keras 3, PolynomialDecay",
    arguments: {
      initial,
      steps: number("The number of batches until the learning rate is `end`.", { above: 0 }),
      end: number("The learning rate at the end.", { default: 0.0001, min: 0 }),
      power: number("The exponent: 1 for a straight line, 2 for a parabola.", { default: 1, above: 0 }),
      ...warmup,
    },
    at: (step, { initial: start, steps, end, power, warmup_steps }: Reads<"initial" | "steps" | "end" | "power" | "warmup_steps">) =>
      warmedUp(step, warmup_steps, (k) => (start - end) * (1 - Math.min(k, steps) / steps) ** power + end),
  },
  one_cycle: {
    summary:
      "Raises the learning rate from a tenth of `maximum` for 45 % of the steps, lowers it again for 45 %, and lets it fade out in the last 10 %.",
    formula: "lr: maximum / 10 → maximum → maximum / 10 → maximum / 10000",
    source: "Smith 2018, with the book's proportions",
    arguments: {
      maximum: number("The highest learning rate.", { above: 0, turn: rateTurn(...ADAM_RANGE) }),
      steps: integer("The number of batches of the whole training.", { min: 1 }),
    },
    at: (step, { maximum, steps }: Reads<"maximum" | "steps">) => {
      const start = maximum / 10;
      const part = Math.min(step / steps, 1);
      if (part < 0.45) return start + (maximum - start) * (part / 0.45);
      if (part < 0.9) return maximum + (start - maximum) * ((part - 0.45) / 0.45);
      return start + (start / 1000 - start) * ((part - 0.9) / 0.1);
    },
  },
  reduce_on_plateau: {
    summary: "Multiplies the learning rate by `factor` if the monitored value has not improved for `patience` epochs.",
    formula: "lr ← max(lr · factor, min_rate)",
    source: "Keras 3, ReduceLROnPlateau",
    arguments: {
      rate: number("The learning rate at the start.", { above: 0, turn: rateTurn(...ADAM_RANGE) }),
      monitor: { kind: "text", summary: "The value to monitor: loss, val_loss, a metric, or val_ and a metric.", default: "val_loss" },
      factor: number("The factor of a reduction.", { default: 0.1, above: 0, below: 1 }),
      patience: integer("The number of epochs to wait for an improvement.", { default: 10, min: 0 }),
      min_delta: number("The smallest change that counts as an improvement.", { default: 0.0001, min: 0 }),
      cooldown: integer("The number of epochs after a reduction in which no epoch is counted.", { default: 0, min: 0 }),
      min_rate: number("The learning rate is not reduced below this.", { default: 0, min: 0 }),
    },
    monitors: true,
  },
} as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;
export type StepScheduleName = { [K in ScheduleName]: (typeof schedules)[K] extends EpochSchedule ? never : K }[ScheduleName];
type StepScheduleSettings = { readonly [K in StepScheduleName]: Settings<(typeof schedules)[K]["arguments"]> };

type Used<K extends StepScheduleName> = { readonly [P in K]: { readonly name: P; readonly settings: StepScheduleSettings[P] } }[K];
const configured: { readonly [K in StepScheduleName]: StepSchedule<StepScheduleSettings[K]> } = schedules satisfies EveryRead<
  StepScheduleSettings,
  [typeof schedules]
>;

/** Returns a schedule's learning rate at a step, counted from 0. */
export const rateAt = <K extends StepScheduleName>({ name, settings }: Used<K>, step: number): number =>
  configured[name].at(step, settings);

/** Whether a schedule depends only on the step. */
export const isStepSchedule = <U extends { readonly name: ScheduleName }>(use: U): use is Extract<U, { readonly name: StepScheduleName }> =>
  "at" in schedules[use.name];
