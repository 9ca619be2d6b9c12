/** Converts Keras' classes to lines of the language. Variables are in the order in which Keras stores them. */
import type { ActivationName } from "../../catalog/activations.ts";
import type { ParameterName } from "../../catalog/parameters.ts";
import type { Shape } from "../../catalog/shapes.ts";

/** A configuration from a file. Its values may have any type. */
export type Config = Readonly<Record<string, unknown>>;

export interface KerasLine {
  readonly words: string;
  /** Whether the operation only passes its input on and has no line. */
  readonly passesOn?: true;
  /** In the order of the file; null for a variable that is not needed. */
  readonly variables: readonly (ParameterName | null)[];
  /** Parameters that are stored in the configuration instead of the weights. */
  readonly given?: Partial<Record<ParameterName, readonly number[]>>;
  /** Parameters that the file omits, with the value of all their numbers. */
  readonly constant?: Partial<Record<ParameterName, number>>;
}

/** A line, or a description of what the language lacks. */
type Read = (config: Config, inputs: readonly Shape[]) => KerasLine | string;

/** Keras' names of each activation. The defaults of their options equal the catalog's. */
const KERAS_NAMES: { readonly [K in ActivationName]: readonly string[] } = {
  relu: ["relu"],
  tanh: ["tanh"],
  sigmoid: ["sigmoid"],
  softmax: ["softmax"],
  leaky_relu: ["leaky_relu"],
  elu: ["elu"],
  selu: ["selu"],
  gelu: ["gelu"],
  swish: ["silu", "swish"],
  mish: ["mish"],
  hard_swish: ["hard_silu", "hard_swish"],
  relu6: ["relu6"],
  softplus: ["softplus"],
  softsign: ["softsign"],
  hard_sigmoid: ["hard_sigmoid"],
  exponential: ["exponential"],
  log_sigmoid: ["log_sigmoid"],
  linear: ["linear"],
  // Keras has no step function.
  heaviside: [],
  sign: [],
};
const ACTIVATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries(KERAS_NAMES).flatMap(([name, keras]) => keras.map((its) => [its, name] as const)),
);

const numberIn = (config: Config, names: readonly string[], fallback?: number): number => {
  for (const name of names) {
    const value = config[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    // Keras 2 writes such a number as an object.
    if (isObject(value) && typeof value["value"] === "number" && Number.isFinite(value["value"])) return value["value"];
  }
  if (fallback === undefined) throw new TypeError(`no number ${names[0]}`);
  return fallback;
};

export const isObject = (value: unknown): value is Config => typeof value === "object" && value !== null && !Array.isArray(value);

const plain = (words: string): KerasLine => ({ words, variables: [] });

/** The activations that Keras has as layers, which may be nested in another layer. */
const ACTIVATION_LAYERS: ReadonlyMap<string, (config: Config) => string | undefined> = new Map(
  Object.entries({
    LeakyReLU: (config: Config) => `leaky_relu(negative_slope=${numberIn(config, ["negative_slope", "alpha"], 0.3)})`,
    ELU: (config: Config) => `elu(alpha=${numberIn(config, ["alpha"], 1)})`,
    Softmax: () => "softmax",
    ReLU(config: Config) {
      const [most, slope, threshold] = [
        config["max_value"] ?? null,
        numberIn(config, ["negative_slope"], 0),
        numberIn(config, ["threshold"], 0),
      ];
      if (threshold !== 0) return undefined;
      if (most === null) return slope === 0 ? "relu" : `leaky_relu(negative_slope=${slope})`;
      return most === 6 && slope === 0 ? "relu6" : undefined;
    },
  }),
);

/** Returns the activation in the language's syntax; undefined if it has no counterpart. */
function activationIn(value: unknown): string | undefined {
  if (value === null || value === undefined) return "linear";
  if (typeof value === "string") return ACTIVATIONS.get(value);
  if (!isObject(value) || typeof value["class_name"] !== "string") return undefined;
  const config = isObject(value["config"]) ? value["config"] : {};
  // A function is stored by its name.
  if (value["class_name"] === "function" && typeof value["config"] === "string") return ACTIVATIONS.get(value["config"]);
  return ACTIVATION_LAYERS.get(value["class_name"])?.(config);
}

const activationLine =
  (of: (config: Config) => unknown): Read =>
  (config) => {
    const own = activationIn(of(config));
    return own === undefined ? `the activation ${JSON.stringify(of(config))}` : plain(own);
  };

const joined =
  (words: string): Read =>
  () =>
    plain(words);

/** Returns whether a Keras axis, or a list with one axis, is the last axis of a batch of this shape. */
function isLastAxis(axis: unknown, [input = []]: readonly Shape[]): boolean {
  const [own, ...others] = Array.isArray(axis) ? axis : [axis];
  return others.length === 0 && (own === undefined || own === -1 || own === input.length);
}

const sizeOfAxes = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);

const affine = (config: Config): readonly ParameterName[] => [
  ...(config["scale"] === false ? [] : (["gamma"] as const)),
  ...(config["center"] === false ? [] : (["beta"] as const)),
];
const DEFAULTS = { gamma: 1, beta: 0 };

const CLASSES: ReadonlyMap<string, Read> = new Map(
  Object.entries<Read>({
    Dense(config, inputs) {
      const activation = activationIn(config["activation"]);
      if (activation === undefined) return `Dense with the activation ${JSON.stringify(config["activation"])}`;
      if ((inputs[0]?.length ?? 1) > 1) return "Dense on several axes";
      const bias = config["use_bias"] !== false;
      return {
        words: `dense ${numberIn(config, ["units"])}${activation === "linear" ? "" : ` ${activation}`}${bias ? "" : " bias=false"}${penalty(config["kernel_regularizer"])}${config["trainable"] === false ? " freeze=true" : ""}`,
        variables: bias ? ["kernel", "bias"] : ["kernel"],
      };
    },
    Activation: activationLine((config) => config["activation"]),
    LeakyReLU: activationLine((config) => ({ class_name: "LeakyReLU", config })),
    ELU: activationLine((config) => ({ class_name: "ELU", config })),
    ReLU: activationLine((config) => ({ class_name: "ReLU", config })),
    Softmax: (config, inputs) => (isLastAxis(config["axis"], inputs) ? plain("softmax") : "Softmax over another axis than the last"),
    PReLU: (config) => (Array.isArray(config["shared_axes"]) ? "PReLU with shared axes" : { words: "prelu", variables: ["alpha"] }),
    Dropout: (config) => plain(`dropout ${numberIn(config, ["rate"])}`),
    GaussianNoise: (config) => plain(`gaussian_noise ${numberIn(config, ["stddev"])}`),
    Flatten: () => plain("flatten"),
    Reshape(config, inputs) {
      const target = config["target_shape"];
      if (!Array.isArray(target) || target.length === 0 || !target.every((axis) => Number.isInteger(axis))) return "Reshape";
      const rest = -sizeOfAxes(target);
      const shape = target.map((axis: number) => (axis === -1 ? sizeOfAxes(inputs[0] ?? []) / rest : axis));
      return plain(`reshape ${shape.join("x")}`);
    },
    BatchNormalization: (config, inputs) =>
      isLastAxis(config["axis"], inputs)
        ? {
            words: `batch_norm momentum=${numberIn(config, ["momentum"], 0.99)} epsilon=${numberIn(config, ["epsilon"], 1e-3)}`,
            variables: [...affine(config), "moving_mean", "moving_variance"],
            constant: DEFAULTS,
          }
        : "BatchNormalization over another axis than the last",
    LayerNormalization: (config, inputs) =>
      isLastAxis(config["axis"], inputs)
        ? { words: `layer_norm epsilon=${numberIn(config, ["epsilon"], 1e-3)}`, variables: affine(config), constant: DEFAULTS }
        : "LayerNormalization over another axis than the last",
    Normalization(config, inputs) {
      if (!isLastAxis(config["axis"], inputs) || config["invert"] === true) return "Normalization over another axis than the last";
      const [mean, variance] = [numbersIn(config["mean"]), numbersIn(config["variance"])];
      return mean.length > 0 && mean.length === variance.length
        ? { words: "normalize", variables: [], given: { mean, variance } }
        : { words: "normalize", variables: ["mean", "variance", null] };
    },
    Concatenate: (config, inputs) =>
      isLastAxis(config["axis"], inputs) ? plain("concat") : "Concatenate along another axis than the last",
    Add: joined("add"),
    Subtract: joined("subtract"),
    Multiply: joined("multiply"),
    Average: joined("average"),
    Maximum: joined("maximum"),
    Minimum: joined("minimum"),
    // Operations of `keras.ops`.
    Sign: () => plain("sign"),
    GreaterEqual: (config) => (config["number"] === 0 ? plain("heaviside") : "a comparison"),
    Cast: () => ({ words: "", passesOn: true, variables: [] }),
  }),
);

/** Returns all numbers of a number or a nested list. */
const numbersIn = (value: unknown): number[] =>
  typeof value === "number" ? [value] : Array.isArray(value) ? value.flat(8).filter((one): one is number => typeof one === "number") : [];

function penalty(value: unknown): string {
  const config = isObject(value) && isObject(value["config"]) ? value["config"] : {};
  const one = (name: string): string => (typeof config[name] === "number" && config[name] > 0 ? ` ${name}=${config[name]}` : "");
  return `${one("l1")}${one("l2")}`;
}

/** Returns the layer's line, or a description of a layer that the language lacks. */
export function kerasLine(className: string, config: Config, inputs: readonly Shape[]): KerasLine | string {
  const read = CLASSES.get(className);
  if (!read) return className;
  try {
    return read(config, inputs);
  } catch {
    // A number is missing.
    return `${className} without its settings`;
  }
}
