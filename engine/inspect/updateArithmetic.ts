/** The arithmetic of one weight's update by each optimizer, for the walk-through: the lines from the old weight to the new one. */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import {
  call,
  difference,
  type Expression,
  evaluated,
  exact,
  line,
  max,
  named,
  number,
  power,
  product,
  quotient,
  square,
  sum,
} from "./arithmetic.ts";
import { slipsOf } from "./slips.ts";
import type { Working } from "./views.ts";

/** One weight before its update. */
export interface OldWeight {
  readonly w: number;
  /** The gradient, including penalty and clipping. */
  readonly g: number;
  readonly rate: number;
  /** The weight's value in each optimizer slot. */
  readonly slots: readonly number[];
  /** The number of steps before this one. */
  readonly step: number;
  readonly momentumProduct: number;
  /** The new weight. */
  readonly now: number;
}

/** Collects the lines of an update. */
interface Lines {
  /** Adds a line and returns its value as an operand for later lines. */
  readonly add: (name: string, left: string, expression: Expression) => Expression;
  /** Completes the working with the new weight. */
  readonly end: (left: string, expression: Expression) => Working;
}

function linesOf({ now }: OldWeight): Lines {
  const lines: string[] = [];
  return {
    add(name, left, expression) {
      const value = evaluated(expression);
      lines.push(line(left, value, expression));
      return number(value, name);
    },
    end: (left, expression) => ({ lines: [...lines, line(left, now, expression)], slips: slipsOf(expression) }),
  };
}

type Update<S = never> = (old: OldWeight, lines: Lines, settings: S) => Working;

const one = exact(1);
const w$ = ({ w }: OldWeight): Expression => number(w, "w");
const g$ = ({ g }: OldWeight): Expression => number(g, "g");
const rate$ = ({ rate }: OldWeight): Expression => number(rate, "lr");
/** Returns share · old + (1 − share) · next. */
const mixed = (share: number, old: Expression, next: Expression): Expression =>
  sum(product(exact(share), old), product(difference(one, exact(share)), next));
const rest = (share: number, t: number): Expression => difference(one, power(exact(share), exact(t)));

type AdamSettings = Reads<"beta_1" | "beta_2" | "epsilon" | "amsgrad">;

function adam(old: OldWeight, lines: Lines, w: Expression, { beta_1, beta_2, epsilon, amsgrad }: AdamSettings): Working {
  const t = old.step + 1;
  const [oldMean, oldSquare, largest] = old.slots;
  const m = lines.add("m", "m ← β₁ · m + (1 − β₁) · g", mixed(beta_1, number(oldMean, "m"), g$(old)));
  let v = lines.add("v", "v ← β₂ · v + (1 − β₂) · g²", mixed(beta_2, number(oldSquare, "v"), square(g$(old))));
  if (amsgrad) v = lines.add("v", "v̂ ← max(v̂, v)", max(number(largest), v));
  const corrected = quotient(product(rate$(old), call("root", rest(beta_2, t))), rest(beta_1, t));
  const alpha = lines.add("α", "α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)", corrected);
  const step = quotient(product(alpha, m), named("√v + ε", sum(call("root", v), exact(epsilon))));
  return lines.end("w ← w − α · m / (√v + ε)", difference(w, named("the step", step)));
}

/** u_t = β₁ (1 − ½ · 0.96^t) */
const nadamFactor = (beta_1: number, t: number): Expression =>
  product(exact(beta_1), difference(one, product(exact(0.5), power(exact(0.96), exact(t)))));

const updates = {
  sgd(old, lines, { momentum, nesterov }: Reads<"momentum" | "nesterov">) {
    const step = product(rate$(old), g$(old));
    if (momentum === 0) return lines.end("w ← w − lr · g", difference(w$(old), step));
    const m = lines.add("m", "m ← momentum · m − lr · g", difference(product(exact(momentum), number(old.slots[0], "m")), step));
    return nesterov
      ? lines.end("w ← w + momentum · m − lr · g", difference(sum(w$(old), product(exact(momentum), m)), step))
      : lines.end("w ← w + m", sum(w$(old), m));
  },

  adagrad(old, lines, { epsilon, initial_accumulator_value: _start }: Reads<"epsilon" | "initial_accumulator_value">) {
    const total = lines.add("s", "s ← s + g²", sum(number(old.slots[0], "s"), square(g$(old))));
    const step = quotient(product(rate$(old), g$(old)), named("√(s + ε)", call("root", sum(total, exact(epsilon)))));
    return lines.end("w ← w − lr · g / √(s + ε)", difference(w$(old), step));
  },

  rmsprop(old, lines, { rho, momentum, epsilon, centered }: Reads<"rho" | "momentum" | "epsilon" | "centered">) {
    const [oldSquare, oldStep, oldMean] = old.slots;
    const v = lines.add("v", "v ← rho · v + (1 − rho) · g²", mixed(rho, number(oldSquare, "v"), square(g$(old))));
    const mean = centered === 0 ? undefined : lines.add("e", "e ← rho · e + (1 − rho) · g", mixed(rho, number(oldMean, "e"), g$(old)));
    const variance = mean ? difference(v, square(mean)) : v;
    const symbol = mean ? "√(v − e² + ε)" : "√(v + ε)";
    const step = quotient(product(rate$(old), g$(old)), named(symbol, call("root", sum(variance, exact(epsilon)))));
    if (momentum === 0) return lines.end(`w ← w − lr · g / ${symbol}`, difference(w$(old), step));
    const m = lines.add("m", `m ← momentum · m + lr · g / ${symbol}`, sum(product(exact(momentum), number(oldStep, "m")), step));
    return lines.end("w ← w − m", difference(w$(old), m));
  },

  adam: (old, lines, settings: AdamSettings) => adam(old, lines, w$(old), settings),

  adamw(old, lines, { weight_decay, ...settings }: AdamSettings & Reads<"weight_decay">) {
    const decayed = difference(w$(old), product(rate$(old), exact(weight_decay), w$(old)));
    return adam(old, lines, lines.add("w", "w ← w − lr · weight_decay · w", decayed), settings);
  },

  nadam(old, lines, { beta_1, beta_2, epsilon }: Reads<"beta_1" | "beta_2" | "epsilon">) {
    const t = old.step + 1;
    const [oldMean, oldSquare] = old.slots;
    const m = lines.add("m", "m ← β₁ · m + (1 − β₁) · g", mixed(beta_1, number(oldMean, "m"), g$(old)));
    const v = lines.add("v", "v ← β₂ · v + (1 − β₂) · g²", mixed(beta_2, number(oldSquare, "v"), square(g$(old))));
    const now = lines.add("u", "u = β₁ · (1 − ½ · 0.96ᵗ)", nadamFactor(beta_1, t));
    const next = lines.add("u′", "u′ = β₁ · (1 − ½ · 0.96ᵗ⁺¹)", nadamFactor(beta_1, t + 1));
    const all = lines.add("U", "U ← U · u", product(number(old.momentumProduct), now));
    const mean = lines.add(
      "m̂",
      "m̂ = u′ · m / (1 − U · u′) + (1 − u) · g / (1 − U)",
      sum(
        quotient(product(next, m), difference(one, product(all, next))),
        quotient(product(difference(one, now), g$(old)), difference(one, all)),
      ),
    );
    const corrected = lines.add("v̂", "v̂ = v / (1 − β₂ᵗ)", quotient(v, rest(beta_2, t)));
    const step = quotient(product(rate$(old), mean), named("√v̂ + ε", sum(call("root", corrected), exact(epsilon))));
    return lines.end("w ← w − lr · m̂ / (√v̂ + ε)", difference(w$(old), step));
  },

  adamax(old, lines, { beta_1, beta_2, epsilon }: Reads<"beta_1" | "beta_2" | "epsilon">) {
    const [oldMean, oldLargest] = old.slots;
    const m = lines.add("m", "m ← β₁ · m + (1 − β₁) · g", mixed(beta_1, number(oldMean, "m"), g$(old)));
    const u = lines.add("u", "u ← max(β₂ · u, |g|)", max(product(exact(beta_2), number(oldLargest, "u")), call("size", g$(old))));
    const alpha = lines.add("α", "α = lr / (1 − β₁ᵗ)", quotient(rate$(old), rest(beta_1, old.step + 1)));
    const step = quotient(product(alpha, m), named("u + ε", sum(u, exact(epsilon))));
    return lines.end("w ← w − α · m / (u + ε)", difference(w$(old), step));
  },

  adadelta(old, lines, { rho, epsilon }: Reads<"rho" | "epsilon">) {
    const [ofGradients, ofSteps] = old.slots;
    const E = lines.add("E", "E ← rho · E + (1 − rho) · g²", mixed(rho, number(ofGradients, "E"), square(g$(old))));
    const root = (of: Expression): Expression => call("root", sum(of, exact(epsilon)));
    const ratio = product(quotient(root(number(ofSteps, "D")), root(E)), g$(old));
    const step = lines.add("Δ", "Δ = √(D + ε) / √(E + ε) · g", ratio);
    return lines.end("w ← w − lr · Δ", difference(w$(old), product(rate$(old), step)));
  },

  lion(old, lines, { beta_1, beta_2: _later }: Reads<"beta_1" | "beta_2">) {
    const direction = lines.add("d", "d = β₁ · m + (1 − β₁) · g", mixed(beta_1, number(old.slots[0], "m"), g$(old)));
    return lines.end("w ← w − lr · sign(d)", difference(w$(old), product(rate$(old), call("sign", direction))));
  },

  perceptron: (old, lines) => lines.end("w ← w − lr · g", difference(w$(old), product(rate$(old), g$(old)))),
} satisfies Record<OptimizerName, Update>;

const UPDATES: { readonly [K in OptimizerName]: Update<SettingsOf<"optimizers">[K]> } = updates satisfies EveryRead<
  SettingsOf<"optimizers">,
  [typeof updates]
>;

/** Returns the working of a weight's update. */
export const updateWorking = <K extends OptimizerName>({ name, settings }: Configured<"optimizers", K>, old: OldWeight): Working =>
  UPDATES[name](old, linesOf(old), settings);
