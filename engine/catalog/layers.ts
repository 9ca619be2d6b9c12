/**
 * The layers: arguments, output shapes and parameters. A rule returns a `ShapeProblem` for a shape that does not fit, and never throws. The file is
 * long because it is one table.
 */
import {
  type Argument,
  type Arguments,
  type BooleanArgument,
  boolean,
  type ChoiceArgument,
  type Entry,
  integer,
  type NumberArgument,
  number,
} from "./arguments.ts";
import type { ParameterName, ParameterShape } from "./parameters.ts";
import { lastAxis, type Shape, type ShapeProblem, sizeOf } from "./shapes.ts";

/** The properties of a kind of layer that other code reads instead of comparing names. */
export interface Traits {
  /** Whether it multiplies its inputs by its own `kernel` and sums the products. */
  readonly hasKernel: boolean;
  /** The argument for the activation of its sums. The values before and after the activation can then both be inspected. */
  readonly activation: string | null;
  /** The statistics by which it normalizes its inputs: the batch's, each row's, or the training data's. */
  readonly normalizes: "batch" | "row" | "data" | null;
  /** Whether it is an affine function of its inputs, apart from its activation. */
  readonly isAffine: boolean;
  /** Whether it drops a random part of its input during training. */
  readonly drops: boolean;
  /** Whether its derivative is 0 wherever it exists, so that layers before it can't learn. */
  readonly isStep: boolean;
}

export interface Layer<R = never> extends Entry {
  /** The number of layers that provide its input. `named`: the layers or columns in its arguments. */
  readonly inputs: "none" | "one" | "several" | "named";
  /** The arguments that may be written without a name, in order. */
  readonly positional: readonly string[];
  readonly traits: Traits;
  /** `R` is the type of the arguments that its shape rules need; `never` if the rules are not called. */
  readonly output: (inputs: readonly Shape[], settings: R) => Shape | ShapeProblem;
  readonly parameters: (inputs: readonly Shape[], settings: R) => readonly ParameterShape[];
  readonly example: string;
}

/** A layer's arguments as its shape rules take them. `bias` states whether there is one. */
export type RuleSettings<A extends Arguments> = {
  readonly [N in keyof A as RuleValue<A[N]> extends never ? never : N]: RuleValue<A[N]>;
};
type RuleValue<A extends Argument> = A extends NumberArgument
  ? number
  : A extends BooleanArgument
    ? boolean
    : A extends ChoiceArgument
      ? A["options"][number]
      : A extends { readonly kind: "shape" }
        ? Shape
        : A extends { readonly kind: "bias" }
          ? boolean
          : never;

const first = (inputs: readonly Shape[]): Shape => inputs[0] ?? [];
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);
const none = (): readonly ParameterShape[] => [];
const asInput = (inputs: readonly Shape[]): Shape => first(inputs);

/** Returns the kernel and bias of `dense` and `tlu`. */
const weighted = (inputs: readonly Shape[], { units, bias }: { readonly units: number; readonly bias: boolean }): ParameterShape[] => [
  { name: "kernel", shape: [sizeOf(first(inputs)), units] },
  ...(bias ? [{ name: "bias", shape: [units] } as const] : []),
];
const unitsOut = (inputs: readonly Shape[], { units }: { readonly units: number }): Shape | ShapeProblem =>
  first(inputs).length > 1 ? { problem: "several_axes", shape: first(inputs) } : [units];
/** Returns the shape of a parameter with one number per position on the last axis, as in Keras' normalizations. */
const featureShape = (inputs: readonly Shape[]): Shape => [lastAxis(first(inputs))];
const epsilon = (fallback: number) => number("Added to the variance to avoid a division by 0.", { default: fallback, above: 0 });
const PLAIN = {
  hasKernel: false,
  activation: null,
  normalizes: null,
  isAffine: false,
  drops: false,
  isStep: false,
} as const satisfies Traits;
const startArguments = {
  init: {
    kind: "initializer",
    summary:
      "The initializer of the kernel. If left out: `he_uniform` under relu and similar activations, `lecun_normal` under selu, else `glorot_uniform`. Keras' Dense starts with `glorot_uniform` under any activation; `init=glorot_uniform` does so here.",
  },
  bias: { kind: "bias", summary: "true, false, or the bias's start values [units]." },
  kernel: { kind: "kernel", axes: 2, summary: "The kernel's start values [inputs, units]." },
} as const;

/** Returns the common shape of the inputs of `add` and the other layers that combine inputs unit by unit, or the problem if the shapes differ. */
function alike(inputs: readonly Shape[]): Shape | ShapeProblem {
  const otherIndex = inputs.findIndex((shape) => !sameShape(shape, first(inputs)));
  return otherIndex < 0
    ? first(inputs)
    : { problem: "different_shapes", first: first(inputs), other: inputs[otherIndex] ?? [], otherIndex, exceptLast: false };
}

/** The range of a layer's units, and how a knob turns them. */
const UNITS = { min: 1, max: 1_000_000, turn: { from: 1, to: 32, by: 1 } } as const;
const PENALTY_TURN = { from: 0.00001, to: 0.1, by: "1-3", zero: true } as const;
const OUTWEIGHS = "the penalty outweighs the loss and pulls the weights to 0";

export const layers = {
  input: {
    summary: "The network's input: a size, a shape, or the names of columns.",
    formula: "a = x",
    source: "Keras 3, Input",
    arguments: { shape: { kind: "shape", summary: "A size, a shape such as 28x28, or column names." } },
    inputs: "none",
    positional: ["shape"],
    traits: { ...PLAIN, isAffine: true },
    output: (_inputs, { shape }: { readonly shape: Shape }) => shape,
    parameters: none,
    example: "input 28x28",
  },
  dense: {
    summary: "Connects every input to every unit: a weighted sum, a bias and an activation.",
    formula: "a = activation(x · W + b)",
    source: "Keras 3, Dense",
    arguments: {
      units: integer("The number of units, which is the number of outputs.", UNITS),
      activation: { kind: "activation", summary: "The function that is applied to each sum.", default: "linear" },
      ...startArguments,
      l1: number("Penalty: adds l1 · Σ|w| of the kernel to the loss, unless the layer is frozen.", {
        turn: { ...PENALTY_TURN, ifWritten: true },
        default: 0,
        min: 0,
        usual: [0, 0.1],
        beyond: OUTWEIGHS,
        offer: [0.01, 0.001, 0.0001],
      }),
      l2: number("Penalty: adds l2 · Σw² of the kernel to the loss, unless the layer is frozen.", {
        turn: PENALTY_TURN,
        default: 0,
        min: 0,
        usual: [0, 0.1],
        beyond: OUTWEIGHS,
        offer: [0.01, 0.001, 0.0001],
      }),
      freeze: boolean("Excludes the kernel and bias from training.", false),
    },
    inputs: "one",
    positional: ["units", "activation"],
    traits: { ...PLAIN, hasKernel: true, activation: "activation", isAffine: true },
    output: unitsOut,
    parameters: weighted,
    example: "dense 300 relu",
  },
  tlu: {
    summary:
      "Threshold logic units: a dense layer with a step function, which outputs 0 or 1 (heaviside), or −1, 0 or 1 (sign). The perceptron rule trains it.",
    formula: "a = step(x · W + b)",
    source: "Rosenblatt 1957; Géron, chapter 10",
    arguments: {
      units: integer("The number of units, which is the number of outputs.", UNITS),
      step: {
        kind: "choice",
        summary: "The step function: heaviside outputs 0 or 1, sign outputs −1, 0 or 1.",
        options: ["heaviside", "sign"],
        default: "heaviside",
      },
      ...startArguments,
      init: { kind: "initializer", summary: "The initializer of the kernel. If left out: `glorot_uniform`." },
    },
    inputs: "one",
    positional: ["units", "step"],
    traits: { ...PLAIN, hasKernel: true, activation: "step", isAffine: true },
    output: unitsOut,
    parameters: weighted,
    example: "tlu 1",
  },
  neuron: {
    summary:
      "A neuron for logical computations: it fires if enough of its inputs are active and no inhibiting input is. It has nothing to train.",
    formula: "a = 1 if at least `threshold` named inputs are active and no `not` input is, else 0",
    source: "McCulloch and Pitts 1943; Géron, chapter 10",
    note: "An input is active if it is ½ or more. A name that is written twice counts twice.",
    arguments: {
      inputs: {
        kind: "names",
        summary: "Columns of an input or labels of layers with one unit. `not` before a name makes that input inhibiting.",
      },
      threshold: integer("The number of named inputs that must be active.", { min: 0, max: 1_000_000 }),
    },
    inputs: "named",
    positional: [],
    traits: { ...PLAIN, isStep: true },
    output: () => [1],
    parameters: none,
    example: "neuron a, not b threshold=1",
  },
  flatten: {
    summary: "Joins all axes into one, so that a dense layer can follow.",
    formula: "28x28 → 784",
    source: "Keras 3, Flatten",
    arguments: {},
    inputs: "one",
    positional: [],
    traits: { ...PLAIN, isAffine: true },
    output: (inputs) => [sizeOf(first(inputs))],
    parameters: none,
    example: "flatten",
  },
  reshape: {
    summary: "Arranges the same values in another shape.",
    formula: "784 → 28x28",
    source: "Keras 3, Reshape",
    arguments: { shape: { kind: "shape", summary: "The new shape, with the same number of values." } },
    inputs: "one",
    positional: ["shape"],
    traits: { ...PLAIN, isAffine: true },
    output: (inputs, { shape }: { readonly shape: Shape }) =>
      sizeOf(shape) === sizeOf(first(inputs)) ? shape : { problem: "different_size", from: first(inputs), to: shape },
    parameters: none,
    example: "reshape 28x28",
  },
  dropout: {
    summary: "During training, sets a random share of its inputs to 0 and scales up the others, so that units do not rely on each other.",
    formula: "a = x · mask / (1 − rate) in training, a = x otherwise",
    source: "Srivastava et al. 2014; Keras 3, Dropout",
    arguments: {
      rate: number("The share of the inputs that is dropped.", {
        min: 0,
        below: 1,
        usual: [0, 0.7],
        beyond: "so few values are left in each training step that the next layer learns from noise",
        offer: [0.2, 0.5, 0.1, 0.3],
        turn: { from: 0, to: 0.9, by: 0.05 },
      }),
    },
    inputs: "one",
    positional: ["rate"],
    traits: { ...PLAIN, isAffine: true, drops: true },
    output: asInput,
    parameters: none,
    example: "dropout 0.2",
  },
  gaussian_noise: {
    summary: "During training, adds normally distributed noise to its input, so that the network does not rely on exact values.",
    formula: "a = x + stddev · N(0, 1) in training, a = x otherwise",
    source: "Keras 3, GaussianNoise",
    arguments: {
      stddev: number("The standard deviation of the noise.", {
        min: 0,
        usual: [0, 1],
        offer: [0.1, 0.01, 0.5],
        turn: { from: 0, to: 1, by: 0.05 },
      }),
    },
    inputs: "one",
    positional: ["stddev"],
    traits: { ...PLAIN, isAffine: true },
    output: asInput,
    parameters: none,
    example: "gaussian_noise 0.1",
  },
  prelu: {
    summary: "A relu whose slope for negative values is learned, one for each number of its input.",
    formula: "a = x if x > 0, else alpha · x",
    source: "He et al. 2015; Keras 3, PReLU",
    note: "The slopes start at 0. PyTorch learns one slope for all numbers, which starts at 0.25.",
    arguments: {
      alpha: { kind: "kernel", axes: "input", summary: "The start values of the slopes, in the shape of the input; 0 if left out." },
    },
    inputs: "one",
    positional: [],
    traits: PLAIN,
    output: asInput,
    parameters: (inputs) => [{ name: "alpha", shape: first(inputs) }],
    example: "prelu",
  },
  batch_norm: {
    summary: "Normalizes each input to mean 0 and deviation 1 over the batch, then scales and shifts it by learned parameters.",
    formula: "a = gamma · (x − mean) / √(variance + ε) + beta, over the batch in training, with running means afterwards",
    source: "Ioffe and Szegedy 2015; Keras 3, BatchNormalization",
    note: "momentum is the share of the old running mean in the new one, 0.99 as in Keras. PyTorch's momentum is the share of the batch, 0.1. The variance divides by n, not by n − 1.",
    arguments: {
      momentum: number("The share of the old running mean and variance at each step.", { default: 0.99, min: 0, below: 1 }),
      epsilon: epsilon(1e-3),
    },
    inputs: "one",
    positional: [],
    traits: { ...PLAIN, normalizes: "batch", isAffine: true },
    output: asInput,
    parameters: (inputs) => [
      { name: "gamma", shape: featureShape(inputs) },
      { name: "beta", shape: featureShape(inputs) },
      { name: "moving_mean", shape: featureShape(inputs) },
      { name: "moving_variance", shape: featureShape(inputs) },
    ],
    example: "batch_norm",
  },
  layer_norm: {
    summary: "Normalizes each row to mean 0 and deviation 1, then scales and shifts it by learned parameters.",
    formula: "a = gamma · (x − mean) / √(variance + ε) + beta, over the last axis",
    source: "Ba et al. 2016; Keras 3, LayerNormalization",
    note: "ε is 0.001 as in Keras; PyTorch's is 0.00001.",
    arguments: { epsilon: epsilon(1e-3) },
    inputs: "one",
    positional: [],
    traits: { ...PLAIN, normalizes: "row" },
    output: asInput,
    parameters: (inputs) => [
      { name: "gamma", shape: featureShape(inputs) },
      { name: "beta", shape: featureShape(inputs) },
    ],
    example: "layer_norm",
  },
  normalize: {
    summary: "Normalizes each input to mean 0 and deviation 1 with the statistics of the training data, computed before the first epoch.",
    formula: "a = (x − mean) / √variance",
    source: "Keras 3, Normalization",
    arguments: {},
    inputs: "one",
    positional: [],
    traits: { ...PLAIN, normalizes: "data", isAffine: true },
    output: asInput,
    parameters: (inputs) => [
      { name: "mean", shape: featureShape(inputs) },
      { name: "variance", shape: featureShape(inputs) },
    ],
    example: "normalize",
  },
  concat: {
    summary: "Joins the outputs of several layers along the last axis.",
    formula: "a = [x₁, x₂, …]",
    source: "Keras 3, Concatenate",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: { ...PLAIN, isAffine: true },
    output: (inputs) => {
      const leading = first(inputs).slice(0, -1);
      const otherIndex = inputs.findIndex((shape) => !sameShape(shape.slice(0, -1), leading));
      if (otherIndex >= 0)
        return { problem: "different_shapes", first: first(inputs), other: inputs[otherIndex] ?? [], otherIndex, exceptLast: true };
      return [...leading, inputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)];
    },
    parameters: none,
    example: "concat from wide, deep",
  },
  add: {
    summary: "Adds the outputs of layers of the same shape, unit by unit, as in a skip connection.",
    formula: "a = x₁ + x₂ + …",
    source: "Keras 3, Add",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: { ...PLAIN, isAffine: true },
    output: alike,
    parameters: none,
    example: "add from hidden, shortcut",
  },
  subtract: {
    summary: "Subtracts from the output of the first layer those of the others, unit by unit.",
    formula: "a = x₁ − x₂ − …",
    source: "Keras 3, Subtract",
    note: "Keras takes exactly two inputs.",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: { ...PLAIN, isAffine: true },
    output: alike,
    parameters: none,
    example: "subtract from hidden, shortcut",
  },
  multiply: {
    summary: "Multiplies the outputs of layers of the same shape, unit by unit, as in a gate.",
    formula: "a = x₁ · x₂ · …",
    source: "Keras 3, Multiply",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: PLAIN,
    output: alike,
    parameters: none,
    example: "multiply from hidden, gate",
  },
  average: {
    summary: "The mean of the outputs of layers of the same shape, unit by unit, as in an ensemble.",
    formula: "a = (x₁ + x₂ + …) / n",
    source: "Keras 3, Average",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: { ...PLAIN, isAffine: true },
    output: alike,
    parameters: none,
    example: "average from wide, deep",
  },
  maximum: {
    summary: "The largest of the outputs of layers of the same shape, unit by unit.",
    formula: "a = max(x₁, x₂, …)",
    source: "Keras 3, Maximum",
    note: "Only the largest input receives the gradient; of equal inputs, the first.",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: PLAIN,
    output: alike,
    parameters: none,
    example: "maximum from wide, deep",
  },
  minimum: {
    summary: "The smallest of the outputs of layers of the same shape, unit by unit.",
    formula: "a = min(x₁, x₂, …)",
    source: "Keras 3, Minimum",
    note: "Only the smallest input receives the gradient; of equal inputs, the first.",
    arguments: {},
    inputs: "several",
    positional: [],
    traits: PLAIN,
    output: alike,
    parameters: none,
    example: "minimum from wide, deep",
  },
} as const satisfies Record<string, Layer>;

export type LayerKind = keyof typeof layers;

/** The layers with their shape rules. The type ensures that each rule reads, and each trait or position names, only its own layer's arguments. */
export const shapeRules: {
  readonly [K in LayerKind]: Pick<Layer<RuleSettings<(typeof layers)[K]["arguments"]>>, "output" | "parameters"> & {
    readonly traits: { readonly activation: keyof (typeof layers)[K]["arguments"] | null };
    readonly positional: readonly (keyof (typeof layers)[K]["arguments"])[];
  };
} = layers;

type StartArguments<A extends Arguments> = { [N in keyof A]: A[N] extends { readonly kind: "kernel" | "bias" } ? N : never }[keyof A];
/** Rejects, at compile time, a name that no parameter has. */
type OfParameter<N extends ParameterName> = N;
/** The arguments for the initial values of a parameter. Each has its parameter's name. */
export type StartArgument = OfParameter<{ [K in LayerKind]: StartArguments<(typeof layers)[K]["arguments"]> }[LayerKind]>;

/** The traits of a line with only an activation's name. */
const ACTIVATION_LINE: Traits = { ...PLAIN, activation: "activation" };

/** The kind `activation` is a line with only an activation's name. */
export type AnyLayerKind = LayerKind | "activation";
export const traitsOf = (kind: AnyLayerKind): Traits => (kind === "activation" ? ACTIVATION_LINE : layers[kind].traits);

/** Whether the line may name an activation. The step of a threshold logic unit does not count, because gradients can't train through it. */
export const takesActivation = (kind: AnyLayerKind): boolean => kind !== "activation" && "activation" in layers[kind].arguments;

export type NamingKind = { [K in LayerKind]: (typeof layers)[K]["inputs"] extends "named" ? K : never }[LayerKind];
export const isNaming = (kind: AnyLayerKind): kind is NamingKind => takes(kind) === "named";

/** Returns the number of layers that provide the input of a kind of layer. */
export const takes = (kind: AnyLayerKind): Layer["inputs"] => (kind === "activation" ? "one" : layers[kind].inputs);

/** Whether a line's first word is an input's. */
export const isInputWord = (word: string): boolean => Object.hasOwn(layers, word) && takes(word as LayerKind) === "none";
/** Whether a line's first word names a layer that joins several others. */
export const isJoiningWord = (word: string): boolean => Object.hasOwn(layers, word) && takes(word as LayerKind) === "several";
/** Whether a line's first word names a layer that lists its inputs after it. */
export const isNamingWord = (word: string): boolean => Object.hasOwn(layers, word) && takes(word as LayerKind) === "named";
