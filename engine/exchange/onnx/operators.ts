/**
 * Activations and layers as ONNX operators: one table for each. A kind of layer or an activation without an entry does not compile. Gelu and Swish
 * are composed of other operators, because only newer operator sets contain them.
 */
import type { ActivationName } from "../../catalog/activations.ts";
import type { Configured, SettingsOf } from "../../catalog/index.ts";
import { type Shape, sizeOf } from "../../catalog/shapes.ts";
import type { PlannedKind, PlannedLayerOf } from "../../plan.ts";
import type { Weight } from "../model.ts";
import { neuronAsDense } from "../neuron.ts";
import type { Attribute } from "./write.ts";

/** A value in the graph, without the batch axis. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

/** Adds operators and constants to the graph. */
export interface Building {
  /** Adds an operator of one layer and returns the name of its output. Numeric `attributes` are floats. */
  readonly op: (type: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>) => string;
  readonly floats: (name: string, values: ArrayLike<number>, dims?: readonly number[]) => string;
  readonly integers: (name: string, values: readonly number[]) => string;
}

const ACTIVATIONS: { readonly [K in ActivationName]: (z: string, build: Building, settings: SettingsOf<"activations">[K]) => string } = {
  relu: (z, { op }) => op("Relu", [z]),
  tanh: (z, { op }) => op("Tanh", [z]),
  sigmoid: (z, { op }) => op("Sigmoid", [z]),
  softmax: (z, { op }) => op("Softmax", [z], { axis: { int: -1 } }),
  leaky_relu: (z, { op }, { negative_slope }) => op("LeakyRelu", [z], { alpha: negative_slope }),
  elu: (z, { op }, { alpha }) => op("Elu", [z], { alpha }),
  selu: (z, { op }) => op("Selu", [z], { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  gelu: (z, { op, floats }) =>
    op("Mul", [
      op("Mul", [z, floats("half", [0.5])]),
      op("Add", [op("Erf", [op("Mul", [z, floats("root", [Math.SQRT1_2])])]), floats("one", [1])]),
    ]),
  swish: (z, { op }) => op("Mul", [z, op("Sigmoid", [z])]),
  mish: (z, { op }) => op("Mul", [z, op("Tanh", [op("Softplus", [z])])]),
  hard_swish: (z, { op }) => op("HardSwish", [z]),
  relu6: (z, { op, floats }) => op("Clip", [z, floats("low", [0], []), floats("high", [6], [])]),
  softplus: (z, { op }) => op("Softplus", [z]),
  softsign: (z, { op }) => op("Softsign", [z]),
  // The default alpha of ONNX is 0.2, as in Keras 2.
  hard_sigmoid: (z, { op }) => op("HardSigmoid", [z], { alpha: 1 / 6, beta: 0.5 }),
  exponential: (z, { op }) => op("Exp", [z]),
  log_sigmoid: (z, { op }) => op("Neg", [op("Softplus", [op("Neg", [z])])]),
  linear: (z, { op }) => op("Identity", [z]),
  heaviside: (z, build) => fires(z, 0, build),
  sign: (z, { op }) => op("Sign", [z]),
};

/** Returns 1 where z is at least the threshold, else 0. */
const fires = (z: string, threshold: number, { op, floats }: Building): string =>
  op("Cast", [op("GreaterOrEqual", [z, floats("threshold", [threshold])])], { to: { int: 1 } });

type Own<K extends PlannedKind> = PlannedLayerOf<K>;
type Adds<K extends PlannedKind> = (layer: Own<K>, inputs: readonly Value[], weights: readonly Weight[], build: Building) => string;

const activate = <K extends ActivationName>({ name, settings }: Configured<"activations", K>, z: string, build: Building): string =>
  name === "linear" ? z : (ACTIVATIONS[name] as (z: string, build: Building, settings: unknown) => string)(z, build, settings);

const first = ([input]: readonly Value[]): Value => {
  if (!input) throw new Error("A layer has no input.");
  return input;
};

const valuesOf = (weights: readonly Weight[], name: string): ArrayLike<number> => weights.find((one) => one.name === name)?.values ?? [];

/** Combines more than two inputs with a chain of two-input operators. */
const chain =
  (type: "Add" | "Sub" | "Mul"): Adds<PlannedKind> =>
  (_layer, inputs, _weights, { op }) =>
    inputs.slice(1).reduce((sum, { name }) => op(type, [sum, name]), first(inputs).name);

/** Adds an operator that takes any number of inputs. */
const joined =
  (type: string, attributes?: Readonly<Record<string, Attribute>>): Adds<PlannedKind> =>
  (_layer, inputs, _weights, { op }) =>
    op(
      type,
      inputs.map(({ name }) => name),
      attributes,
    );

/** Prediction applies neither dropout nor noise. */
const unchanged: Adds<PlannedKind> = (_layer, inputs, _weights, { op }) => op("Identity", [first(inputs).name]);

/** A 0 in the shape preserves the batch axis. */
const reshaped: Adds<PlannedKind> = ({ output }, inputs, _weights, { op, integers }) =>
  op("Reshape", [first(inputs).name, integers("shape", [0, ...output])]);

const scaled = (x: string, factor: ArrayLike<number>, shift: ArrayLike<number>, { op, floats }: Building): string =>
  op("Add", [op("Mul", [x, floats("scale", factor)]), floats("shift", shift)]);

export const ONNX_LAYERS: { readonly [K in Exclude<PlannedKind, "input">]: Adds<K> } = {
  dense(layer, inputs, weights, build) {
    const [kernel, bias] = weights;
    if (!kernel) throw new Error(`The plan's layer ${layer.id} has no kernel.`);
    const { op, floats } = build;
    const z = op("Gemm", [
      first(inputs).name,
      floats("kernel", kernel.values, kernel.shape),
      ...(bias ? [floats("bias", bias.values, bias.shape)] : []),
    ]);
    return activate(layer.activation, z, build);
  },
  activation: ({ activation }, inputs, _weights, build) =>
    activation.name === "linear" ? build.op("Identity", [first(inputs).name]) : activate(activation, first(inputs).name, build),
  neuron(layer, inputs, _weights, build) {
    const { op, floats } = build;
    const { active, sum } = neuronAsDense(
      layer,
      inputs.map(({ shape }) => sizeOf(shape)),
    );
    const all =
      inputs.length === 1
        ? first(inputs).name
        : op(
            "Concat",
            inputs.map(({ name }) => name),
            { axis: { int: -1 } },
          );
    const terms = op("Gemm", [all, floats("terms", active.kernel, [active.inputs, active.units])]);
    const counted = op("Gemm", [fires(terms, 0.5, build), floats("signs", sum.kernel, [sum.inputs, 1])]);
    return op("Cast", [op("GreaterOrEqual", [counted, floats("least", [layer.threshold])])], { to: { int: 1 } });
  },
  // The channels of ONNX' BatchNormalization are on the second axis, here on the last. After training, its constants are folded into a factor and a
  // shift.
  batch_norm({ epsilon }, inputs, weights, build) {
    const [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map((name) =>
      Array.from(valuesOf(weights, name)),
    );
    const factor = (gamma ?? []).map((value, k) => value / Math.sqrt((variance?.[k] ?? 0) + epsilon));
    const shift = factor.map((value, k) => (beta?.[k] ?? 0) - (mean?.[k] ?? 0) * value);
    return scaled(first(inputs).name, factor, shift, build);
  },
  layer_norm: ({ epsilon }, inputs, weights, { op, floats }) =>
    op("LayerNormalization", [first(inputs).name, floats("gamma", valuesOf(weights, "gamma")), floats("beta", valuesOf(weights, "beta"))], {
      axis: { int: -1 },
      epsilon,
    }),
  normalize(_layer, inputs, weights, { op, floats }) {
    const deviation = Array.from(valuesOf(weights, "variance"), (value) => Math.max(Math.sqrt(value), 1e-7));
    const centred = op("Sub", [first(inputs).name, floats("mean", valuesOf(weights, "mean"))]);
    return op("Div", [centred, floats("deviation", deviation)]);
  },
  prelu: (_layer, inputs, weights, { op, floats }) =>
    op("PRelu", [first(inputs).name, floats("alpha", valuesOf(weights, "alpha"), first(inputs).shape)]),
  dropout: unchanged,
  gaussian_noise: unchanged,
  flatten: reshaped,
  reshape: reshaped,
  concat: joined("Concat", { axis: { int: -1 } }),
  add: chain("Add"),
  subtract: chain("Sub"),
  multiply: chain("Mul"),
  average: joined("Mean"),
  maximum: joined("Max"),
  minimum: joined("Min"),
};
