/** The losses. A row's loss is the mean over its units, or the sum over classes for categorical losses. A batch's loss is the mean over its rows. */

import type { ActivationName } from "./activations.ts";
import { type Arguments, type Entry, type EveryRead, number, type Reads, type Settings } from "./arguments.ts";

/** The form of the targets that a loss expects. */
export type TargetForm =
  /** Any number, one per unit. */
  | "number"
  /** 0 or 1 for each unit. A text column with two classes is converted to 0 and 1. */
  | "binary"
  /** −1 or 1 for each unit. 0 and 1 are converted to −1 and 1. */
  | "sign"
  /** One column per class, which add up to 1. A text column is expanded. */
  | "one_hot"
  /** The class index, from 0. */
  | "class_index";

interface LossFacts<A extends Arguments = Arguments> extends Entry<A> {
  /** ∂loss/∂a of one unit in one line. */
  readonly derivative: string;
  readonly target: TargetForm;
  /** The output activations for which the loss is meant, best first. */
  readonly fits: readonly ActivationName[];
  /** The only output activations with which it works, and a description of their outputs. Absent if it works with any. */
  readonly works?: { readonly after: readonly ActivationName[]; readonly outputs: string };
  /** Present if its value may be negative. */
  readonly isSigned?: true;
}

/**
 * A loss computed for each unit separately. a is the output, t the target. `S` is the type of its settings; `never` if the functions are not called.
 */
export interface ElementLoss<S = never, A extends Arguments = Arguments> extends LossFacts<A> {
  readonly value: (a: number, t: number, settings: S) => number;
  /** ∂value/∂a */
  readonly slope: (a: number, t: number, settings: S) => number;
  /** Present if a row's loss is the sum over its units instead of their mean. */
  readonly sums?: true;
  /** The same loss as a function of z, for an output a = activation(z), which avoids the cancellation near 0 and 1. Its derivative is a − t. */
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
const clipped = (a: number): number => Math.min(Math.max(a, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
const isClipped = (a: number): boolean => a < PROBABILITY_EPSILON || a > 1 - PROBABILITY_EPSILON;
/** Returns max(x, ε), whose derivative is 0 below ε. */
const atLeastEpsilon = (x: number): number => Math.max(x, PROBABILITY_EPSILON);
/** Returns a share clipped to [ε, 1]. */
const share = (a: number): number => Math.min(atLeastEpsilon(a), 1);

const binaryCrossentropy = (a: number, t: number): number => -(t * Math.log(clipped(a)) + (1 - t) * Math.log(1 - clipped(a)));
const binarySlope = (a: number, t: number): number => (isClipped(a) ? 0 : (a - t) / (a * (1 - a)));
/** Returns a target of 0 or 1 moved towards ½. */
const smoothed = (t: number, smoothing: number): number => t * (1 - smoothing) + smoothing / 2;
/** Returns 1 − p with p = t · a + (1 − t)(1 − a), the output's probability of the target. */
const missed = (a: number, t: number): number => t * (1 - a) + (1 - t) * a;
const logError = (a: number, t: number): number => Math.log(atLeastEpsilon(a) + 1) - Math.log(atLeastEpsilon(t) + 1);

const PROBABILITIES = "probabilities from 0 to 1";
/** Activations with positive outputs, so that dividing by their sum gives probabilities. relu is excluded, because its outputs may all be 0. */
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
    formula: "mean (t − a)²",
    derivative: "2 · (a − t)",
    source: "Keras 3, MeanSquaredError",
    note: "Without the factor ½ that some texts use.",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (a, t) => (t - a) ** 2,
    slope: (a, t) => 2 * (a - t),
  },
  mae: {
    summary: "Mean absolute error: for numbers with outliers. Each error counts in proportion to its size.",
    formula: "mean |t − a|",
    derivative: "sign(a − t)",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (a, t) => Math.abs(t - a),
    slope: (a, t) => Math.sign(a - t),
  },
  huber: {
    summary: "Squares small errors and takes large ones as absolute values, so that outliers count less than with mse.",
    formula: "½e² if |e| ≤ delta, else delta · |e| − ½delta², with e = t − a",
    derivative: "a − t if |a − t| ≤ delta, else delta · sign(a − t)",
    source: "Keras 3, Huber",
    arguments: { delta: number("The error at which the square changes to a straight line.", { default: 1, above: 0 }) },
    target: "number",
    fits: ANY_NUMBER,
    value: (a, t, { delta }: Reads<"delta">) =>
      Math.abs(t - a) <= delta ? 0.5 * (t - a) ** 2 : delta * Math.abs(t - a) - 0.5 * delta * delta,
    slope: (a, t, { delta }: Reads<"delta">) => (Math.abs(a - t) <= delta ? a - t : delta * Math.sign(a - t)),
  },
  log_cosh: {
    summary: "Squares small errors and takes large ones as absolute values, like huber but smooth everywhere.",
    formula: "mean ln cosh(a − t)",
    derivative: "tanh(a − t)",
    source: "Keras 3, LogCosh",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    // An even function of the error, so that e^(−2|e|) can't overflow.
    value: (a, t) => Math.abs(a - t) + Math.log1p(Math.exp(-2 * Math.abs(a - t))) - Math.LN2,
    slope: (a, t) => Math.tanh(a - t),
  },
  mape: {
    summary: "Mean absolute percentage error: each error counts relative to its target. For targets that are never close to 0.",
    formula: "100 · mean |t − a| / max(|t|, 1e-7)",
    derivative: "100 · sign(a − t) / max(|t|, 1e-7)",
    source: "Keras 3, MeanAbsolutePercentageError",
    note: "With `scale_target` the percentages are of the scaled targets, which are close to 0.",
    arguments: {},
    target: "number",
    fits: ANY_NUMBER,
    value: (a, t) => (100 * Math.abs(t - a)) / atLeastEpsilon(Math.abs(t)),
    slope: (a, t) => (100 * Math.sign(a - t)) / atLeastEpsilon(Math.abs(t)),
  },
  msle: {
    summary: "Mean squared logarithmic error: compares orders of magnitude, for positive targets of very different sizes.",
    formula: "mean (ln(a + 1) − ln(t + 1))²",
    derivative: "2 · (ln(a + 1) − ln(t + 1)) / (a + 1)",
    source: "Keras 3, MeanSquaredLogarithmicError",
    note: "Outputs and targets count as at least 1e-7, so an output below that has no gradient.",
    arguments: {},
    target: "number",
    fits: ["softplus", "exponential", "relu", "linear"],
    value: (a, t) => logError(a, t) ** 2,
    slope: (a, t) => (a < PROBABILITY_EPSILON ? 0 : (2 * logError(a, t)) / (a + 1)),
  },
  poisson: {
    summary: "For counts: the output is the expected number of events. It measures how surprising the observed number is.",
    formula: "mean (a − t ln(a + 1e-7))",
    derivative: "1 − t / (a + 1e-7)",
    source: "Keras 3, Poisson",
    note: "The constant ln t! is left out, so the loss may be negative. PyTorch's PoissonNLLLoss takes the logarithm of the output unless log_input=False.",
    arguments: {},
    target: "number",
    fits: ["exponential", "softplus", "relu"],
    works: NOT_NEGATIVE,
    isSigned: true,
    value: (a, t) => a - t * Math.log(a + PROBABILITY_EPSILON),
    slope: (a, t) => 1 - t / (a + PROBABILITY_EPSILON),
  },
  binary_crossentropy: {
    summary: "For yes-or-no targets and a sigmoid output. It measures how surprised the network is by the answer.",
    formula: "−mean [t ln a + (1 − t) ln(1 − a)]",
    derivative: "(a − t) / (a · (1 − a))",
    source: "Keras 3, BinaryCrossentropy",
    note: "After sigmoid it is computed from the pre-activation. Otherwise the output is clipped to [1e-7, 1 − 1e-7].",
    arguments: smoothing("The share s by which targets of 0 and 1 move towards ½: t is replaced by t(1 − s) + s / 2."),
    target: "binary",
    fits: ["sigmoid"],
    works: ZERO_TO_ONE,
    value: (a, t, { label_smoothing }: Reads<"label_smoothing">) => binaryCrossentropy(a, smoothed(t, label_smoothing)),
    slope: (a, t, { label_smoothing }: Reads<"label_smoothing">) => binarySlope(a, smoothed(t, label_smoothing)),
    fromPreactivation: {
      activations: ["sigmoid"],
      value: (z, t, _a, { label_smoothing }: Reads<"label_smoothing">) =>
        Math.max(z, 0) - z * smoothed(t, label_smoothing) + Math.log1p(Math.exp(-Math.abs(z))),
      slope: (a, t, { label_smoothing }: Reads<"label_smoothing">) => a - smoothed(t, label_smoothing),
    },
  },
  binary_focal_crossentropy: {
    summary: "Binary cross-entropy in which well-predicted rows count little, for yes-or-no targets of which few are yes.",
    formula: "−mean (1 − p)^gamma [t ln a + (1 − t) ln(1 − a)], with p = t · a + (1 − t)(1 − a)",
    derivative: "gamma · q^(gamma − 1) · (1 − 2t) · H + q^gamma · (a − t) / (a · (1 − a)), with q = 1 − p and the cross-entropy H",
    source: "Lin et al. 2017; Keras 3, BinaryFocalCrossentropy",
    note: "The output is clipped to [1e-7, 1 − 1e-7] in the logarithms. There is no weight `alpha` of the classes, as in Keras by default.",
    arguments: {
      gamma: number("How strongly well-predicted rows are down-weighted; 0 is binary cross-entropy.", { default: 2, min: 0 }),
    },
    target: "binary",
    fits: ["sigmoid"],
    works: ZERO_TO_ONE,
    value: (a, t, { gamma }: Reads<"gamma">) => missed(a, t) ** gamma * binaryCrossentropy(a, t),
    slope: (a, t, { gamma }: Reads<"gamma">) => {
      const q = missed(a, t);
      // For gamma below 1 the factor's slope is infinite at q = 0.
      const ofFactor = q < PROBABILITY_EPSILON ? 0 : gamma * q ** (gamma - 1) * (1 - 2 * t) * binaryCrossentropy(a, t);
      return ofFactor + q ** gamma * binarySlope(a, t);
    },
  },
  categorical_crossentropy: {
    summary: "For classes of which exactly one is right, as one column per class (one-hot).",
    formula: "−Σ t ln a",
    derivative: "Σt / Σa − t / a",
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
    formula: "−ln a[t]",
    derivative: "1 / Σa − t / a, with t = 1 for the right class, else 0",
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
    formula: "Σ t ln(t / a)",
    derivative: "−t / a",
    source: "Keras 3, KLDivergence",
    note: "Targets and outputs are clipped to [1e-7, 1], so an output that is cut has no gradient.",
    arguments: {},
    target: "one_hot",
    fits: ["softmax"],
    works: ZERO_TO_ONE,
    // It is negative if the outputs add up to more than the targets, which sigmoid's may.
    isSigned: true,
    sums: true,
    value: (a, t) => share(t) * Math.log(share(t) / share(a)),
    slope: (a, t) => (a < PROBABILITY_EPSILON || a > 1 ? 0 : -share(t) / a),
  },
  hinge: {
    summary: "Requires only that the output is on the right side of a margin, as in a support vector machine.",
    formula: "mean max(0, 1 − t · a), t is −1 or 1",
    derivative: "−t if 1 − t · a > 0, else 0",
    source: "Keras 3, Hinge",
    note: "Targets of 0 and 1 are converted to −1 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "tanh"],
    works: BOTH_SIGNS,
    value: (a, t) => Math.max(1 - t * a, 0),
    slope: (a, t) => (1 - t * a > 0 ? -t : 0),
  },
  squared_hinge: {
    summary: "Like hinge, but a violation of the margin counts squared.",
    formula: "mean max(0, 1 − t · a)², t is −1 or 1",
    derivative: "−2 · t · max(0, 1 − t · a)",
    source: "Keras 3, SquaredHinge",
    note: "Targets of 0 and 1 are converted to −1 and 1.",
    arguments: {},
    target: "sign",
    fits: ["tanh", "linear"],
    works: BOTH_SIGNS,
    value: (a, t) => Math.max(1 - t * a, 0) ** 2,
    slope: (a, t) => -2 * t * Math.max(1 - t * a, 0),
  },
  perceptron: {
    summary:
      "Requires only that the output is on the right side of 0. After a step function it counts mistakes, as the perceptron rule needs.",
    formula: "mean max(0, −t · a), t is −1 or 1",
    derivative: "−t if t · a ≤ 0, else 0",
    source: "Rosenblatt 1957; scikit-learn, Perceptron",
    note: "Targets of 0 and 1 are converted to −1 and 1, except after heaviside, whose outputs are 0 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "heaviside", "sign"],
    works: { after: [...SIGNED, "heaviside", "sign"], outputs: BOTH_SIGNS.outputs },
    value: (a, t) => Math.max(-t * a, 0),
    // An output of 0 counts as wrong, so that weights of 0 change.
    slope: (a, t) => (t * a <= 0 ? -t : 0),
    fromPreactivation: {
      activations: ["heaviside", "sign"],
      value: (_z, t, a) => (Number.isNaN(a) ? a : a === t ? 0 : 1),
      // A step has no useful slope. Rosenblatt's rule uses the error instead.
      slope: (a, t) => a - t,
    },
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
export type ElementLossName = { [K in LossName]: (typeof losses)[K] extends RowLoss ? never : K }[LossName];
export type RowLossName = Exclude<LossName, ElementLossName>;
type LossSettings = { readonly [K in LossName]: Settings<(typeof losses)[K]["arguments"]> };

/**
 * The losses computed for each unit separately, each with its own settings. The type ensures that its formulas read all of these settings and no
 * others.
 */
export const elementLosses: { readonly [K in ElementLossName]: ElementLoss<LossSettings[K]> } = losses satisfies EveryRead<
  Pick<LossSettings, ElementLossName>,
  [typeof losses]
>;

/** Whether the outputs are classes, with one class per row. */
export const isCategorical = (loss: LossName): boolean => losses[loss].target === "one_hot" || losses[loss].target === "class_index";

/**
 * Returns the form of the targets that a loss expects after an activation: 0 and 1 for `perceptron` after heaviside, because these are its outputs.
 */
export function targetForm(loss: LossName, activation: ActivationName | undefined): TargetForm {
  return loss === "perceptron" && activation === "heaviside" ? "binary" : losses[loss].target;
}
