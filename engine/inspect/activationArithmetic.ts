/** The arithmetic of each activation and its derivative, for the walk-through. A test compares it with the catalog's functions. */
import type { ScalarActivationName } from "../catalog/activations.ts";
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import { distinctText, formulaText } from "../numberText.ts";
import { call, difference, type Expression, exact, longSum, max, min, number, product, quotient, square, sum } from "./arithmetic.ts";

interface ActivationArithmetic<S = never> {
  /** a = f(z) */
  readonly value: (z: number, settings: S) => Expression;
  /** f′(z), in terms of z and a = f(z). */
  readonly slope: (z: number, a: number, settings: S) => Expression;
  /** Why a piecewise function has this value: the piece that contains z. */
  readonly since?: (z: number) => string;
}

const one = exact(1);
const exp = (z: number): Expression => call("exp", number(z));
const sigmoidOf = (z: number): Expression => quotient(one, sum(one, exp(-z)));
const softplusOf = (z: number): Expression => call("ln", sum(one, exp(z)));
/** Klambauer et al. 2017, as in the catalog. */
const SELU = { alpha: number(1.6732632423543772), scale: number(1.0507009873554805), product: number(1.7580993408473766) };

/** Returns the comparison of z with the limit. */
const compared = (z: number, limit: number): string =>
  `z = ${distinctText(z, limit)} ${z > limit ? ">" : z < limit ? "<" : "="} ${formulaText(limit)}`;
const atZero = (z: number): string => compared(z, 0);
const between =
  (low: number, high: number) =>
  (z: number): string =>
    z <= low ? compared(z, low) : z >= high ? compared(z, high) : `${compared(z, low)} and < ${formulaText(high)}`;

const arithmetic = {
  relu: { value: (z) => max(exact(0), number(z)), slope: (z) => exact(z > 0 ? 1 : 0), since: atZero },
  tanh: { value: (z) => call("tanh", number(z)), slope: (_z, a) => difference(one, square(number(a))) },
  sigmoid: { value: sigmoidOf, slope: (_z, a) => product(number(a, "a"), difference(one, number(a))) },
  leaky_relu: {
    value: (z, { negative_slope }: Reads<"negative_slope">) => (z < 0 ? product(exact(negative_slope), number(z)) : number(z)),
    slope: (z, _a, { negative_slope }: Reads<"negative_slope">) => exact(z < 0 ? negative_slope : 1),
    since: atZero,
  },
  elu: {
    value: (z, { alpha }: Reads<"alpha">) => (z > 0 ? number(z) : product(exact(alpha), difference(exp(z), one))),
    slope: (z, a, { alpha }: Reads<"alpha">) => (z > 0 ? one : sum(number(a), exact(alpha))),
    since: atZero,
  },
  selu: {
    value: (z) => product(SELU.scale, z > 0 ? number(z) : product(SELU.alpha, difference(exp(z), one))),
    slope: (z, a) => (z > 0 ? SELU.scale : sum(number(a), SELU.product)),
    since: atZero,
  },
  gelu: {
    value: (z) => product(number(z), call("Phi", number(z))),
    slope: (z) => sum(call("Phi", number(z)), product(number(z), call("phi", number(z)))),
  },
  swish: {
    value: (z) => quotient(number(z), sum(one, exp(-z))),
    slope: (z, a) => sum(number(a), quotient(difference(one, number(a)), sum(one, exp(-z)))),
  },
  mish: {
    value: (z) => product(number(z), call("tanh", softplusOf(z))),
    slope: (z) => {
      const t = call("tanh", softplusOf(z));
      return sum(t, quotient(product(number(z), difference(one, square(t))), sum(one, exp(-z))));
    },
  },
  hard_swish: {
    value: (z) => (z <= -3 ? exact(0) : z >= 3 ? number(z) : quotient(product(number(z), sum(number(z), exact(3))), exact(6))),
    slope: (z) => (z <= -3 ? exact(0) : z >= 3 ? one : quotient(sum(product(exact(2), number(z)), exact(3)), exact(6))),
    since: between(-3, 3),
  },
  relu6: {
    value: (z) => min(max(number(z), exact(0)), exact(6)),
    slope: (z) => exact(z > 0 && z < 6 ? 1 : 0),
    since: between(0, 6),
  },
  softplus: { value: softplusOf, slope: sigmoidOf },
  softsign: {
    value: (z) => quotient(number(z), sum(one, call("size", number(z)))),
    slope: (z) => quotient(one, square(sum(one, call("size", number(z))))),
  },
  hard_sigmoid: {
    value: (z) => (z <= -3 ? exact(0) : z >= 3 ? one : sum(quotient(number(z), exact(6)), quotient(one, exact(2)))),
    slope: (z) => (z > -3 && z < 3 ? quotient(one, exact(6)) : exact(0)),
    since: between(-3, 3),
  },
  exponential: { value: exp, slope: (_z, a) => number(a) },
  log_sigmoid: {
    value: (z) => call("negative", softplusOf(-z)),
    slope: (z) => quotient(one, sum(one, exp(z))),
  },
  linear: { value: (z) => number(z), slope: () => one },
  heaviside: { value: (z) => exact(z >= 0 ? 1 : 0), slope: () => exact(0), since: atZero },
  sign: { value: (z) => exact(z === 0 ? 0 : Math.sign(z)), slope: () => exact(0), since: atZero },
} satisfies Record<ScalarActivationName, ActivationArithmetic>;

type Used<K extends ScalarActivationName> = Configured<"activations", K>;
const ARITHMETIC: { readonly [K in ScalarActivationName]: ActivationArithmetic<SettingsOf<"activations">[K]> } =
  arithmetic satisfies EveryRead<Pick<SettingsOf<"activations">, ScalarActivationName>, [typeof arithmetic]>;

/** Returns the arithmetic of a = f(z). */
export const activationArithmetic = <K extends ScalarActivationName>({ name, settings }: Used<K>, z: number): Expression =>
  ARITHMETIC[name].value(z, settings);

/** Returns the arithmetic of f′(z). `a` is f(z). */
export const derivativeArithmetic = <K extends ScalarActivationName>({ name, settings }: Used<K>, z: number, a: number): Expression =>
  ARITHMETIC[name].slope(z, a, settings);

/** Returns ", since z = … > 0" for a piecewise function, else "". */
export function sinceOf({ name }: { readonly name: ScalarActivationName }, z: number): string {
  const { since } = ARITHMETIC[name];
  return since && Number.isFinite(z) ? `, since ${since(z)}` : "";
}

/** Returns the arithmetic of one softmax output: e^z / Σ e^z. Large z are shifted by the largest, which does not change the result. */
export function softmaxOf(z: readonly number[], k: number): Expression {
  const largest = Math.max(...z);
  const shift = z.some((value) => Math.abs(value) > 300) ? largest : 0;
  const powers = z.map((value) => exp(value - shift));
  return { kind: "quotient", left: powers[k], right: longSum(powers) };
}
