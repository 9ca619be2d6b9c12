/**
 * The bound on a perceptron's mistakes. With x of length R at most (the 1 of the bias is one of its numbers) and a unit vector u that separates the rows
 * with the margin γ, each mistake makes w · u larger by η · γ at least and |w|² larger by (η · R)² at most. From w = 0 that ends after (R/γ)² mistakes.
 */
import { formulaText } from "../numberText.ts";
import { type Expression, line, number, quotient, square } from "./arithmetic.ts";
import type { MistakeBound } from "./views.ts";

export interface BoundFacts {
  /** The rows with the 1 of the bias, and whether the unit must fire. */
  readonly rows: readonly { readonly x: readonly number[]; readonly isOn: boolean }[];
  readonly start: readonly number[];
  /** Weights that may separate the rows. Any that do give a bound. */
  readonly separator: readonly number[];
  /** The learning rate η; null if it is not the same in each step, or if a correction is not η · x. */
  readonly rate: number | null;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((total, value, k) => total + value * (b[k] ?? 0), 0);
const lengthOf = (vector: readonly number[]): number => Math.sqrt(dot(vector, vector));

/** The steps of the search for the widest margin, and the relative gain below which it ends. */
const [MOST_SEARCHES, LEAST_GAIN] = [1000, 1e-6];

/**
 * Returns the weights with the widest margin that a search finds, or `known` if theirs is wider. The search is Gilbert's: it moves towards the point
 * nearest to 0 of the convex hull of the rows, each turned to the side on which the unit fires.
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

/** Returns the least distance of a row from the line, negative if a row is on the wrong side; NaN for weights of 0. */
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

/** Returns the largest k with k · η · γ + w₀ · u ≤ √(|w₀|² + k · (η · R)²), which no number of mistakes exceeds. */
function boundFrom(start: readonly number[], { radius, margin, rate, separator, size }: Separated): number {
  const along = dot(start, separator) / size / rate;
  const startSize = dot(start, start) / rate ** 2;
  const half = radius ** 2 - 2 * along * margin;
  return (half + Math.sqrt(half ** 2 + 4 * margin ** 2 * Math.max(0, startSize - along ** 2))) / (2 * margin ** 2);
}
