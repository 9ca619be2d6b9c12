/** The layers: arguments, output shape and parameters. A shape that does not fit is data (`ShapeProblem`), not an exception. */
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

/** Sizes of the axes without the batch: [784], [28, 28]. */
export type Shape = readonly number[];

export type ShapeProblem =
  | { readonly problem: "several_axes"; readonly shape: Shape }
  | {
      readonly problem: "different_shapes";
      readonly first: Shape;
      readonly other: Shape;
      readonly otherIndex: number;
      /** Whether the last axes may differ. */
      readonly exceptLast: boolean;
    }
  | { readonly problem: "different_size"; readonly from: Shape; readonly to: Shape };

/** How many numbers one output of a parameter sums up, and to how many outputs one input goes. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

interface ParameterFacts {
  /** Its symbol in formulas. */
  readonly symbol: string;
  readonly fans: (shape: Shape) => Fans;
  /** How it starts where the file says nothing; `drawn`: by the layer's initializer. */
  readonly start: "drawn" | "zeros" | "ones";
  /** Whether `l1` and `l2` count it. */
  readonly isPenalized: boolean;
  /** A statistic of the data: training does not change it by gradients. */
  readonly isStatistic: boolean;
}

/** [inputs, units], in a convolution behind the axes of its window: [height, width, channels, filters]. */
function kernelFans(shape: Shape): Fans {
  const [inputs = 1, units = inputs] = shape.slice(-2);
  const window = sizeOf(shape.slice(0, -2));
  return { in: window * inputs, out: window * units };
}
/** One number for each unit. */
const vectorFans = (shape: Shape): Fans => ({ in: sizeOf(shape), out: sizeOf(shape) });
const statistic = (symbol: string, start: "zeros" | "ones") =>
  ({ symbol, fans: vectorFans, start, isPenalized: false, isStatistic: true }) as const;

/** The parameters of all layers, by Keras' names. */
export const parameterFacts = {
  kernel: { symbol: "W", fans: kernelFans, start: "drawn", isPenalized: true, isStatistic: false },
  bias: { symbol: "b", fans: vectorFans, start: "zeros", isPenalized: false, isStatistic: false },
  gamma: { symbol: "gamma", fans: vectorFans, start: "ones", isPenalized: false, isStatistic: false },
  beta: { symbol: "beta", fans: vectorFans, start: "zeros", isPenalized: false, isStatistic: false },
  moving_mean: statistic("moving_mean", "zeros"),
  moving_variance: statistic("moving_variance", "ones"),
  mean: statistic("mean", "zeros"),
  variance: statistic("variance", "ones"),
} as const satisfies Record<string, ParameterFacts>;

export type ParameterName = keyof typeof parameterFacts;

export interface ParameterShape {
  readonly name: ParameterName;
  readonly shape: Shape;
}

/** What the rest of the project asks about a kind of layer instead of its name. */
export interface Traits {
  /** It sums up its inputs times a `kernel` of its own. */
  readonly hasKernel: boolean;
  /** The argument that names the activation that its sums go through. Both are then open to look at. */
  readonly activation: string | null;
  /** By whose mean and deviation it brings its inputs to one scale: the batch's, each row's own or the training data's. */
  readonly normalizes: "batch" | "row" | "data" | null;
  /** Without its activation it makes no curve of a straight line. */
  readonly isAffine: boolean;
  /** While training it leaves out a random part of its input. */
  readonly drops: boolean;
  /** Its derivative is 0 wherever it exists, so nothing below can learn. */
  readonly isStep: boolean;
}

export interface Layer<R = never> extends Entry {
  /** How many layers it takes its input from. */
  readonly inputs: "none" | "one" | "several" | "named";
  readonly traits: Traits;
  /** `R`: those of its arguments that its rules need; `never` where they are not called. */
  readonly output: (inputs: readonly Shape[], settings: R) => Shape | ShapeProblem;
  readonly parameters: (inputs: readonly Shape[], settings: R) => readonly ParameterShape[];
  readonly example: string;
}

/** A layer's arguments as its rules of shape see them. `bias`: whether there is one. */
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

/** The length of the last axis, over which softmax and the categorical losses run. */
export const lastAxis = (shape: Shape): number => shape.at(-1) ?? 1;
export const sizeOf = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);
export const isShape = (value: Shape | ShapeProblem): value is Shape => Array.isArray(value);
/** As the file writes it: 784, 28x28. */
export const shapeText = (shape: Shape): string => shape.join("x");

const first = (inputs: readonly Shape[]): Shape => inputs[0] ?? [];
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);
const none = (): readonly ParameterShape[] => [];
const asInput = (inputs: readonly Shape[]): Shape => first(inputs);

/** A kernel and a bias, as `dense` and `tlu` have. */
const weighted = (inputs: readonly Shape[], { units, bias }: { readonly units: number; readonly bias: boolean }): ParameterShape[] => [
  { name: "kernel", shape: [sizeOf(first(inputs)), units] },
  ...(bias ? [{ name: "bias", shape: [units] } as const] : []),
];
const unitsOut = (inputs: readonly Shape[], { units }: { readonly units: number }): Shape | ShapeProblem =>
  first(inputs).length > 1 ? { problem: "several_axes", shape: first(inputs) } : [units];
/** One number for each place of the last axis, along which Keras normalizes. */
const featureShape = (inputs: readonly Shape[]): Shape => [lastAxis(first(inputs))];
const epsilon = (fallback: number) => number("Added to the variance, so that nothing is divided by 0.", { default: fallback, above: 0 });
const PLAIN = {
  hasKernel: false,
  activation: null,
  normalizes: null,
  isAffine: false,
  drops: false,
  isStep: false,
} as const satisfies Traits;
const startArguments = {
  init: { kind: "initializer", summary: "How the kernel starts. Left out: chosen by the activation." },
  bias: { kind: "bias", summary: "true, false, or the start values [units]." },
  kernel: { kind: "kernel", axes: 2, summary: "The kernel's start values, [inputs, units]." },
} as const;

/** All alike, as `add` and `multiply` need. */
function alike(inputs: readonly Shape[]): Shape | ShapeProblem {
  const otherIndex = inputs.findIndex((shape) => !sameShape(shape, first(inputs)));
  return otherIndex < 0
    ? first(inputs)
    : { problem: "different_shapes", first: first(inputs), other: inputs[otherIndex] ?? [], otherIndex, exceptLast: false };
}

export const layers = {
  input: {
    summary: "Where the data comes in: a size, a shape, or the names of columns.",
    formula: "a = x",
    source: "Keras 3, Input",
    arguments: { shape: { kind: "shape", summary: "A size, a shape such as 28x28, or column names." } },
    inputs: "none",
    traits: { ...PLAIN, isAffine: true },
    output: (_inputs, { shape }: { readonly shape: Shape }) => shape,
    parameters: none,
    example: "input 28x28",
  },
  dense: {
    summary: "Every unit sees every input: a weighted sum, a bias, an activation.",
    formula: "a = activation(x · W + b)",
    source: "Keras 3, Dense",
    arguments: {
      units: integer("How many units, which is how many numbers come out.", { min: 1, max: 1_000_000 }),
      activation: { kind: "activation", summary: "What each sum goes through.", default: "linear" },
      ...startArguments,
      l1: number("Penalty: l1 · Σ|w| of the kernel is added to the loss, unless the layer is frozen.", { default: 0, min: 0 }),
      l2: number("Penalty: l2 · Σw² of the kernel is added to the loss, unless the layer is frozen.", { default: 0, min: 0 }),
      freeze: boolean("Keeps the kernel and bias as they start.", false),
    },
    inputs: "one",
    traits: { ...PLAIN, hasKernel: true, activation: "activation", isAffine: true },
    output: unitsOut,
    parameters: weighted,
    example: "dense 300 relu",
  },
  tlu: {
    summary: "Threshold logic units: a dense layer with a step, which fires or does not. The perceptron's rule trains it.",
    formula: "a = step(x · W + b)",
    source: "Rosenblatt 1957; Géron, chapter 10",
    arguments: {
      units: integer("How many units, which is how many numbers come out.", { min: 1, max: 1_000_000 }),
      step: {
        kind: "choice",
        summary: "heaviside gives 0 or 1, sign gives −1, 0 or 1.",
        options: ["heaviside", "sign"],
        default: "heaviside",
      },
      ...startArguments,
    },
    inputs: "one",
    traits: { ...PLAIN, hasKernel: true, activation: "step", isAffine: true },
    output: unitsOut,
    parameters: weighted,
    example: "tlu 1",
  },
  neuron: {
    summary: "A neuron of logical computation: fires when enough of its inputs are active and none that inhibits it. Nothing to train.",
    formula: "a = 1 if at least `threshold` named inputs are active and no `not` input is, else 0",
    source: "McCulloch and Pitts 1943; Géron, chapter 10",
    note: "An input is active from ½ on. A name that is written twice counts twice.",
    arguments: {
      inputs: { kind: "names", summary: "Columns of an input or labels of layers with one unit; `not` before a name inhibits." },
      threshold: integer("How many of the named inputs must be active.", { min: 0, max: 1_000_000 }),
    },
    inputs: "named",
    traits: { ...PLAIN, isStep: true },
    output: () => [1],
    parameters: none,
    example: "neuron a, not b threshold=1",
  },
  flatten: {
    summary: "Lays all axes out in one row, so that a dense layer can take them.",
    formula: "28x28 → 784",
    source: "Keras 3, Flatten",
    arguments: {},
    inputs: "one",
    traits: { ...PLAIN, isAffine: true },
    output: (inputs) => [sizeOf(first(inputs))],
    parameters: none,
    example: "flatten",
  },
  reshape: {
    summary: "The same numbers in another shape.",
    formula: "784 → 28x28",
    source: "Keras 3, Reshape",
    arguments: { shape: { kind: "shape", summary: "The new shape, of the same size." } },
    inputs: "one",
    traits: { ...PLAIN, isAffine: true },
    output: (inputs, { shape }: { readonly shape: Shape }) =>
      sizeOf(shape) === sizeOf(first(inputs)) ? shape : { problem: "different_size", from: first(inputs), to: shape },
    parameters: none,
    example: "reshape 28x28",
  },
  dropout: {
    summary: "While training, sets a random share of its inputs to 0 and scales up the rest, so that no unit relies on another.",
    formula: "a = x · mask / (1 − rate) in training, a = x otherwise",
    source: "Srivastava et al. 2014; Keras 3, Dropout",
    arguments: { rate: number("The share that is dropped.", { min: 0, below: 1, usual: [0, 0.5] }) },
    inputs: "one",
    traits: { ...PLAIN, isAffine: true, drops: true },
    output: asInput,
    parameters: none,
    example: "dropout 0.2",
  },
  batch_norm: {
    summary: "Brings each input to mean 0 and deviation 1 over the batch, then scales and shifts it by what it learns.",
    formula: "a = gamma · (x − mean) / √(variance + ε) + beta, over the batch in training, with running means afterwards",
    source: "Ioffe and Szegedy 2015; Keras 3, BatchNormalization",
    note: "momentum is the share of the running mean that is kept, 0.99 as in Keras; PyTorch counts the other way round, with 0.1. The variance is the batch's own, not the corrected one.",
    arguments: {
      momentum: number("How much of the running mean and variance is kept at each step.", { default: 0.99, min: 0, below: 1 }),
      epsilon: epsilon(1e-3),
    },
    inputs: "one",
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
    summary: "Brings each row to mean 0 and deviation 1 by itself, then scales and shifts it by what it learns.",
    formula: "a = gamma · (x − mean) / √(variance + ε) + beta, over the last axis",
    source: "Ba et al. 2016; Keras 3, LayerNormalization",
    note: "ε is 0.001 as in Keras; PyTorch's is 0.00001.",
    arguments: { epsilon: epsilon(1e-3) },
    inputs: "one",
    traits: { ...PLAIN, normalizes: "row" },
    output: asInput,
    parameters: (inputs) => [
      { name: "gamma", shape: featureShape(inputs) },
      { name: "beta", shape: featureShape(inputs) },
    ],
    example: "layer_norm",
  },
  normalize: {
    summary: "Brings each input to mean 0 and deviation 1, with the training data's figures, learned before the first epoch.",
    formula: "a = (x − mean) / √variance",
    source: "Keras 3, Normalization",
    arguments: {},
    inputs: "one",
    traits: { ...PLAIN, normalizes: "data", isAffine: true },
    output: asInput,
    parameters: (inputs) => [
      { name: "mean", shape: featureShape(inputs) },
      { name: "variance", shape: featureShape(inputs) },
    ],
    example: "normalize",
  },
  concat: {
    summary: "Puts several layers' outputs side by side along the last axis.",
    formula: "a = [x₁, x₂, …]",
    source: "Keras 3, Concatenate",
    arguments: {},
    inputs: "several",
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
    summary: "Adds layers of one shape, unit by unit: a skip connection.",
    formula: "a = x₁ + x₂ + …",
    source: "Keras 3, Add",
    arguments: {},
    inputs: "several",
    traits: { ...PLAIN, isAffine: true },
    output: alike,
    parameters: none,
    example: "add from hidden, shortcut",
  },
  multiply: {
    summary: "Multiplies layers of one shape, unit by unit: a gate.",
    formula: "a = x₁ · x₂ · …",
    source: "Keras 3, Multiply",
    arguments: {},
    inputs: "several",
    traits: PLAIN,
    output: alike,
    parameters: none,
    example: "multiply from hidden, gate",
  },
} as const satisfies Record<string, Layer>;

export type LayerKind = keyof typeof layers;

/** Each with the arguments that its rules of shape read and that its traits name, which must be its own. */
export const shapeRules: {
  readonly [K in LayerKind]: Pick<Layer<RuleSettings<(typeof layers)[K]["arguments"]>>, "output" | "parameters"> & {
    readonly traits: { readonly activation: keyof (typeof layers)[K]["arguments"] | null };
  };
} = layers;

type StartArguments<A extends Arguments> = { [N in keyof A]: A[N] extends { readonly kind: "kernel" | "bias" } ? N : never }[keyof A];
type Parameters<N extends ParameterName> = N;
/** The arguments that write a parameter's start values: each is called as its parameter is. */
export type StartArgument = Parameters<{ [K in LayerKind]: StartArguments<(typeof layers)[K]["arguments"]> }[LayerKind]>;

/** An activation's name alone on a line, which the catalog has among the activations. */
const ACTIVATION_LINE: Traits = { ...PLAIN, activation: "activation" };

/** `activation`: a line that is an activation's name alone. */
export type AnyLayerKind = LayerKind | "activation";
export const traitsOf = (kind: AnyLayerKind): Traits => (kind === "activation" ? ACTIVATION_LINE : layers[kind].traits);

/** Whether the line may name an activation, which then bends what gradients train. A threshold unit's step is another thing. */
export const takesActivation = (kind: AnyLayerKind): boolean => kind !== "activation" && "activation" in layers[kind].arguments;

export type NamingKind = { [K in LayerKind]: (typeof layers)[K]["inputs"] extends "named" ? K : never }[LayerKind];
export const isNaming = (kind: AnyLayerKind): kind is NamingKind => takes(kind) === "named";

/** How many layers it takes its input from. */
export const takes = (kind: AnyLayerKind): Layer["inputs"] => (kind === "activation" ? "one" : layers[kind].inputs);

/** Whether the word of a line that is not looked into yet is that of an input. */
export const isInputWord = (word: string): boolean => Object.hasOwn(layers, word) && takes(word as LayerKind) === "none";
/** Whether a layer's word is followed by the names of its inputs. */
export const isNamingWord = (word: string): boolean => Object.hasOwn(layers, word) && takes(word as LayerKind) === "named";
