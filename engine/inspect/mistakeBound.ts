/**
 * The bound on a perceptron's mistakes. Let every x have length at most R, including the bias's 1, and let the unit vector u separate the rows with
 * the margin γ. Each mistake increases w · u by at least η · γ and |w|² by at most (η · R)². From w = 0, this limits the mistakes to (R/γ)².
 */
import { formulaText } from "../numberText.ts";
import { type Expression, line, number, quotient, square } from "./arithmetic.ts";
import type { MistakeBound } from "./views.ts";

export interface BoundFacts {
  /** The rows, each with the bias's 1, and whether the unit must fire. */
  readonly rows: readonly { readonly x: readonly number[]; readonly isOn: boolean }[];
  readonly start: readonly number[];
  /** Weights that may separate the rows. Any separating weights yield a bound. */
  readonly separator: readonly number[];
  /** The learning rate η; null if it varies between steps or a correction is not η · x. */
  readonly rate: number | null;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((total, value, k) => total + value * (b[k] ?? 0), 0);
const lengthOf = (vector: readonly number[]): number => Math.sqrt(dot(vector, vector));

/** The maximum number of steps in the search for the widest margin, and the relative gain at which it stops. */
const [MOST_SEARCHES, LEAST_GAIN] = [1000, 1e-6];

/**
 * Returns the weights with the widest margin found by a search, or `known` if its margin is wider. The search is Gilbert's algorithm: it approaches
 * the point nearest to 0 in the convex hull of the rows, after flipping the rows for which the unit must not fire.
 */
export function widestSeparator(rows: BoundFacts["rows"], known: readonly number[]): readonly number[] {
  const turned = rows.map(({ x, isOn }) => x.map((one) => (isOn ? one : -one)));
  let nearest = turned[0] ?? known;
  for (let k = 0; k < MOST_SEARCHES; k++) {
    const along = turned.map((point) => dot(nearest, point));
    const least = turned[along.indexOf(Math.min(...along))] ?? nearest;
    const step = nearest.map((one, j) => (least[j] ?? 0) - one);
    const gain = -dot(nearest, step);
    if (gain <= LEAST_GAIN * dot(nearest, nearest)) break;
    const share = Math.min(1, gain / dot(step, step));
    nearest = nearest.map((one, j) => one + share * (step[j] ?? 0));
  }
  return marginOf(rows, nearest) > marginOf(rows, known) ? nearest : known;
}

/** Returns the smallest distance of a row from the line, negative if a row is on the wrong side; NaN for zero weights. */
const marginOf = (rows: BoundFacts["rows"], weights: readonly number[]): number =>
  Math.min(...rows.map(({ x, isOn }) => (isOn ? 1 : -1) * dot(weights, x))) / lengthOf(weights);

export function mistakeBound({ rows, start, separator, rate }: BoundFacts): MistakeBound {
  const none = { lines: [], fromZero: null, fromStart: null };
  if (rate === null)
    return { ...none, says: "The bound (R/γ)² is for a constant learning rate and outputs of 0 and 1, so there is none here." };
  const size = lengthOf(separator);
  const margin = marginOf(rows, separator);
  if (!(margin > 0)) return { ...none, says: "No line was found that separates the rows with a margin, so there is no bound." };
  const radius = Math.max(...rows.map(({ x }) => lengthOf(x)));
  const fromZero = (radius / margin) ** 2;
  const fromStart = boundFrom(start, { radius, margin, rate, separator, size });
  const ratio: Expression = quotient(number(radius, "R"), number(margin, "γ"));
  return {
    fromZero,
    fromStart,
    lines: [
      `R = ${formulaText(radius, DIGITS)}, the length of the longest x, with the 1 of the bias`,
      `γ = ${formulaText(margin, DIGITS)}, the least distance of a row from the separating line with the widest margin found, for |w| = 1`,
      line("(R/γ)²", fromZero, square(ratio)),
    ],
    says: startWords(start, fromStart),
  };
}

const DIGITS = 5;

function startWords(start: readonly number[], fromStart: number): string {
  const isAtZero = start.every((weight) => weight === 0);
  const own = isAtZero ? "" : ` From the start weights of this run there are at most ${formulaText(Math.floor(fromStart))}.`;
  return `From weights of 0 there are at most (R/γ)² mistakes, whatever the order of the rows.${own}`;
}

interface Separated {
  readonly radius: number;
  readonly margin: number;
  readonly rate: number;
  readonly separator: readonly number[];
  readonly size: number;
}

/** Returns the largest k with k · η · γ + w₀ · u ≤ √(|w₀|² + k · (η · R)²). The number of mistakes can't exceed it. */
function boundFrom(start: readonly number[], { radius, margin, rate, separator, size }: Separated): number {
  const along = dot(start, separator) / size / rate;
  const startSize = dot(start, start) / rate ** 2;
  const half = radius ** 2 - 2 * along * margin;
  return (half + Math.sqrt(half ** 2 + 4 * margin ** 2 * Math.max(0, startSize - along ** 2))) / (2 * margin ** 2);
}
