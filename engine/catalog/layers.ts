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

export interface ParameterShape {
  readonly name: "kernel" | "bias";
  readonly shape: Shape;
}

export interface Layer extends Entry {
  /** How many layers it takes its input from. */
  readonly inputs: "none" | "one" | "several";
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
      init: { kind: "initializer", summary: "How the kernel starts. Left out: chosen by the activation." },
      bias: { kind: "bias", summary: "true, false, or the start values [units]." },
      kernel: { kind: "kernel", summary: "The kernel's start values, [inputs, units]." },
      l1: number("Penalty: l1 · Σ|w| of the kernel is added to the loss.", { default: 0, min: 0 }),
      l2: number("Penalty: l2 · Σw² of the kernel is added to the loss.", { default: 0, min: 0 }),
      freeze: boolean("Keeps the kernel and bias as they start.", false),
    },
    inputs: "one",
    output: (inputs, { units }) => (first(inputs).length > 1 ? { problem: "several_axes", shape: first(inputs) } : [units]),
    parameters: (inputs, { units, hasBias }) => [
      { name: "kernel", shape: [sizeOf(first(inputs)), units] },
      ...(hasBias ? [{ name: "bias", shape: [units] } as const] : []),
    ],
    example: "dense 300 relu",
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
