/** The layers: arguments, output shape and parameters. A shape that does not fit is data (`ShapeProblem`), not an exception. */
import { boolean, type Entry, integer, number } from "./arguments.ts";

/** Sizes of the axes without the batch: [784], [28, 28]. */
export type Shape = readonly number[];

export type ShapeProblem =
  | { readonly problem: "several_axes"; readonly shape: Shape }
  | { readonly problem: "different_shapes"; readonly first: Shape; readonly other: Shape; readonly otherIndex: number }
  | { readonly problem: "different_size"; readonly from: Shape; readonly to: Shape };

/** The numbers and shapes among a layer's arguments that its rules need. */
export interface LayerSizes {
  readonly units: number;
  readonly shape: Shape;
  readonly hasBias: boolean;
}

/** Keras' names. */
export type ParameterName = "kernel" | "bias" | "gamma" | "beta" | "moving_mean" | "moving_variance" | "mean" | "variance";

export interface ParameterShape {
  readonly name: ParameterName;
  readonly shape: Shape;
  /** What training does not change by gradients: statistics of the data. */
  readonly statistic?: true;
}

export interface Layer extends Entry {
  /** How many layers it takes its input from. */
  readonly inputs: "none" | "one" | "several" | "named";
  readonly output: (inputs: readonly Shape[], sizes: LayerSizes) => Shape | ShapeProblem;
  readonly parameters: (inputs: readonly Shape[], sizes: LayerSizes) => readonly ParameterShape[];
  readonly example: string;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);
export const isShape = (value: Shape | ShapeProblem): value is Shape => Array.isArray(value);
/** As the file writes it: 784, 28x28. */
export const shapeText = (shape: Shape): string => shape.join("x");

const first = (inputs: readonly Shape[]): Shape => inputs[0] ?? [];
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);
const none = (): readonly ParameterShape[] => [];
const asInput = (inputs: readonly Shape[]): Shape => first(inputs);

/** A kernel and a bias, as `dense` and `tlu` have. */
const weighted: Layer["parameters"] = (inputs, { units, hasBias }) => [
  { name: "kernel", shape: [sizeOf(first(inputs)), units] },
  ...(hasBias ? [{ name: "bias", shape: [units] } as const] : []),
];
const unitsOut: Layer["output"] = (inputs, { units }) =>
  first(inputs).length > 1 ? { problem: "several_axes", shape: first(inputs) } : [units];
/** One number for each place of the last axis, along which Keras normalizes. */
const lastAxis = (inputs: readonly Shape[]): Shape => [first(inputs).at(-1) ?? 1];
const epsilon = (fallback: number) => number("Added to the variance, so that nothing is divided by 0.", { default: fallback, above: 0 });
const startArguments = {
  init: { kind: "initializer", summary: "How the kernel starts. Left out: chosen by the activation." },
  bias: { kind: "bias", summary: "true, false, or the start values [units]." },
  kernel: { kind: "kernel", summary: "The kernel's start values, [inputs, units]." },
} as const;

/** All alike, as `add` and `multiply` need. */
function alike(inputs: readonly Shape[]): Shape | ShapeProblem {
  const otherIndex = inputs.findIndex((shape) => !sameShape(shape, first(inputs)));
  return otherIndex < 0
    ? first(inputs)
    : { problem: "different_shapes", first: first(inputs), other: inputs[otherIndex] ?? [], otherIndex };
}

export const layers = {
  input: {
    summary: "Where the data comes in: a size, a shape, or the names of columns.",
    formula: "a = x",
    source: "Keras 3, Input",
    arguments: { shape: { kind: "shape", summary: "A size, a shape such as 28x28, or column names." } },
    inputs: "none",
    output: (_inputs, { shape }) => shape,
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
      l1: number("Penalty: l1 · Σ|w| of the kernel is added to the loss.", { default: 0, min: 0 }),
      l2: number("Penalty: l2 · Σw² of the kernel is added to the loss.", { default: 0, min: 0 }),
      freeze: boolean("Keeps the kernel and bias as they start.", false),
    },
    inputs: "one",
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
    output: (inputs, { shape }) =>
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
    output: asInput,
    parameters: (inputs) => [
      { name: "gamma", shape: lastAxis(inputs) },
      { name: "beta", shape: lastAxis(inputs) },
      { name: "moving_mean", shape: lastAxis(inputs), statistic: true },
      { name: "moving_variance", shape: lastAxis(inputs), statistic: true },
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
    output: asInput,
    parameters: (inputs) => [
      { name: "gamma", shape: lastAxis(inputs) },
      { name: "beta", shape: lastAxis(inputs) },
    ],
    example: "layer_norm",
  },
  normalize: {
    summary: "Brings each input to mean 0 and deviation 1, with the training data's figures, learned before the first epoch.",
    formula: "a = (x − mean) / √variance",
    source: "Keras 3, Normalization",
    arguments: {},
    inputs: "one",
    output: asInput,
    parameters: (inputs) => [
      { name: "mean", shape: lastAxis(inputs), statistic: true },
      { name: "variance", shape: lastAxis(inputs), statistic: true },
    ],
    example: "normalize",
  },
  concat: {
    summary: "Puts several layers' outputs side by side along the last axis.",
    formula: "a = [x₁, x₂, …]",
    source: "Keras 3, Concatenate",
    arguments: {},
    inputs: "several",
    output: (inputs) => {
      const leading = first(inputs).slice(0, -1);
      const otherIndex = inputs.findIndex((shape) => !sameShape(shape.slice(0, -1), leading));
      if (otherIndex >= 0) return { problem: "different_shapes", first: first(inputs), other: inputs[otherIndex] ?? [], otherIndex };
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
    output: alike,
    parameters: none,
    example: "multiply from hidden, gate",
  },
} as const satisfies Record<string, Layer>;

export type LayerKind = keyof typeof layers;
