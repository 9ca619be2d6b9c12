/** How a kernel's numbers are drawn before training. */
import { type Arguments, type Entry, number, type Settings } from "./arguments.ts";

/** `S`: its settings; `never` where it is not called. */
export interface Initializer<S = never, A extends Arguments = Arguments> extends Entry<A> {
  readonly distribution: "uniform" | "truncated_normal" | "constant";
  /** The limit of a uniform, the standard deviation of a normal, the value of a constant; fans are the kernel's [inputs, units]. */
  readonly spread: (fanIn: number, fanOut: number, settings: S) => number;
}

/** An initializer whose spread reads the arguments that stand beside it. */
const configurable = <const A extends Arguments>(entry: Initializer<Settings<A>, A>) => entry;

const NONE = {} as const;
const KERAS_NORMAL =
  "A truncated normal as in Keras: values beyond two standard deviations are drawn again, and the spread is corrected for it. PyTorch's is not truncated.";

export const initializers = {
  glorot_uniform: {
    summary:
      "Uniform, scaled by inputs and units, so that signals keep their size forward and back; for linear, tanh, sigmoid and softmax.",
    formula: "U(−L, L), L = √(6 / (inputs + units))",
    source: "Glorot and Bengio 2010",
    arguments: NONE,
    distribution: "uniform",
    spread: (fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut)),
  },
  glorot_normal: {
    summary: "Normal, scaled by inputs and units.",
    formula: "N(0, σ), σ = √(2 / (inputs + units)), cut at 2σ",
    source: "Glorot and Bengio 2010",
    arguments: NONE,
    note: KERAS_NORMAL,
    distribution: "truncated_normal",
    spread: (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut)),
  },
  he_uniform: {
    summary: "Uniform, scaled by the inputs alone; for relu and its kin, which cut half of the signal.",
    formula: "U(−L, L), L = √(6 / inputs)",
    source: "He et al. 2015",
    arguments: NONE,
    distribution: "uniform",
    spread: (fanIn) => Math.sqrt(6 / fanIn),
  },
  he_normal: {
    summary: "Normal, scaled by the inputs alone; for relu and its kin.",
    formula: "N(0, σ), σ = √(2 / inputs), cut at 2σ",
    source: "He et al. 2015",
    arguments: NONE,
    note: KERAS_NORMAL,
    distribution: "truncated_normal",
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
    formula: "N(0, σ), σ = √(1 / inputs), cut at 2σ",
    source: "LeCun et al. 1998",
    arguments: NONE,
    note: KERAS_NORMAL,
    distribution: "truncated_normal",
    spread: (fanIn) => Math.sqrt(1 / fanIn),
  },
  uniform: configurable({
    summary: "Uniform between −limit and limit, whatever the layer's size.",
    formula: "U(−limit, limit)",
    source: "Keras 3, RandomUniform",
    arguments: { limit: number("Half the width of the range.", { default: 0.05, above: 0 }) },
    distribution: "uniform",
    spread: (_in, _out, { limit }) => limit,
  }),
  normal: configurable({
    summary: "Normal with a fixed spread, whatever the layer's size.",
    formula: "N(0, stddev), cut at 2 · stddev",
    source: "Keras 3, TruncatedNormal",
    arguments: { stddev: number("The standard deviation.", { default: 0.05, above: 0 }) },
    note: KERAS_NORMAL,
    distribution: "truncated_normal",
    spread: (_in, _out, { stddev }) => stddev,
  }),
  zeros: {
    summary: "All zeros: right for biases; as a kernel it leaves all units alike.",
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

/** Each with its own settings. */
export const configuredInitializers: { readonly [K in InitializerName]: Initializer<InitializerSettings[K]> } = initializers;
