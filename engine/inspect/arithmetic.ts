/**
 * Arithmetic as data: an expression of numbers that has both a text and the value of that text. The walk-through writes each of its numbers as such
 * an expression, with enough digits in the operands that a reader with a pencil gets the displayed result.
 */
import { erf, normalDensity } from "../catalog/special.ts";
import { formulaText, formulaValue, WHOLE_DIGITS } from "../numberText.ts";

type FunctionName = keyof typeof FUNCTIONS;

/** `name` is the expression's symbol in the formula. */
export type Expression = { readonly name?: string | undefined } & (
  | { readonly kind: "number"; readonly value: number; readonly isExact: boolean }
  /** `rest` is the subtotal of a long sum's terms that are not written out. */
  | { readonly kind: "sum" | "product" | "max" | "min" | "rest"; readonly parts: readonly Expression[] }
  | { readonly kind: "difference" | "quotient" | "power"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "call"; readonly of: FunctionName; readonly inner: Expression }
);

const FUNCTIONS = {
  negative: { value: (x: number) => -x, text: (x: string) => `−${x}` },
  size: { value: Math.abs, text: (x: string) => `|${x}|` },
  exp: { value: Math.exp, text: (x: string) => `e^(${x})` },
  root: { value: Math.sqrt, text: (x: string) => `√(${x})` },
  ln: { value: Math.log, text: (x: string) => `ln(${x})` },
  tanh: { value: Math.tanh, text: (x: string) => `tanh(${x})` },
  cosh: { value: Math.cosh, text: (x: string) => `cosh(${x})` },
  sign: { value: (x: number) => (x === 0 ? 0 : Math.sign(x)), text: (x: string) => `sign(${x})` },
  /** The standard normal distribution function and density. */
  Phi: { value: (x: number) => 0.5 * (1 + erf(x * Math.SQRT1_2)), text: (x: string) => `Φ(${x})` },
  phi: { value: normalDensity, text: (x: string) => `φ(${x})` },
} as const;

/** The maximum number of terms of a sum that are written out. A longer sum shows its largest terms and the subtotal of the others. */
const MAX_TERMS = 4;

/** Returns a measured number. Its text has as many digits as the result needs. */
export const number = (value: number, name?: string): Expression => ({ kind: "number", value, isExact: false, name });
/** Returns a count, or a constant from a formula or the file. Its text is exact. */
export const exact = (value: number, name?: string): Expression => ({ kind: "number", value, isExact: true, name });
/** Returns the sum; a single term is written without parentheses. */
export const sum = (...parts: readonly Expression[]): Expression => (parts.length === 1 ? parts[0] : { kind: "sum", parts });
export const product = (...parts: readonly Expression[]): Expression => ({ kind: "product", parts });
export const max = (...parts: readonly Expression[]): Expression => ({ kind: "max", parts });
export const min = (...parts: readonly Expression[]): Expression => ({ kind: "min", parts });
export const difference = (left: Expression, right: Expression): Expression => ({ kind: "difference", left, right });
export const quotient = (left: Expression, right: Expression): Expression => ({ kind: "quotient", left, right });
export const power = (left: Expression, right: Expression): Expression => ({ kind: "power", left, right });
export const square = (left: Expression): Expression => power(left, exact(2));
export const call = (of: FunctionName, inner: Expression): Expression => ({ kind: "call", of, inner });
export const named = (name: string, expression: Expression): Expression => ({ ...expression, name });

/** Returns the sum of the terms, plus `extra`. A long sum shows its largest terms in order, then the subtotal of the others. */
export function longSum(terms: readonly Expression[], ...extra: readonly Expression[]): Expression {
  if (terms.length <= MAX_TERMS + 1) return sum(...terms, ...extra);
  // NaN counts as the largest term.
  const sizes = terms.map((term) => Math.abs(evaluated(term))).map((size) => (Number.isNaN(size) ? Number.POSITIVE_INFINITY : size));
  const order = terms.map((_, k) => k).sort((a, b) => (sizes[a] === sizes[b] ? 0 : sizes[b] - sizes[a]));
  const isShown = new Set(order.slice(0, MAX_TERMS));
  const rest: Expression = { kind: "rest", parts: terms.filter((_, k) => !isShown.has(k)) };
  return sum(...terms.filter((_, k) => isShown.has(k)), rest, ...extra);
}

/** Returns the value of the expression's text with `digits` digits in each measured operand; without `digits`, the exact value. */
export function evaluated(expression: Expression, digits = Number.POSITIVE_INFINITY): number {
  const of = (part: Expression): number => evaluated(part, digits);
  switch (expression.kind) {
    case "number":
      return expression.isExact ? expression.value : formulaValue(expression.value, digits);
    case "sum":
      return expression.parts.reduce((total, part) => total + of(part), 0);
    case "rest":
      return formulaValue(
        expression.parts.reduce((total, part) => total + evaluated(part), 0),
        digits,
      );
    case "product":
      return expression.parts.reduce((total, part) => total * of(part), 1);
    case "max":
      return Math.max(...expression.parts.map(of));
    case "min":
      return Math.min(...expression.parts.map(of));
    case "difference":
      return of(expression.left) - of(expression.right);
    case "quotient":
      return of(expression.left) / of(expression.right);
    case "power":
      return of(expression.left) ** of(expression.right);
    case "call":
      return FUNCTIONS[expression.of].value(of(expression.inner));
  }
}

/** The precedence of an expression's text. An operand with lower precedence gets parentheses. A negative number has the precedence of a sum. */
function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case "number":
      return expression.value < 0 ? 0 : 4;
    case "sum":
    case "difference":
      return 1;
    case "product":
    case "quotient":
      return 2;
    case "power":
      return 3;
    case "call":
      return expression.of === "negative" ? 0 : expression.of === "exp" ? 3 : 4;
    case "max":
    case "min":
    case "rest":
      return 4;
  }
}

/** Returns the text with `digits` digits in each measured operand. */
export function textOf(expression: Expression, digits: number): string {
  const of = (part: Expression, least: number): string => {
    const text = textOf(part, digits);
    return bindingOf(part) < least ? `(${text})` : text;
  };
  switch (expression.kind) {
    case "number":
      return expression.isExact ? formulaText(expression.value, MOST_DIGITS) : formulaText(expression.value, digits);
    case "sum":
      // A leading minus sign needs no parentheses.
      return expression.parts.map((part, k) => of(part, k === 0 && part.kind === "number" ? 0 : 1)).join(" + ");
    case "rest":
      return `[${expression.parts.length} smaller: ${formulaText(evaluated(expression, digits), digits)}]`;
    case "product":
      return expression.parts.map((part) => of(part, part.kind === "quotient" ? 3 : 2)).join(" · ");
    case "max":
    case "min":
      return `${expression.kind}(${expression.parts.map((part) => textOf(part, digits)).join(", ")})`;
    case "difference":
      return `${of(expression.left, expression.left.kind === "number" ? 0 : 1)} − ${of(expression.right, 2)}`;
    case "quotient":
      return `${of(expression.left, 2)} / ${of(expression.right, 3)}`;
    case "power": {
      const base = of(expression.left, 4);
      return evaluated(expression.right) === 2 ? `${base}²` : `${base}^${of(expression.right, 4)}`;
    }
    case "call":
      return FUNCTIONS[expression.of].text(expression.of === "negative" ? of(expression.inner, 2) : textOf(expression.inner, digits));
  }
}

/** The minimum number of digits of a result and its operands, as in the tables. */
const DIGITS = 4;
const MOST_DIGITS = 15;
/** Differences below this share of a sum's largest term are floating-point rounding errors. */
const ROUNDING = 1e-12;

/**
 * Returns "left = expression = result". The operands have the fewest digits for which the text's value equals the result to the digits shown. Uses
 * the first expression that has such digits. Later ones are alternative forms for numbers at which the first one cancels.
 */
export function line(left: string, result: number, ...forms: readonly Expression[]): string {
  const [first] = forms;
  if (!first) return `${left} = ${formulaText(result, DIGITS)}`;
  if (!Number.isFinite(result)) return chain(left, textOf(first, DIGITS), formulaText(result, DIGITS));
  // Terms that cancel to 0 only do so with all of their digits.
  if (Math.abs(result) <= ROUNDING * magnitudeOf(first)) {
    const isExact = evaluated(first, DIGITS) === 0;
    return isExact ? chain(left, textOf(first, DIGITS), "0") : `${left} = ${textOf(first, DIGITS + 2)} ≈ 0`;
  }
  for (let shown = DIGITS; shown <= DIGITS + 4; shown++) {
    for (const form of forms) {
      const rounding = ROUNDING * magnitudeOf(form);
      for (let digits = shown; digits <= MOST_DIGITS; digits++) {
        if (!isResult(evaluated(form, digits), formulaValue(result, shown), shown, rounding)) continue;
        return chain(left, textOf(form, digits), formulaText(result, shown));
      }
    }
  }
  return `${left} = ${textOf(first, MOST_DIGITS)} ≈ ${formulaText(result, DIGITS)}`;
}

/** Omits an expression that equals the result. */
const chain = (left: string, expression: string, result: string): string =>
  expression === result ? `${left} = ${result}` : `${left} = ${expression} = ${result}`;

function isResult(value: number, shown: number, digits: number, rounding: number): boolean {
  const size = Math.floor(Math.log10(Math.abs(shown))) + 1;
  const lastDigit = shown === 0 ? 0 : 10 ** (size - (size <= WHOLE_DIGITS ? Math.max(digits, size) : digits));
  return Math.abs(value - shown) <= Math.max(0.5 * lastDigit, rounding);
}

/** Returns the scale of the expression's rounding errors: the largest term of a sum, even if the terms cancel. */
function magnitudeOf(expression: Expression): number {
  switch (expression.kind) {
    case "number":
      return Math.abs(expression.value);
    case "sum":
    case "rest":
    case "max":
    case "min":
      return expression.parts.reduce((most, part) => Math.max(most, magnitudeOf(part)), 0);
    case "difference":
      return Math.max(magnitudeOf(expression.left), magnitudeOf(expression.right));
    case "product":
      return expression.parts.reduce((all, part) => all * magnitudeOf(part), 1);
    case "quotient":
      return magnitudeOf(expression.left) / Math.abs(evaluated(expression.right));
    case "power":
      return Math.max(Math.abs(evaluated(expression)), magnitudeOf(expression.left) ** evaluated(expression.right));
    case "call":
      return Math.max(Math.abs(evaluated(expression)), expression.of === "exp" ? 0 : Math.min(1, magnitudeOf(expression.inner)));
  }
}
