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
  /** The output activations with which it works at all. Absent if it works with any. */
  readonly works?: readonly ActivationName[];
}

/** A loss that is computed for each unit alone. y is the output, t the target. `S` are its settings; `never` where it is not called. */
export interface ElementLoss<S = never, A extends Arguments = Arguments> extends LossFacts<A> {
  readonly value: (y: number, t: number, settings: S) => number;
  /** ∂value/∂y */
  readonly slope: (y: number, t: number, settings: S) => number;
  /** The same loss as a function of z, for an output a = activation(z). This avoids the cancellation near 0 and 1. */
  readonly fromPreactivation?: {
    readonly activations: readonly ActivationName[];
    readonly value: (z: number, t: number, a: number) => number;
    /** ∂value/∂z, in terms of a = activation(z) */
    readonly slope: (a: number, t: number) => number;
  };
}

/** A loss of a whole row of class scores. The engine has a kernel for each. */
export interface RowLoss extends LossFacts {
  readonly row: true;
}

export type Loss = ElementLoss | RowLoss;

/** Keras' `epsilon()`: without a pre-activation, probabilities are clipped to [1e-7, 1 − 1e-7]. */
export const PROBABILITY_EPSILON = 1e-7;
const clipped = (y: number): number => Math.min(Math.max(y, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
const isClipped = (y: number): boolean => y < PROBABILITY_EPSILON || y > 1 - PROBABILITY_EPSILON;

/** Activations with positive outputs, so that dividing by their sum gives probabilities. relu is not one, since its outputs may all be 0. */
const SHARES: readonly ActivationName[] = ["softmax", "sigmoid", "hard_sigmoid", "softplus"];
const BOTH_SIGNS: readonly ActivationName[] = ["linear", "tanh", "softsign", "leaky_relu", "elu", "selu", "gelu", "swish"];

export const losses = {
  mse: {
    summary: "Mean squared error: the usual loss for numbers. Large errors count most.",
    formula: "mean (t − y)²",
    source: "Keras 3, MeanSquaredError",
    note: "Without the factor ½ that some texts use.",
    arguments: {},
    target: "number",
    fits: ["linear", "relu", "softplus", "sigmoid", "tanh"],
    value: (y, t) => (t - y) ** 2,
    slope: (y, t) => 2 * (y - t),
  },
  mae: {
    summary: "Mean absolute error: for numbers with outliers. Each error counts in proportion to its size.",
    formula: "mean |t − y|",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    target: "number",
    fits: ["linear", "relu", "softplus", "sigmoid", "tanh"],
    value: (y, t) => Math.abs(t - y),
    slope: (y, t) => Math.sign(y - t),
  },
  huber: {
    summary: "Squares small errors and takes large ones as absolute values, so that outliers count less than with mse.",
    formula: "½e² if |e| ≤ delta, else delta · |e| − ½delta², with e = t − y",
    source: "Keras 3, Huber",
    arguments: { delta: number("The error at which the square changes to a straight line.", { default: 1, above: 0 }) },
    target: "number",
    fits: ["linear", "relu", "softplus", "sigmoid", "tanh"],
    value: (y, t, { delta }: Reads<"delta">) =>
      Math.abs(t - y) <= delta ? 0.5 * (t - y) ** 2 : delta * Math.abs(t - y) - 0.5 * delta * delta,
    slope: (y, t, { delta }: Reads<"delta">) => (Math.abs(y - t) <= delta ? y - t : delta * Math.sign(y - t)),
  },
  binary_crossentropy: {
    summary: "For yes-or-no targets and a sigmoid output. It measures how surprised the network is by the answer.",
    formula: "−mean [t ln y + (1 − t) ln(1 − y)]",
    source: "Keras 3, BinaryCrossentropy",
    note: "After sigmoid it is computed from the pre-activation. Otherwise y is clipped to [1e-7, 1 − 1e-7].",
    arguments: {},
    target: "binary",
    fits: ["sigmoid"],
    works: ["sigmoid", "hard_sigmoid", "softmax"],
    value: (y, t) => -(t * Math.log(clipped(y)) + (1 - t) * Math.log(1 - clipped(y))),
    slope: (y, t) => (isClipped(y) ? 0 : (y - t) / (y * (1 - y))),
    fromPreactivation: {
      activations: ["sigmoid"],
      value: (z, t) => Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z))),
      slope: (a, t) => a - t,
    },
  },
  categorical_crossentropy: {
    summary: "For classes of which exactly one is right, as one column for each class (one-hot).",
    formula: "−Σ t ln y",
    source: "Keras 3, CategoricalCrossentropy",
    note: "After softmax it is computed from the pre-activation. Otherwise the outputs are divided by their sum and clipped to [1e-7, 1 − 1e-7].",
    arguments: {},
    target: "one_hot",
    fits: ["softmax"],
    works: SHARES,
    row: true,
  },
  sparse_categorical_crossentropy: {
    summary: "For classes of which exactly one is right, as a name or a number from 0.",
    formula: "−ln y[t]",
    source: "Keras 3, SparseCategoricalCrossentropy",
    note: "After softmax it is computed from the pre-activation. PyTorch's CrossEntropyLoss is this loss with the softmax inside.",
    arguments: {},
    target: "class_index",
    fits: ["softmax"],
    works: SHARES,
    row: true,
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
  perceptron: {
    summary:
      "Requires only that the output is on the right side of 0. After a step function it counts mistakes, as the perceptron rule needs.",
    formula: "mean max(0, −t · y), t is −1 or 1",
    source: "Rosenblatt 1957; scikit-learn, Perceptron",
    note: "Targets of 0 and 1 are converted to −1 and 1, except after heaviside, whose outputs are 0 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "heaviside", "sign"],
    works: [...BOTH_SIGNS, "heaviside", "sign"],
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
type LossSettings = { readonly [K in LossName]: Settings<(typeof losses)[K]["arguments"]> };

/** The losses that are computed for each unit alone, each with its own settings. The type ensures that its formulas read all of them, and no others. */
export const elementLosses: { readonly [K in ElementLossName]: ElementLoss<LossSettings[K]> } = losses satisfies EveryRead<
  LossSettings,
  [typeof losses]
>;

/** Returns the form of the targets that a loss expects after an activation: 0 and 1 for `perceptron` after heaviside, since these are its outputs. */
export function targetForm(loss: LossName, activation: ActivationName | undefined): TargetForm {
  return loss === "perceptron" && activation === "heaviside" ? "binary" : losses[loss].target;
}
