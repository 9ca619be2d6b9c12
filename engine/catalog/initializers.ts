/** The initializers: how a kernel's initial values are drawn. */
import { type Arguments, type Entry, type EveryRead, number, type Reads, type Settings } from "./arguments.ts";

/** `S` is the type of its settings; `never` if the functions are not called. */
export interface Initializer<S = never, A extends Arguments = Arguments> extends Entry<A> {
  /** A truncated normal distribution is cut at two deviations. A corrected one is then widened, so that its deviation equals the `spread`. */
  readonly distribution: "uniform" | "normal" | "truncated_normal" | "corrected_truncated_normal" | "constant";
  /** Returns the limit of a uniform distribution, the standard deviation of a normal one, or the constant. The fans are the kernel's [inputs, units]. */
  readonly spread: (fanIn: number, fanOut: number, settings: S) => number;
  /** Returns the mean of a normal distribution; absent if it is 0. */
  readonly mean?: (settings: S) => number;
}

const NONE = {} as const;
const CORRECTED =
  "A truncated normal distribution as in Keras: values beyond two standard deviations are drawn again, and the rest is divided by 0.8796 so that the standard deviation is σ. So it is cut at 2.27σ. PyTorch's is not truncated.";
const normalArguments = {
  stddev: number("The standard deviation.", { default: 0.05, above: 0 }),
  mean: number("The mean.", { default: 0 }),
} as const;

export const initializers = {
  glorot_uniform: {
    summary:
      "Uniform, scaled by inputs and units, so that signals and gradients stay at the same size from layer to layer; for linear, tanh, sigmoid and softmax.",
    formula: "U(−L, L), L = √(6 / (inputs + units))",
    source: "Glorot and Bengio 2010",
    arguments: NONE,
    distribution: "uniform",
    spread: (fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut)),
  },
  glorot_normal: {
    summary: "Normal, scaled by inputs and units.",
    formula: "N(0, σ), σ = √(2 / (inputs + units)), cut at 2.27σ",
    source: "Glorot and Bengio 2010",
    arguments: NONE,
    note: CORRECTED,
    distribution: "corrected_truncated_normal",
    spread: (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut)),
  },
  he_uniform: {
    summary: "Uniform, scaled by the inputs only; for relu and similar activations, which cut half of the signal.",
    formula: "U(−L, L), L = √(6 / inputs)",
    source: "He et al. 2015",
    arguments: NONE,
    distribution: "uniform",
    spread: (fanIn) => Math.sqrt(6 / fanIn),
  },
  he_normal: {
    summary: "Normal, scaled by the inputs only; for relu and similar activations.",
    formula: "N(0, σ), σ = √(2 / inputs), cut at 2.27σ",
    source: "He et al. 2015",
    arguments: NONE,
    note: CORRECTED,
    distribution: "corrected_truncated_normal",
    spread: (fanIn) => Math.sqrt(2 / fanIn),
  },
  lecun_uniform: {
    summary: "Uniform with variance 1 / inputs.",
    formula: "U(−L, L), L = √(3 / inputs)",
    source: "LeCun et al. 1998",
    arguments: NONE,
    distribution: "uniform",
    spread: (fanIn) => Math.sqrt(3 / fanIn),
  },
  lecun_normal: {
    summary: "Normal with variance 1 / inputs; for selu.",
    formula: "N(0, σ), σ = √(1 / inputs), cut at 2.27σ",
    source: "LeCun et al. 1998",
    arguments: NONE,
    note: CORRECTED,
    distribution: "corrected_truncated_normal",
    spread: (fanIn) => Math.sqrt(1 / fanIn),
  },
  uniform: {
    summary: "Uniform between −limit and limit, independent of the layer's size.",
    formula: "U(−limit, limit)",
    source: "Keras 3, RandomUniform",
    arguments: { limit: number("Half the width of the range.", { default: 0.05, above: 0 }) },
    distribution: "uniform",
    spread: (_in, _out, { limit }: Reads<"limit">) => limit,
  },
  normal: {
    summary: "Normal with a fixed standard deviation, whatever the layer's size.",
    formula: "N(mean, stddev)",
    source: "Keras 3, RandomNormal",
    arguments: normalArguments,
    note: "It is not truncated. Keras has the mean as the first argument.",
    distribution: "normal",
    spread: (_in, _out, { stddev }: Reads<"stddev">) => stddev,
    mean: ({ mean }: Reads<"mean">) => mean,
  },
  truncated_normal: {
    summary: "Normal with a fixed standard deviation and without its tails, whatever the layer's size.",
    formula: "N(mean, stddev), cut at 2 · stddev",
    source: "Keras 3, TruncatedNormal",
    arguments: normalArguments,
    note: "Values beyond two standard deviations are drawn again, so the standard deviation that remains is 0.88 · stddev. Keras has the mean as the first argument.",
    distribution: "truncated_normal",
    spread: (_in, _out, { stddev }: Reads<"stddev">) => stddev,
    mean: ({ mean }: Reads<"mean">) => mean,
  },
  zeros: {
    summary: "All zeros: right for biases. With a kernel of zeros all units start the same.",
    formula: "0",
    source: "Keras 3, Zeros",
    arguments: NONE,
    distribution: "constant",
    spread: () => 0,
  },
  ones: {
    summary: "All ones.",
    formula: "1",
    source: "Keras 3, Ones",
    arguments: NONE,
    distribution: "constant",
    spread: () => 1,
  },
} as const satisfies Record<string, Initializer>;

export type InitializerName = keyof typeof initializers;
type InitializerSettings = { readonly [K in InitializerName]: Settings<(typeof initializers)[K]["arguments"]> };

/** The initializers, each typed with its own settings. The type ensures that `spread` and `mean` read all of these settings and no others. */
export const configuredInitializers: { readonly [K in InitializerName]: Initializer<InitializerSettings[K]> } =
  initializers satisfies EveryRead<InitializerSettings, [typeof initializers]>;
