/** Evaluates expressions. Evaluation never throws: an error, or a number that is not computed yet, is a message. */
import { nearText } from "./nearest.ts";
import type { BinaryOperator, Expression, IndexPart } from "./parse.ts";

/** Numbers with a shape. The shape of a single number is empty. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export type Value = number | string | boolean | TensorValue;

export interface Problem {
  readonly problem: string;
  /** Whether the expression will have a value later in this batch. */
  readonly isLater: boolean;
}

export type Result = { readonly value: Value } | Problem;

/** Returns a name's value, or why it has none. */
export type Names = (path: readonly string[]) => Result;

class Failure extends Error {
  readonly isLater: boolean;
  constructor(message: string, isLater = false) {
    super(message);
    this.isLater = isLater;
  }
}

/** Returns the value of the argument of a `prev(...)`. */
export type Previous = (of: Expression) => Result;

const NO_PREVIOUS: Previous = () => ({ problem: "prev(...) has no value here.", isLater: false });

export function evaluate(expression: Expression, names: Names, previous: Previous = NO_PREVIOUS): Result {
  try {
    return { value: valued(expression, names, previous) };
  } catch (error) {
    if (error instanceof Failure) return { problem: error.message, isLater: error.isLater };
    throw error;
  }
}

/** Whether a value is true: the boolean true, a nonzero number, or a tensor without zeros. */
export function isTrue(value: Value): boolean {
  if (typeof value === "object") return Array.from(value.values).every((one) => one !== 0);
  return typeof value === "number" ? value !== 0 : typeof value === "boolean" ? value : value !== "";
}

function found(result: Result): Value {
  if ("problem" in result) throw new Failure(result.problem, result.isLater);
  return result.value;
}

function valued(expression: Expression, names: Names, previous: Previous): Value {
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "name":
      return found(names(expression.path));
    case "index":
      return indexed(tensorOf(valued(expression.of, names, previous), "An index"), expression.parts);
    case "call":
      return called(expression, names, previous);
    case "unary": {
      const value = valued(expression.of, names, previous);
      if (expression.operator === "not") return !isTrue(value);
      return mapped(tensorOf(value, "A minus"), (one) => -one);
    }
    case "binary":
      return binary(expression.operator, expression, (part) => valued(part, names, previous));
  }
}

function called({ name, arguments: given }: Extract<Expression, { kind: "call" }>, names: Names, previous: Previous): Value {
  if (name === "why") throw new Failure("why(...) has no value; ask it alone, in the debug console or a watch.");
  const rule = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name as FunctionName] : undefined;
  if (!rule && name !== "prev") throw new Failure(`There is no function ${name}${nearText(name, functionNames)}`);
  const [first] = given;
  if (!first || given.length > 1) throw new Failure(`${name} takes one value.`);
  return rule ? rule(tensorOf(valued(first, names, previous), name)) : found(previous(first));
}

/** Returns the arguments of the `prev(...)` in an expression. */
export function previousIn(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "call":
      return expression.name === "prev" ? expression.arguments.slice(0, 1) : expression.arguments.flatMap(previousIn);
    case "index":
    case "unary":
      return previousIn(expression.of);
    case "binary":
      return [...previousIn(expression.left), ...previousIn(expression.right)];
    default:
      return [];
  }
}

function tensorOf(value: Value, what: string): TensorValue {
  if (typeof value === "object") return value;
  if (typeof value === "string") throw new Failure(`${what} needs numbers, not the text "${value}".`);
  return { shape: [], values: [Number(value)] };
}

/** Converts a tensor without axes to its number. */
const unwrapped = (value: TensorValue): number | TensorValue => (value.shape.length === 0 ? value.values[0] : value);

const mapped = ({ shape, values }: TensorValue, f: (value: number) => number): number | TensorValue =>
  unwrapped({ shape, values: Array.from(values, f) });

const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? "a number" : shape.join("x"));

function binary(
  operator: BinaryOperator,
  { left, right }: Extract<Expression, { kind: "binary" }>,
  partValue: (part: Expression) => Value,
): Value {
  if (operator === "and") return isTrue(partValue(left)) && isTrue(partValue(right));
  if (operator === "or") return isTrue(partValue(left)) || isTrue(partValue(right));
  const [a, b] = [partValue(left), partValue(right)];
  if (typeof a === "string" || typeof b === "string") {
    if (operator === "==") return a === b;
    if (operator === "!=") return a !== b;
  }
  const [x, y] = [tensorOf(a, `"${operator}"`), tensorOf(b, `"${operator}"`)];
  const isNumber = x.shape.length === 0 && y.shape.length === 0;
  if (x.shape.length > 0 && y.shape.length > 0 && x.shape.join() !== y.shape.join())
    throw new Failure(`"${operator}" can't combine ${shapeText(x.shape)} with ${shapeText(y.shape)}.`);
  const [shape, length] = x.shape.length > 0 ? [x.shape, x.values.length] : [y.shape, y.values.length];
  const operation = ARITHMETIC[operator];
  const values = Array.from({ length }, (_, k) => operation(x.values[x.shape.length > 0 ? k : 0], y.values[y.shape.length > 0 ? k : 0]));
  if (isNumber && operator in COMPARES) return values[0] === 1;
  return unwrapped({ shape, values });
}

const COMPARES = { "<": true, "<=": true, ">": true, ">=": true, "==": true, "!=": true };
const ARITHMETIC: { readonly [O in Exclude<BinaryOperator, "and" | "or">]: (a: number, b: number) => number } = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
};

function indexed({ shape, values }: TensorValue, parts: readonly IndexPart[]): Value {
  if (shape.length === 0) throw new Failure("A number has no index.");
  if (parts.length > shape.length) throw new Failure(`${shapeText(shape)} has ${shape.length} axes, not ${parts.length}.`);
  const chosen = shape.map((size, axis) => choice(parts[axis] ?? { from: undefined, to: undefined }, size));
  let offsets = [0];
  shape.forEach((size, axis) => {
    offsets = offsets.flatMap((offset) => chosen[axis].at.map((at) => offset * size + at));
  });
  return unwrapped({
    shape: chosen.flatMap(({ at, isOne }) => (isOne ? [] : [at.length])),
    values: offsets.map((offset) => values[offset]),
  });
}

function choice(part: IndexPart, size: number): { readonly at: readonly number[]; readonly isOne: boolean } {
  if ("at" in part) {
    const at = part.at < 0 ? size + part.at : part.at;
    if (at < 0 || at >= size) throw new Failure(`Index ${part.at} is outside an axis of ${size} (0 to ${size - 1}).`);
    return { at: [at], isOne: true };
  }
  const within = (at: number): number => Math.min(size, Math.max(0, at < 0 ? size + at : at));
  const from = within(part.from ?? 0);
  const to = within(part.to ?? size);
  return { at: Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k), isOne: false };
}

const sum = ({ values }: TensorValue): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
};
const mean = (value: TensorValue): number => sum(value) / value.values.length;
const count = ({ values }: TensorValue, test: (value: number) => boolean): number => {
  let found = 0;
  for (let i = 0; i < values.length; i++) if (test(values[i])) found++;
  return found;
};
const extreme = ({ values }: TensorValue, isBetter: (value: number, best: number) => boolean): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (isBetter(values[i], values[best])) best = i;
  return best;
};

const FUNCTIONS = {
  norm({ values }) {
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
    return Math.sqrt(squares);
  },
  mean,
  std(value) {
    const center = mean(value);
    let squares = 0;
    for (let i = 0; i < value.values.length; i++) squares += (value.values[i] - center) ** 2;
    return Math.sqrt(squares / value.values.length);
  },
  min: (value) => value.values[extreme(value, (a, b) => a < b)] ?? Number.NaN,
  max: (value) => value.values[extreme(value, (a, b) => a > b)] ?? Number.NaN,
  sum,
  abs: (value) => mapped(value, Math.abs),
  sign: (value) => mapped(value, Math.sign),
  any: (value) => count(value, (one) => one !== 0) > 0,
  all: (value) => count(value, (one) => one !== 0) === value.values.length,
  count: (value) => count(value, (one) => one !== 0),
  isnan: (value) => count(value, Number.isNaN) > 0,
  argmax: (value) => extreme(value, (a, b) => a > b),
  shape: ({ shape }) => ({ shape: [shape.length], values: shape }),
} satisfies Record<string, (value: TensorValue) => Value>;

type FunctionName = keyof typeof FUNCTIONS;
export const functionNames = [...Object.keys(FUNCTIONS), "prev"];
