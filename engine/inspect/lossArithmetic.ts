/** The arithmetic of each loss and its derivative, for the walk-through. A test compares it with the catalog's functions and with the engine. */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import { type ElementLossName, PROBABILITY_EPSILON } from "../catalog/losses.ts";
import { call, difference, type Expression, exact, max, named, number, power, product, quotient, square, sum } from "./arithmetic.ts";

interface LossArithmetic<S = never> {
  /** The loss of one unit, in terms of its output a and its target t. */
  readonly value: (a: number, t: number, settings: S) => Expression;
  /** ∂value/∂a */
  readonly slope: (a: number, t: number, settings: S) => Expression;
  /** The loss in terms of z, for outputs at which the first form cancels. */
  readonly valueOfSum?: (z: number, t: number, a: number, settings: S) => Expression;
  /** ∂value/∂z, for activations that are computed together with the loss. */
  readonly slopeOfSum?: (a: number, t: number, settings: S) => Expression;
}

const one = exact(1);
const zero = exact(0);
const epsilon = exact(PROBABILITY_EPSILON);
const a$ = (a: number): Expression => number(a, "a");
const t$ = (t: number): Expression => number(t, "t");
const ln = (inner: Expression): Expression => call("ln", inner);
/** Returns e = a − t. The slope has its sign. */
const excess = (a: number, t: number): Expression => difference(a$(a), t$(t));
const lack = (a: number, t: number): Expression => difference(t$(t), a$(a));
const size = (inner: Expression): Expression => call("size", inner);
const atLeast = (value: number): Expression => (value < PROBABILITY_EPSILON ? max(number(value), epsilon) : number(value));
const clipped = (a: number): number => Math.min(Math.max(a, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON);
const isClipped = (a: number): boolean => clipped(a) !== a;
const share = (value: number): Expression => (value > 1 ? one : atLeast(value));
const smoothed = (t: number, smoothing: number): number => t * (1 - smoothing) + smoothing / 2;

/** Returns t ln a + (1 − t) ln(1 − a), without a product that has the factor 0. */
function logLikelihood(a: number, t: number): Expression {
  const ofOne = ln(a$(a));
  const ofZero = ln(difference(one, a$(a)));
  if (t === 1) return ofOne;
  if (t === 0) return ofZero;
  return sum(product(t$(t), ofOne), product(difference(one, t$(t)), ofZero));
}
const surprise = (a: number, t: number): Expression => call("negative", logLikelihood(clipped(a), t));
const binarySlope = (a: number, t: number): Expression =>
  isClipped(a) ? zero : quotient(excess(a, t), product(a$(a), difference(one, a$(a))));
/** Returns 1 − p, where p is the output's probability of the target. */
const missed = (a: number, t: number): Expression =>
  t === 1 ? difference(one, a$(a)) : t === 0 ? a$(a) : sum(product(t$(t), difference(one, a$(a))), product(difference(one, t$(t)), a$(a)));
const logError = (a: number, t: number): Expression => difference(ln(sum(atLeast(a), one)), ln(sum(atLeast(t), one)));
const margin = (a: number, t: number): Expression => difference(one, product(t$(t), a$(a)));

const arithmetic = {
  mse: { value: (a, t) => square(lack(a, t)), slope: (a, t) => product(named("2", exact(2)), excess(a, t)) },
  mae: { value: (a, t) => size(lack(a, t)), slope: (a, t) => call("sign", excess(a, t)) },
  huber: {
    value: (a, t, { delta }: Reads<"delta">) =>
      Math.abs(t - a) <= delta
        ? product(exact(0.5), square(lack(a, t)))
        : difference(product(exact(delta), size(lack(a, t))), product(exact(0.5), square(exact(delta)))),
    slope: (a, t, { delta }: Reads<"delta">) =>
      Math.abs(a - t) <= delta ? excess(a, t) : product(exact(delta), call("sign", excess(a, t))),
  },
  log_cosh: { value: (a, t) => ln(call("cosh", excess(a, t))), slope: (a, t) => call("tanh", excess(a, t)) },
  mape: {
    value: (a, t) => quotient(product(exact(100), size(lack(a, t))), atLeast(Math.abs(t))),
    slope: (a, t) => quotient(product(exact(100), call("sign", excess(a, t))), atLeast(Math.abs(t))),
  },
  msle: {
    value: (a, t) => square(logError(a, t)),
    slope: (a, t) => (a < PROBABILITY_EPSILON ? zero : quotient(product(exact(2), logError(a, t)), sum(a$(a), one))),
  },
  poisson: {
    value: (a, t) => difference(a$(a), product(t$(t), ln(sum(a$(a), epsilon)))),
    slope: (a, t) => difference(one, quotient(t$(t), sum(a$(a), epsilon))),
  },
  binary_crossentropy: {
    value: (a, t, { label_smoothing }: Reads<"label_smoothing">) => surprise(a, smoothed(t, label_smoothing)),
    slope: (a, t, { label_smoothing }: Reads<"label_smoothing">) => binarySlope(a, smoothed(t, label_smoothing)),
    valueOfSum: (z, t, _a, { label_smoothing }: Reads<"label_smoothing">) =>
      sum(
        difference(max(number(z), zero), product(number(z), number(smoothed(t, label_smoothing)))),
        ln(sum(one, call("exp", number(-Math.abs(z))))),
      ),
    slopeOfSum: (a, t, { label_smoothing }: Reads<"label_smoothing">) => excess(a, smoothed(t, label_smoothing)),
  },
  binary_focal_crossentropy: {
    value: (a, t, { gamma }: Reads<"gamma">) => product(power(missed(a, t), exact(gamma)), surprise(a, t)),
    slope: (a, t, { gamma }: Reads<"gamma">) => {
      const q = missed(a, t);
      const ofFactor = product(exact(gamma), power(q, exact(gamma - 1)), difference(one, product(exact(2), t$(t))), surprise(a, t));
      const ofSurprise = product(power(q, exact(gamma)), binarySlope(a, t));
      return (t === 1 ? 1 - a : a) < PROBABILITY_EPSILON ? ofSurprise : sum(ofFactor, ofSurprise);
    },
  },
  kl_divergence: {
    value: (a, t) => product(share(t), ln(quotient(share(t), share(a)))),
    slope: (a, t) => (a < PROBABILITY_EPSILON || a > 1 ? zero : call("negative", quotient(share(t), a$(a)))),
  },
  hinge: {
    value: (a, t) => max(zero, margin(a, t)),
    slope: (a, t) => (1 - t * a > 0 ? call("negative", t$(t)) : zero),
  },
  squared_hinge: {
    value: (a, t) => square(max(zero, margin(a, t))),
    slope: (a, t) => product(exact(-2), t$(t), max(zero, margin(a, t))),
  },
  perceptron: {
    value: (a, t) => max(zero, product(call("negative", t$(t)), a$(a))),
    slope: (a, t) => (t * a <= 0 ? call("negative", t$(t)) : zero),
    valueOfSum: (_z, t, a) => exact(a === t ? 0 : 1),
    slopeOfSum: excess,
  },
} satisfies Record<ElementLossName, LossArithmetic>;

type Used<K extends ElementLossName> = Configured<"losses", K>;
type LossSettings = Pick<SettingsOf<"losses">, ElementLossName>;
const ARITHMETIC: { readonly [K in ElementLossName]: LossArithmetic<LossSettings[K]> } = arithmetic satisfies EveryRead<
  LossSettings,
  [typeof arithmetic]
>;

/** An output unit's value with its target. */
export interface UnitAnswer {
  readonly a: number;
  readonly t: number;
  readonly z: number;
  /** Whether the loss is computed from z, together with the activation. */
  readonly isFused: boolean;
}

/** Returns the forms of a unit's loss, the most readable first. */
export function lossForms<K extends ElementLossName>({ name, settings }: Used<K>, { a, t, z, isFused }: UnitAnswer): Expression[] {
  const { value, valueOfSum }: LossArithmetic<LossSettings[K]> = ARITHMETIC[name];
  const own = value(a, t, settings);
  if (!isFused || !valueOfSum) return [own];
  // The step function's error can't be expressed in terms of a · t.
  return name === "perceptron" ? [valueOfSum(z, t, a, settings)] : [own, valueOfSum(z, t, a, settings)];
}

/** Returns the derivative of a unit's loss with respect to a, or to z if the loss and the activation are computed together. */
export function lossSlope<K extends ElementLossName>({ name, settings }: Used<K>, { a, t, isFused }: UnitAnswer): Expression {
  const { slope, slopeOfSum }: LossArithmetic<LossSettings[K]> = ARITHMETIC[name];
  return isFused && slopeOfSum ? slopeOfSum(a, t, settings) : slope(a, t, settings);
}

/** The outputs and targets of one place of a categorical loss. */
export interface ClassAnswer {
  readonly a: readonly number[];
  /** One smoothed number per class. */
  readonly t: readonly number[];
  readonly z: readonly number[];
  readonly isFused: boolean;
}

/** Returns the forms of −Σ t ln a. Without a softmax, the outputs are divided by their sum. */
export function classLossForms({ a, t, z, isFused }: ClassAnswer): Expression[] {
  const total = a.reduce((all, one) => all + one, 0);
  const shareOf = (j: number): Expression => (isFused ? a$(a[j]) : quotient(a$(a[j]), number(total)));
  const logOf = (j: number): Expression => (!isFused && isClipped(a[j] / total) ? ln(number(clipped(a[j] / total))) : ln(shareOf(j)));
  const terms = t.flatMap((one, j) => (one === 0 ? [] : [one === 1 ? logOf(j) : product(t$(one), logOf(j))]));
  const ofShares = call("negative", terms.length === 1 ? terms[0] : sum(...terms));
  if (!isFused) return [ofShares];
  const largest = Math.max(...z);
  const logOfSum = sum(number(largest), ln(sum(...z.map((one) => call("exp", number(one - largest))))));
  const ofSums = t.flatMap((one, j) => (one === 0 ? [] : [product(t$(one), difference(logOfSum, number(z[j])))]));
  return [ofShares, sum(...ofSums)];
}

/** Returns the derivative of −Σ t ln a for class j: with respect to z after a softmax, else to a. */
export function classLossSlope({ a, t, isFused }: ClassAnswer, j: number): Expression {
  const mass = t.reduce((all, one) => all + one, 0);
  if (isFused) return Math.abs(mass - 1) < 1e-9 ? excess(a[j], t[j]) : difference(product(number(mass), a$(a[j])), t$(t[j]));
  const total = a.reduce((all, one) => all + one, 0);
  const inside = (k: number): boolean => !isClipped(a[k] / total);
  const insideMass = t.reduce((all, one, k) => all + (inside(k) ? one : 0), 0);
  const ofTotal = quotient(number(insideMass), number(total));
  return t[j] !== 0 && inside(j) ? difference(ofTotal, quotient(t$(t[j]), a$(a[j]))) : ofTotal;
}
