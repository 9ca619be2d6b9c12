/** The activations, each with its function and derivative. Kernels, gradient checks and plots use them. */
import { type Arguments, type Entry, type EveryRead, number, type Reads, type Settings } from "./arguments.ts";
import type { InitializerName } from "./initializers.ts";
import { erf, normalDensity } from "./special.ts";

interface ActivationFacts<A extends Arguments = Arguments> extends Entry<A> {
  /** f′(z) in one line, in terms of z and a = f(z). */
  readonly derivative: string;
  /** The infimum and supremum of its values with default settings. */
  readonly range: readonly [number, number];
  /** The initializer of the kernel if the file does not name one. */
  readonly initializer: InitializerName;
}

/** `S` is the type of its settings; `never` if the functions are not called. */
export interface ScalarActivation<S = never, A extends Arguments = Arguments> extends ActivationFacts<A> {
  /** a = f(z) */
  readonly value: (z: number, settings: S) => number;
  /** f'(z). Some derivatives are simplest in terms of a = f(z), so a is passed too. */
  readonly slope: (z: number, a: number, settings: S) => number;
  /** Present if the derivative is 0 wherever it exists, so that layers before it can't learn. */
  readonly step?: true;
  /** Present if it is 0 with zero slope for every negative z, so that a unit may get stuck there. */
  readonly dies?: true;
}

/** An activation of a whole row. The engine has a kernel for each. */
export interface RowActivation extends ActivationFacts {
  readonly row: true;
}

export type Activation = ScalarActivation | RowActivation;

const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
/** Returns ln(1 + eᶻ) in a form that does not overflow. */
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
/** Klambauer et al. 2017, section 2: with these constants, mean 0 and variance 1 are a fixed point. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const GERON = "Géron, Hands-On Machine Learning, chapter 10";

/** The most common first, in the order that completion offers. */
export const activations = {
  relu: {
    summary: "Passes positive values on and sets negative ones to 0: fast, and the usual choice for hidden layers.",
    formula: "a = max(0, z)",
    derivative: "1 if z > 0, else 0",
    source: GERON,
    arguments: {},
    value: (z) => Math.max(0, z),
    slope: (z) => (Number.isNaN(z) ? z : z > 0 ? 1 : 0),
    dies: true,
    range: [0, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  tanh: {
    summary: "An S-shaped curve from −1 to 1, centred on 0.",
    formula: "a = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)",
    derivative: "1 − a²",
    source: GERON,
    arguments: {},
    value: Math.tanh,
    slope: (_z, a) => 1 - a * a,
    range: [-1, 1],
    initializer: "glorot_uniform",
  },
  sigmoid: {
    summary: "Maps any sum to a value between 0 and 1, which can be read as a probability.",
    formula: "a = 1 / (1 + e⁻ᶻ)",
    derivative: "a · (1 − a)",
    source: GERON,
    arguments: {},
    value: sigmoid,
    slope: (_z, a) => a * (1 - a),
    range: [0, 1],
    initializer: "glorot_uniform",
  },
  softmax: {
    summary: "Turns a row of sums into probabilities that add to 1: the output for classes of which exactly one is right.",
    formula: "aᵢ = eᶻⁱ / Σⱼ eᶻʲ",
    derivative: "∂aᵢ/∂zⱼ = aᵢ · (1 − aᵢ) if i = j, else −aᵢ · aⱼ",
    source: GERON,
    note: "With several axes, it is computed over the last one, as in Keras.",
    arguments: {},
    row: true,
    range: [0, 1],
    initializer: "glorot_uniform",
  },
  leaky_relu: {
    summary: "Like relu, but passes a small part of negative values on, so that no unit dies.",
    formula: "a = z if z ≥ 0, else negative_slope · z",
    derivative: "1 if z ≥ 0, else negative_slope",
    source: "Maas et al. 2013",
    arguments: { negative_slope: number("The slope below 0.", { default: 0.2, min: 0, usual: [0.01, 0.3] }) },
    note: "The default slope is 0.2 as in Keras' activation; PyTorch's is 0.01.",
    value: (z, { negative_slope }: Reads<"negative_slope">) => (z < 0 ? negative_slope * z : z),
    slope: (z, _a, { negative_slope }: Reads<"negative_slope">) => (z < 0 ? negative_slope : 1),
    range: ALL,
    initializer: "he_uniform",
  },
  elu: {
    summary: "Like relu, but with a smooth curve for negative values, which levels off at −alpha.",
    formula: "a = z if z > 0, else alpha · (eᶻ − 1)",
    derivative: "1 if z > 0, else a + alpha",
    source: "Clevert et al. 2015",
    arguments: { alpha: number("The limit for negative values is −alpha.", { default: 1, min: 0 }) },
    value: (z, { alpha }: Reads<"alpha">) => (z > 0 ? z : alpha * Math.expm1(z)),
    slope: (z, a, { alpha }: Reads<"alpha">) => (z > 0 ? 1 : a + alpha),
    range: [-1, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  selu: {
    summary:
      "A scaled elu that keeps the layers' outputs near mean 0 and variance 1, in a plain stack with lecun_normal and standardized inputs.",
    formula: "a = 1.0507 · (z if z > 0, else 1.6733 · (eᶻ − 1))",
    derivative: "1.0507 if z > 0, else a + 1.7581",
    source: "Klambauer et al. 2017",
    arguments: {},
    value: (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    slope: (z, a) => (z > 0 ? SELU_SCALE : a + SELU_SCALE * SELU_ALPHA),
    range: [-SELU_SCALE * SELU_ALPHA, Number.POSITIVE_INFINITY],
    initializer: "lecun_normal",
  },
  gelu: {
    summary: "Multiplies the sum by the probability that a normal variable is below it: a smooth relu.",
    formula: "a = z · Φ(z), with Φ(z) = ½ (1 + erf(z / √2))",
    derivative: "Φ(z) + z · φ(z), with the normal density φ",
    source: "Hendrycks and Gimpel 2016",
    arguments: {},
    note: "The exact form, which is the default of Keras and PyTorch. Some code uses an approximation by tanh.",
    value: (z) => 0.5 * z * (1 + erf(z * Math.SQRT1_2)),
    slope: (z) => 0.5 * (1 + erf(z * Math.SQRT1_2)) + z * normalDensity(z),
    range: [-0.17, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  swish: {
    summary: "The sum times its sigmoid: smooth, and a little negative below 0. Also called SiLU.",
    formula: "a = z · σ(z)",
    derivative: "a + (1 − a) / (1 + e⁻ᶻ)",
    source: "Ramachandran et al. 2017",
    arguments: {},
    value: (z) => z * sigmoid(z),
    slope: (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z))),
    range: [-0.279, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  mish: {
    summary: "The sum times the tanh of its softplus: smooth, and a little negative below 0, like swish.",
    formula: "a = z · tanh(ln(1 + eᶻ))",
    derivative: "h + z · (1 − h²) / (1 + e⁻ᶻ), with h = tanh(ln(1 + eᶻ))",
    source: "Misra 2019",
    arguments: {},
    value: (z) => z * Math.tanh(softplus(z)),
    slope: (z) => {
      // Here the slope is 1 to 15 digits, and at infinity the product below is NaN.
      if (z > 20) return 1;
      const t = Math.tanh(softplus(z));
      return t + z * sigmoid(z) * (1 - t * t);
    },
    range: [-0.309, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  hard_swish: {
    summary: "A swish made of a parabola between −3 and 3 and straight lines outside: fast. Also called hard_silu.",
    formula: "a = z · min(max(z + 3, 0), 6) / 6",
    derivative: "0 below −3, 1 above 3, (2z + 3) / 6 between",
    source: "Howard et al. 2019",
    arguments: {},
    value: (z) => (z <= -3 ? 0 : z >= 3 ? z : (z * (z + 3)) / 6),
    slope: (z) => (z <= -3 ? 0 : z >= 3 ? 1 : (2 * z + 3) / 6),
    range: [-0.375, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  relu6: {
    summary: "A relu that is cut off at 6.",
    formula: "a = min(max(z, 0), 6)",
    derivative: "1 if 0 < z < 6, else 0",
    source: "Krizhevsky 2010; Keras 3",
    arguments: {},
    value: (z) => Math.min(Math.max(z, 0), 6),
    slope: (z) => (Number.isNaN(z) ? z : z > 0 && z < 6 ? 1 : 0),
    dies: true,
    range: [0, 6],
    initializer: "he_uniform",
  },
  softplus: {
    summary: "A smooth relu that is always positive.",
    formula: "a = ln(1 + eᶻ)",
    derivative: "1 / (1 + e⁻ᶻ)",
    source: "Dugas et al. 2001",
    arguments: {},
    value: softplus,
    slope: sigmoid,
    range: [0, Number.POSITIVE_INFINITY],
    initializer: "he_uniform",
  },
  softsign: {
    summary: "An S-shaped curve from −1 to 1 that levels off more slowly than tanh.",
    formula: "a = z / (1 + |z|)",
    derivative: "1 / (1 + |z|)²",
    source: "Turian et al. 2009",
    arguments: {},
    value: (z) => z / (1 + Math.abs(z)),
    slope: (z) => 1 / (1 + Math.abs(z)) ** 2,
    range: [-1, 1],
    initializer: "glorot_uniform",
  },
  hard_sigmoid: {
    summary: "A sigmoid made of three straight lines.",
    formula: "a = 0 below −3, 1 above 3, z / 6 + ½ between",
    derivative: "1/6 if −3 < z < 3, else 0",
    source: "Keras 3",
    arguments: {},
    value: (z) => (z <= -3 ? 0 : z >= 3 ? 1 : z / 6 + 0.5),
    slope: (z) => (Number.isNaN(z) ? z : z > -3 && z < 3 ? 1 / 6 : 0),
    range: [0, 1],
    initializer: "glorot_uniform",
  },
  exponential: {
    summary: "The exponential of the sum, always positive: the output for a rate or a count.",
    formula: "a = eᶻ",
    derivative: "a",
    source: "Keras 3",
    arguments: {},
    value: Math.exp,
    slope: (_z, a) => a,
    range: [0, Number.POSITIVE_INFINITY],
    initializer: "glorot_uniform",
  },
  log_sigmoid: {
    summary: "The logarithm of the sigmoid: never positive, and close to the sum itself far below 0.",
    formula: "a = ln(1 / (1 + e⁻ᶻ)) = −ln(1 + e⁻ᶻ)",
    derivative: "1 / (1 + eᶻ)",
    source: "Keras 3",
    arguments: {},
    value: (z) => -softplus(-z),
    slope: (z) => sigmoid(-z),
    range: [Number.NEGATIVE_INFINITY, 0],
    initializer: "glorot_uniform",
  },
  linear: {
    summary: "Passes the sum on unchanged: right for an output that may be any number.",
    formula: "a = z",
    derivative: "1",
    source: GERON,
    arguments: {},
    value: (z) => z,
    slope: () => 1,
    range: ALL,
    initializer: "glorot_uniform",
  },
  heaviside: {
    summary: "The step function of a threshold logic unit: it fires if the sum is at least 0.",
    formula: "a = 1 if z ≥ 0, else 0",
    derivative: "0",
    source: GERON,
    arguments: {},
    note: "heaviside(0) is 1 here, as in the book's code; NumPy lets the caller choose. The derivative is 0, so backpropagation cannot train it.",
    value: (z) => (Number.isNaN(z) ? z : z >= 0 ? 1 : 0),
    slope: () => 0,
    range: [0, 1],
    initializer: "glorot_uniform",
    step: true,
  },
  sign: {
    summary: "The symmetric step function: −1, 0 or 1.",
    formula: "a = −1 if z < 0, 0 if z = 0, 1 if z > 0",
    derivative: "0",
    source: GERON,
    arguments: {},
    note: "The derivative is 0, so backpropagation cannot train it.",
    value: (z) => (z === 0 ? 0 : Math.sign(z)),
    slope: () => 0,
    range: [-1, 1],
    initializer: "glorot_uniform",
    step: true,
  },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;
export type ScalarActivationName = {
  [K in ActivationName]: (typeof activations)[K] extends RowActivation ? never : K;
}[ActivationName];
type ActivationSettings = { readonly [K in ActivationName]: Settings<(typeof activations)[K]["arguments"]> };

/** The activations of single numbers, each with its own settings. The type ensures that its formulas read all of these settings and no others. */
export const scalarActivations: { readonly [K in ScalarActivationName]: ScalarActivation<ActivationSettings[K]> } =
  activations satisfies EveryRead<ActivationSettings, [typeof activations]>;

type Used<K extends ScalarActivationName> = {
  readonly [P in K]: { readonly name: P; readonly settings: ActivationSettings[P] };
}[K];

export const isScalar = <U extends { readonly name: ActivationName }>(use: U): use is Extract<U, { readonly name: ScalarActivationName }> =>
  !("row" in activations[use.name]);

/** Returns f(z) of an activation with its settings. */
export const valueAt = <K extends ScalarActivationName>({ name, settings }: Used<K>, z: number): number =>
  scalarActivations[name].value(z, settings);

/** Returns f'(z). `a` is f(z). */
export const slopeAt = <K extends ScalarActivationName>({ name, settings }: Used<K>, z: number, a: number): number =>
  scalarActivations[name].slope(z, a, settings);
