/** The losses. A row's loss is the mean over its units (a sum over classes for the categorical ones); a batch's is the mean over its rows. */

import type { ActivationName } from "./activations.ts";
import { type Arguments, type Entry, number, type Settings } from "./arguments.ts";

/** What a target column must hold for the loss to make sense. */
export type TargetForm =
  /** any number, one for each unit */
  | "number"
  /** 0 or 1 for each unit; a text column of two classes counts as such */
  | "binary"
  /** −1 or 1 for each unit; 0 and 1 are taken as −1 and 1 */
  | "sign"
  /** one column a class, that add to 1; a text column is expanded */
  | "one_hot"
  /** the number of the class, from 0 */
  | "class_index";

interface LossFacts<A extends Arguments = Arguments> extends Entry<A> {
  readonly target: TargetForm;
  /** Output activations that the loss is made for, best first. */
  readonly fits: readonly ActivationName[];
  /** Those with which it works at all; absent: any. */
  readonly works?: readonly ActivationName[];
}

/** A loss whose units stand alone. y is the output, t the target. `S`: its settings; `never` where it is not called. */
export interface ElementLoss<S = never, A extends Arguments = Arguments> extends LossFacts<A> {
  readonly value: (y: number, t: number, settings: S) => number;
  /** ∂value/∂y */
  readonly slope: (y: number, t: number, settings: S) => number;
  /** The same loss as a function of z, for an output a = activation(z), without the cancellation near 0 and 1. */
  readonly fromPreactivation?: {
    readonly activations: readonly ActivationName[];
    readonly value: (z: number, t: number, a: number) => number;
    /** ∂value/∂z, in terms of a = activation(z) */
    readonly slope: (a: number, t: number) => number;
  };
}

/** A loss that needs a whole row of class scores; the engine has its own kernel for it. */
export interface RowLoss extends LossFacts {
  readonly row: true;
}

export type Loss = ElementLoss | RowLoss;

/** A loss whose formulas read the arguments that stand beside them. */
const configurable = <const A extends Arguments>(entry: ElementLoss<Settings<A>, A>) => entry;

/** Keras' `epsilon()`: probabilities are clipped to [1e-7, 1 − 1e-7] where no pre-activation is at hand. */
export const PROBABILITY_EPSILON = 1e-7;
const clipped = (y: number): number => Math.min(Math.max(y, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
const isClipped = (y: number): boolean => y < PROBABILITY_EPSILON || y > 1 - PROBABILITY_EPSILON;

/** Their outputs are positive, so that each has a share of their sum. relu's may all be 0. */
const SHARES: readonly ActivationName[] = ["softmax", "sigmoid", "hard_sigmoid", "softplus"];
const BOTH_SIGNS: readonly ActivationName[] = ["linear", "tanh", "softsign", "leaky_relu", "elu", "selu", "gelu", "swish"];

export const losses = {
  mse: {
    summary: "Mean squared error: the usual loss for numbers; large errors count most.",
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
    summary: "Mean absolute error: for numbers with outliers; every error counts by its size.",
    formula: "mean |t − y|",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    target: "number",
    fits: ["linear", "relu", "softplus", "sigmoid", "tanh"],
    value: (y, t) => Math.abs(t - y),
    slope: (y, t) => Math.sign(y - t),
  },
  huber: configurable({
    summary: "Squared near 0 and absolute further out: mse that forgives outliers.",
    formula: "½e² if |e| ≤ delta, else delta · |e| − ½delta², with e = t − y",
    source: "Keras 3, Huber",
    arguments: { delta: number("Where the square ends and the straight line begins.", { default: 1, above: 0 }) },
    target: "number",
    fits: ["linear", "relu", "softplus", "sigmoid", "tanh"],
    value: (y, t, { delta }) => (Math.abs(t - y) <= delta ? 0.5 * (t - y) ** 2 : delta * Math.abs(t - y) - 0.5 * delta * delta),
    slope: (y, t, { delta }) => (Math.abs(y - t) <= delta ? y - t : delta * Math.sign(y - t)),
  }),
  binary_crossentropy: {
    summary: "For yes-or-no targets and a sigmoid output: how surprised the network is by the answer.",
    formula: "−mean [t ln y + (1 − t) ln(1 − y)]",
    source: "Keras 3, BinaryCrossentropy",
    note: "After sigmoid it is computed from the pre-activation; otherwise y is clipped by 1e-7.",
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
    summary: "For classes that exclude each other, given as one column a class (one-hot).",
    formula: "−Σ t ln y",
    source: "Keras 3, CategoricalCrossentropy",
    note: "After softmax it is computed from the pre-activation; otherwise the outputs are divided by their sum and clipped by 1e-7.",
    arguments: {},
    target: "one_hot",
    fits: ["softmax"],
    works: SHARES,
    row: true,
  },
  sparse_categorical_crossentropy: {
    summary: "For classes that exclude each other, given as a name or a number from 0.",
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
    summary: "Asks only that the output be on the right side of a margin, as a support vector machine does.",
    formula: "mean max(0, 1 − t · y), t is −1 or 1",
    source: "Keras 3, Hinge",
    note: "Targets of 0 and 1 are taken as −1 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "tanh"],
    works: BOTH_SIGNS,
    value: (y, t) => Math.max(1 - t * y, 0),
    slope: (y, t) => (1 - t * y > 0 ? -t : 0),
  },
  perceptron: {
    summary: "Asks only that the output be on the right side of 0. Behind a step it counts mistakes, for the perceptron's own rule.",
    formula: "mean max(0, −t · y), t is −1 or 1",
    source: "Rosenblatt 1957; scikit-learn, Perceptron",
    note: "Targets of 0 and 1 are taken as −1 and 1, except behind heaviside, whose outputs are 0 and 1.",
    arguments: {},
    target: "sign",
    fits: ["linear", "heaviside", "sign"],
    works: [...BOTH_SIGNS, "heaviside", "sign"],
    value: (y, t) => Math.max(-t * y, 0),
    // At 0 a row counts as wrong, so that weights of 0 begin to move.
    slope: (y, t) => (t * y <= 0 ? -t : 0),
    fromPreactivation: {
      activations: ["heaviside", "sign"],
      value: (_z, t, a) => (Number.isNaN(a) ? a : a === t ? 0 : 1),
      // Rosenblatt's rule takes the error itself for the slope that a step has not.
      slope: (a, t) => a - t,
    },
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
export type ElementLossName = { [K in LossName]: (typeof losses)[K] extends RowLoss ? never : K }[LossName];
type ElementLossSettings = { readonly [K in ElementLossName]: Settings<(typeof losses)[K]["arguments"]> };

/** Those whose units stand alone, each with its own settings. */
export const elementLosses: { readonly [K in ElementLossName]: ElementLoss<ElementLossSettings[K]> } = losses;

/** What the loss wants its targets to be, behind that activation: heaviside gives 0 and 1 where others give −1 and 1. */
export function targetForm(loss: LossName, activation: ActivationName | undefined): TargetForm {
  return loss === "perceptron" && activation === "heaviside" ? "binary" : losses[loss].target;
}
