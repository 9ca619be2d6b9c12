/**
 * An evaluator of displayed arithmetic: it reads a line of One Step from its text alone, as a student with a pencil does. It shares no code with the
 * engine, which writes the lines.
 */

/** A number with its place of rounding, as it is displayed. */
export interface Shown {
  readonly value: number;
  /** Half a unit of the last digit. */
  readonly tolerance: number;
}

const CONSTANTS: Readonly<Record<string, number>> = { e: Math.E };
const FUNCTIONS: Readonly<Record<string, (...x: readonly number[]) => number>> = {
  ln: (x = 0) => Math.log(x),
  "√": (x = 0) => Math.sqrt(x),
  tanh: (x = 0) => Math.tanh(x),
  cosh: (x = 0) => Math.cosh(x),
  sign: (x = 0) => Math.sign(x),
  max: (...x) => Math.max(...x),
  min: (...x) => Math.min(...x),
  φ: (x = 0) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI),
  Φ: (x = 0) => normalBelow(x),
};

/** Returns the probability that a standard normal variable is below x: Simpson's rule on its density. */
function normalBelow(x: number): number {
  const steps = 2000;
  const width = x / steps;
  let total = 0;
  for (let k = 0; k <= steps; k++) {
    const weight = k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2;
    total += weight * Math.exp(-((k * width) ** 2) / 2);
  }
  return 0.5 + (total * width) / 3 / Math.sqrt(2 * Math.PI);
}

const TOKEN = /\s*(\d+(?:\.\d+)?(?:e[−+]?\d+)?|\[\d+ smaller: −?[\d.]+(?:e[−+]?\d+)?\]|[a-z√φΦ]+|[−+·/^²(),|])/y;

/** A value with a bound of its rounding errors. */
export interface Evaluated {
  readonly value: number;
  readonly error: number;
}

const UNIT = 2 ** -52;
const rounded = (value: number, error: number): Evaluated => ({ value, error: error + UNIT * Math.abs(value) });
const plus = (a: Evaluated, b: Evaluated): Evaluated => rounded(a.value + b.value, a.error + b.error);
const minus = (a: Evaluated, b: Evaluated): Evaluated => rounded(a.value - b.value, a.error + b.error);
const times = (a: Evaluated, b: Evaluated): Evaluated =>
  rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error);
const over = (a: Evaluated, b: Evaluated): Evaluated => {
  const value = a.value / b.value;
  return rounded(value, (a.error + Math.abs(value) * b.error) / Math.abs(b.value));
};

/** Returns the value of an expression. Throws an Error for text that is no arithmetic. */
export function evaluate(text: string): Evaluated {
  const tokens = tokensOf(text);
  let at = 0;
  const next = (): string | undefined => tokens[at];
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`"${text}" has no ${expected ?? "operand"} at ${at}.`);
    return token;
  };
  const sum = (): Evaluated => {
    let value = product();
    while (next() === "+" || next() === "−") value = take() === "+" ? plus(value, product()) : minus(value, product());
    return value;
  };
  const product = (): Evaluated => {
    let value = signed();
    while (next() === "·" || next() === "/") value = take() === "·" ? times(value, signed()) : over(value, signed());
    return value;
  };
  const signed = (): Evaluated => {
    if (next() !== "−") return power();
    take();
    const { value, error } = power();
    return { value: -value, error };
  };
  const power = (): Evaluated => {
    const base = operand();
    if (next() !== "^" && next() !== "²") return base;
    const exponent = take() === "²" ? { value: 2, error: 0 } : operand();
    return applied((x = 0, y = 0) => x ** y, [base, exponent]);
  };
  const operand = (): Evaluated => {
    const token = take();
    if (/^\d/.test(token)) return exactly(token);
    if (token.startsWith("[")) return exactly(token.slice(token.indexOf(":") + 1, -1).trim());
    if (token === "(") return closed(")");
    if (token === "|") return applied(Math.abs, [closed("|")]);
    const constant = CONSTANTS[token];
    if (constant !== undefined) return { value: constant, error: 0 };
    const called = FUNCTIONS[token];
    if (!called) throw new Error(`"${text}" has the unknown word ${token}.`);
    take("(");
    const inner = [sum()];
    while (next() === ",") {
      take();
      inner.push(sum());
    }
    take(")");
    return applied(called, inner);
  };
  const closed = (end: string): Evaluated => {
    const value = sum();
    take(end);
    return value;
  };
  const value = sum();
  if (at < tokens.length) throw new Error(`"${text}" goes on after its end: ${tokens.slice(at).join(" ")}.`);
  return value;
}

const exactly = (text: string): Evaluated => ({ value: numberFrom(text), error: 0 });

/** Applies a function. The result's error is how much the function changes if its arguments change by their errors. */
function applied(of: (...x: readonly number[]) => number, inner: readonly Evaluated[]): Evaluated {
  const values = inner.map(({ value }) => value);
  const value = of(...values);
  const errors = inner.map(({ error }, k) => {
    const moved = [error, -error].map((by) => Math.abs(of(...values.map((one, j) => (j === k ? one + by : one))) - value));
    return Math.max(0, ...moved.filter(Number.isFinite));
  });
  return rounded(value, errors.reduce((a, b) => a + b, 0) + UNIT * Math.abs(value));
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new Error(`"${text}" has no arithmetic at ${from}: ${text.slice(from)}.`);
    tokens.push(token);
  }
  return tokens;
}

/** Returns the number of its text. Throws an Error for text that is no number. */
function numberFrom(text: string): number {
  const value = Number(text.replaceAll("−", "-"));
  if (Number.isNaN(value)) throw new Error(`"${text}" is no number.`);
  return value;
}

/** Returns a displayed number with its rounding: to four digits at least, since the zeros at its end are not displayed, and to whole numbers below a million. */
export function shown(text: string): Shown {
  const value = numberFrom(text);
  const digits = Math.max(4, text.replace(/e.*$/, "").replaceAll(/[−.]/g, "").replace(/^0+/, "").length);
  const size = Math.floor(Math.log10(Math.abs(value))) + 1;
  return { value, tolerance: value === 0 ? 0 : 0.5 * 10 ** (size - digits) };
}

export interface ReadLine {
  /** The text before the first equals sign. */
  readonly left: string;
  /** The last expression of numbers; undefined if the line only names its result. */
  readonly arithmetic: string | undefined;
  readonly result: Shown;
  readonly since: string | undefined;
}

/** Reads "left = symbols = arithmetic = result, since condition". */
export function readLine(line: string): ReadLine {
  const [chain = "", since] = line.split(", since ");
  const parts = chain.split(" = ");
  const result = shown(parts.at(-1) ?? "");
  const before = parts.length > 2 ? parts.at(-2) : undefined;
  const isArithmetic = before !== undefined && /\d/.test(before) && isReadable(before);
  return { left: parts[0] ?? "", arithmetic: isArithmetic ? before : undefined, result, since };
}

function isReadable(text: string): boolean {
  try {
    evaluate(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns whether a condition such as "z = 0.5 > 0 and < 6" is true of its own numbers; undefined if it compares none. */
export function isTrue(condition: string): boolean | undefined {
  const bare = condition
    .replaceAll(/\b(?:[zat] =|active|threshold)/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  const match = /^(−?[\d.]+(?:e[−+]?\d+)?) ([<>=≥≤≠]) (−?[\d.]+(?:e[−+]?\d+)?)(?: and < (−?[\d.]+))?$/.exec(bare);
  if (!match) return undefined;
  const [, left = "", sign = "", right = "", below] = match;
  const [a, b] = [numberFrom(left), numberFrom(right)];
  const holds = { "<": a < b, ">": a > b, "=": a === b, "≥": a >= b, "≤": a <= b, "≠": a !== b }[sign];
  return holds === true && (below === undefined || a < numberFrom(below));
}
