/** The losses. A row's loss is the mean over its units, or the sum over classes for categorical losses. A batch's loss is the mean over its rows. */

import type { ActivationName } from "./activations.ts";
import { type Arguments, type Entry, type EveryRead, number, type Reads, type Settings } from "./arguments.ts";

/** The form of the targets that a loss expects. */
export type TargetForm =
  /** Any number, one for each unit. */
  | "number"
  /** 0 or 1 for each unit. A text column of two classes is converted to 0 and 1. */
  | "binary"
  /** −1 or 1 for each unit. 0 and 1 are converted to −1 and 1. */
  | "sign"
  /** One column for each class, which add to 1. A text column is expanded. */
  | "one_hot"
  /** The number of the class, from 0. */
  | "class_index";

interface LossFacts<A extends Arguments = Arguments> extends Entry<A> {
  readonly target: TargetForm;
  /** The output activations that the loss is meant for, best first. */
  readonly fits: readonly ActivationName[];
  /** The output activations with which it works at all, and what those outputs are, in words. Absent if it works with any. */
  readonly works?: { readonly after: readonly ActivationName[]; readonly outputs: string };
}

/** A loss that is computed for each unit alone. y is the output, t the target. `S` are its settings; `never` where it is not called. */
export interface ElementLoss<S = never, A extends Arguments = Arguments> extends LossFacts<A> {
  readonly value: (y: number, t: number, settings: S) => number;
  /** ∂value/∂y */
  readonly slope: (y: number, t: number, settings: S) => number;
  /** Present if a row's loss is the sum over its units instead of their mean. */
  readonly sums?: true;
  /** The same loss as a function of z, for an output a = activation(z). This avoids the cancellation near 0 and 1. */
  readonly fromPreactivation?: {
    readonly activations: readonly ActivationName[];
    readonly value: (z: number, t: number, a: number, settings: S) => number;
    /** ∂value/∂z, in terms of a = activation(z) */
    readonly slope: (a: number, t: number, settings: S) => number;
  };
}

/** A loss of a whole row of class scores. The engine has a kernel for each. */
export interface RowLoss<A extends Arguments = Arguments> extends LossFacts<A> {
  readonly row: true;
}

export type Loss = ElementLoss | RowLoss;

/** Keras' `epsilon()`: without a pre-activation, probabilities are clipped to [1e-7, 1 − 1e-7]. */
export const PROBABILITY_EPSILON = 1e-7;
const clipped = (y: number): number => Math.min(Math.max(y, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
const isClipped = (y: number): boolean => y < PROBABILITY_EPSILON || y > 1 - PROBABILITY_EPSILON;
/** Returns max(x, ε), whose derivative is 0 below ε. */
const atLeastEpsilon = (x: number): number => Math.max(x, PROBABILITY_EPSILON);
/** Returns a share cut to [ε, 1]. */
const share = (y: number): number => Math.min(atLeastEpsilon(y), 1);

const binaryCrossentropy = (y: number, t: number): number => -(t * Math.log(clipped(y)) + (1 - t) * Math.log(1 - clipped(y)));
const binarySlope = (y: number, t: number): number => (isClipped(y) ? 0 : (y - t) / (y * (1 - y)));
/** Returns a target of 0 or 1 moved towards ½. */
const smoothed = (t: number, smoothing: number): number => t * (1 - smoothing) + smoothing / 2;
/** Returns 1 − p with p = t · y + (1 − t)(1 − y), the probability that the output gives to the target. */
const missed = (y: number, t: number): number => t * (1 - y) + (1 - t) * y;
const logError = (y: number, t: number): number => Math.log(atLeastEpsilon(y) + 1) - Math.log(atLeastEpsilon(t) + 1);

const PROBABILITIES = "probabilities from 0 to 1";
/** Activations with positive outputs, so that dividing by their sum gives probabilities. relu is not one, since its outputs may all be 0. */
const SHARES = { after: ["softmax", "sigmoid", "hard_sigmoid", "softplus", "exponential"], outputs: PROBABILITIES } as const;
const ZERO_TO_ONE = { after: ["sigmoid", "hard_sigmoid", "softmax"], outputs: PROBABILITIES } as const;
const NOT_NEGATIVE = {
  after: ["exponential", "softplus", "relu", "relu6", "sigmoid", "hard_sigmoid", "softmax"],
  outputs: "outputs of at least 0",
} as const;
const SIGNED = ["linear", "tanh", "softsign", "leaky_relu", "elu", "selu", "gelu", "swish", "mish", "hard_swish"] as const;
const BOTH_SIGNS = { after: SIGNED, outputs: "outputs of both signs" } as const;
const ANY_NUMBER = ["linear", "relu", "softplus", "sigmoid", "tanh"] as const;

const smoothing = (summary: string) => ({ label_smoothing: number(summary, { default: 0, min: 0, below: 1, usual: [0, 0.2] }) }) as const;
/** The arguments of the two categorical cross-entropies. */
const smoothedClasses = smoothing("The share s of each target that is spread over all K classes: t is replaced by t(1 − s) + s / K.");

export const losses = {
  mse: {
    summary: "Mean squared error: the usual loss for numbers. Large errors count most.",
    formula: "mean (t − y)²",
    source: "Keras 3, MeanSquaredError",
    note: "Without the factor ½ that some texts use.",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (y, t) => (t - y) ** 2,
    slope: (y, t) => 2 * (y - t),
  },
  mae: {
    summary: "Mean absolute error: for numbers with outliers. Each error counts in proportion to its size.",
    formula: "mean |t − y|",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (y, t) => Math.abs(t - y),
    slope: (y, t) => Math.sign(y - t),
  },
  huber: {
    summary: "Squares small errors and takes large ones as absolute values, so that outliers count less than with mse.",
    formula: "½e² if |e| ≤ delta, else delta · |e| − ½delta², with e = t − y",
    source: "Keras 3, Huber",
    arguments: { delta: number("The error at which the square changes to a straight line.", { default: 1, above: 0 }) },
    target: "number",
    fits: ANY_NUMBER,
    value: (y, t, { delta }: Reads<"delta">) =>
      Math.abs(t - y) <= delta ? 0.5 * (t - y) ** 2 : delta * Math.abs(t - y) - 0.5 * delta * delta,
    slope: (y, t, { delta }: Reads<"delta">) => (Math.abs(y - t) <= delta ? y - t : delta * Math.sign(y - t)),
  },
  log_cosh: {
    summary: "Squares small errors and takes large ones as absolute values, like huber but smooth everywhere.",
    formula: "mean ln cosh(y − t)",
    source: "Keras 3, LogCosh",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    // An even function of the error, so that e^(−2|e|) can't overflow.
    value: (y, t) => Math.abs(y - t) + Math.log1p(Math.exp(-2 * Math.abs(y - t))) - Math.LN2,
    slope: (y, t) => Math.tanh(y - t),
  },
  mape: {
    summary: "Mean absolute percentage error: each error counts relative to its target. For targets that are never close to 0.",
    formula: "100 · mean |t − y| / max(|t|, 1e-7)",
    source: "Keras 3, MeanAbsolutePercentageError",
    note: "With `scale_target` the percentages are of the scaled targets, which are close to 0.",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (y, t) => (100 * Math.abs(t - y)) / atLeastEpsilon(Math.abs(t)),
    slope: (y, t) => (100 * Math.sign(y - t)) / atLeastEpsilon(Math.abs(t)),
  },
  msle: {
    summary: "Mean squared logarithmic error: compares orders of magnitude, for positive targets of very different sizes.",
    formula: "mean (ln(y + 1) − ln(t + 1))²",
    source: "Keras 3, MeanSquaredLogarithmicError",
    note: "y and t count as at least 1e-7, so an output below that has no gradient.",
    arguments: {},
    target: "number",
    fits: ["softplus", "exponential", "relu", "linear"],
    value: (y, t) => logError(y, t) ** 2,
    slope: (y, t) => (y < PROBABILITY_EPSILON ? 0 : (2 * logError(y, t)) / (y + 1)),
  },
  poisson: {
    summary: "For counts: the output is the expected number of events. It measures how surprising the observed number is.",
    formula: "mean (y − t ln(y + 1e-7))",
    source: "Keras 3, Poisson",
    note: "The constant ln t! is left out, so the loss may be negative. PyTorch's PoissonNLLLoss takes the logarithm of y unless log_input=False.",
    arguments: {},
    target: "number",
    fits: ["exponential", "softplus", "relu"],
    works: NOT_NEGATIVE,
    value: (y, t) => y - t * Math.log(y + PROBABILITY_EPSILON),
    slope: (y, t) => 1 - t / (y + PROBABILITY_EPSILON),
  },
  binary_crossentropy: {
    summary: "For yes-or-no targets and a sigmoid output. It measures how surprised the network is by the answer.",
    formula: "−mean [t ln y + (1 − t) ln(1 − y)]",
    source: "Keras 3, BinaryCrossentropy",
    note: "After sigmoid it is computed from the pre-activation. Otherwise y is clipped to [1e-7, 1 − 1e-7].",
    arguments: smoothing("The share s by which targets of 0 and 1 move towards ½: t is replaced by t(1 − s) + s / 2."),
    target: "binary",
    fits: ["sigmoid"],
    works: ZERO_TO_ONE,
    value: (y, t, { label_smoothing }: Reads<"label_smoothing">) => binaryCrossentropy(y, smoothed(t, label_smoothing)),
    slope: (y, t, { label_smoothing }: Reads<"label_smoothing">) => binarySlope(y, smoothed(t, label_smoothing)),
    fromPreactivation: {
      activations: ["sigmoid"],
      value: (z, t, _a, { label_smoothing }: Reads<"label_smoothing">) =>
        Math.max(z, 0) - z * smoothed(t, label_smoothing) + Math.log1p(Math.exp(-Math.abs(z))),
      slope: (a, t, { label_smoothing }: Reads<"label_smoothing">) => a - smoothed(t, label_smoothing),
    },
  },
  binary_focal_crossentropy: {
    summary: "Binary cross-entropy in which well-predicted rows count little, for yes-or-no targets of which few are yes.",
    formula: "−mean (1 − p)^gamma [t ln y + (1 − t) ln(1 − y)], with p = t · y + (1 − t)(1 − y)",
    source: "Lin et al. 2017; Keras 3, BinaryFocalCrossentropy",
    note: "y is clipped to [1e-7, 1 − 1e-7] in the logarithms. There is no weight `alpha` of the classes, as in Keras by default.",
    arguments: {
      gamma: number("How strongly well-predicted rows are down-weighted; 0 is binary cross-entropy.", { default: 2, min: 0 }),
    },
    target: "binary",
    fits: ["sigmoid"],
    works: ZERO_TO_ONE,
    value: (y, t, { gamma }: Reads<"gamma">) => missed(y, t) ** gamma * binaryCrossentropy(y, t),
    slope: (y, t, { gamma }: Reads<"gamma">) => {
      const q = missed(y, t);
      // For gamma below 1 the factor's slope is infinite at q = 0.
      const ofFactor = q < PROBABILITY_EPSILON ? 0 : gamma * q ** (gamma - 1) * (1 - 2 * t) * binaryCrossentropy(y, t);
      return ofFactor + q ** gamma * binarySlope(y, t);
    },
  },
  categorical_crossentropy: {
    summary: "For classes of which exactly one is right, as one column for each class (one-hot).",
    formula: "−Σ t ln y",
    source: "Keras 3, CategoricalCrossentropy",
    note: "After softmax it is computed from the pre-activation. Otherwise the outputs are divided by their sum and clipped to [1e-7, 1 − 1e-7].",
    arguments: smoothedClasses,
    target: "one_hot",
    fits: ["softmax"],
    works: SHARES,
    row: true,
  },
  sparse_categorical_crossentropy: {
    summary: "For classes of which exactly one is right, as a name or a number from 0.",
    formula: "−ln y[t]",
    source: "Keras 3, SparseCategoricalCrossentropy",
    note: "After softmax it is computed from the pre-activation. PyTorch's CrossEntropyLoss is this loss with the softmax inside. Keras has no label smoothing here; it is the one-hot loss's.",
    arguments: smoothedClasses,
    target: "class_index",
    fits: ["softmax"],
    works: SHARES,
    row: true,
  },
  kl_divergence: {
    summary: "The Kullback-Leibler divergence: how far predicted probabilities are from given ones, 0 if they are equal.",
    formula: "Σ t ln(t / y)",
    source: "Keras 3, KLDivergence",
    note: "t and y are clipped to [1e-7, 1], so an output that is cut has no gradient.",
    arguments: {},
    target: "one_hot",
    fits: ["softmax"],
    works: ZERO_TO_ONE,
    sums: true,
    value: (y, t) => share(t) * Math.log(share(t) / share(y)),
    slope: (y, t) => (y < PROBABILITY_EPSILON || y > 1 ? 0 : -share(t) / y),
  },
  hinge: {
    summary: "Requires only that the output is on the right side of a margin, as in a support vector machine.",
    formula: "mean max(0, 1 − t · y), t is −1 or 1",
    source: "Keras 3, Hinge",
    note: "Targets of 0 and 1 are converted to −1 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "tanh"],
    works: BOTH_SIGNS,
    value: (y, t) => Math.max(1 - t * y, 0),
    slope: (y, t) => (1 - t * y > 0 ? -t : 0),
  },
  squared_hinge: {
    summary: "Like hinge, but a violation of the margin counts squared.",
    formula: "mean max(0, 1 − t · y)², t is −1 or 1",
    source: "Keras 3, SquaredHinge",
    note: "Targets of 0 and 1 are converted to −1 and 1.",
    arguments: {},
    target: "sign",
    fits: ["tanh", "linear"],
    works: BOTH_SIGNS,
    value: (y, t) => Math.max(1 - t * y, 0) ** 2,
    slope: (y, t) => -2 * t * Math.max(1 - t * y, 0),
  },
  perceptron: {
    summary:
      "Requires only that the output is on the right side of 0. After a step function it counts mistakes, as the perceptron rule needs.",
    formula: "mean max(0, −t · y), t is −1 or 1",
    source: "Rosenblatt 1957; scikit-learn, Perceptron",
    note: "Targets of 0 and 1 are converted to −1 and 1, except after heaviside, whose outputs are 0 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "heaviside", "sign"],
    works: { after: [...SIGNED, "heaviside", "sign"], outputs: BOTH_SIGNS.outputs },
    value: (y, t) => Math.max(-t * y, 0),
    // An output of 0 counts as wrong, so that weights of 0 change.
    slope: (y, t) => (t * y <= 0 ? -t : 0),
    fromPreactivation: {
      activations: ["heaviside", "sign"],
      value: (_z, t, a) => (Number.isNaN(a) ? a : a === t ? 0 : 1),
      // A step has no useful slope. Rosenblatt's rule uses the error in its place.
      slope: (a, t) => a - t,
    },
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
export type ElementLossName = { [K in LossName]: (typeof losses)[K] extends RowLoss ? never : K }[LossName];
export type RowLossName = Exclude<LossName, ElementLossName>;
type LossSettings = { readonly [K in LossName]: Settings<(typeof losses)[K]["arguments"]> };

/** The losses that are computed for each unit alone, each with its own settings. The type ensures that its formulas read all of them, and no others. */
export const elementLosses: { readonly [K in ElementLossName]: ElementLoss<LossSettings[K]> } = losses satisfies EveryRead<
  Pick<LossSettings, ElementLossName>,
  [typeof losses]
>;

/** Whether the outputs are classes of which a row has one. */
export const isCategorical = (loss: LossName): boolean => losses[loss].target === "one_hot" || losses[loss].target === "class_index";

/** Returns the form of the targets that a loss expects after an activation: 0 and 1 for `perceptron` after heaviside, since these are its outputs. */
export function targetForm(loss: LossName, activation: ActivationName | undefined): TargetForm {
  return loss === "perceptron" && activation === "heaviside" ? "binary" : losses[loss].target;
}
