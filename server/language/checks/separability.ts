/**
 * Decides and proves whether a straight line (or plane) separates two sets of points. A linear program finds either a line or a certificate
 * that there is none: mixes of both sets that are the same point (Kirchberger 1903). The floating-point result is then recomputed in
 * fractions, so that it is true of the numbers as written.
 */

import Fraction from "fraction.js";
import { type Coefficients, type Constraint, equalTo, greaterEq, solve } from "yalps";
import { rounded } from "../../../engine/numberText.ts";

export type Point = readonly number[];

/** A convex combination of points: each point with its weight. The weights are non-negative and sum to 1. */
export type Mix = readonly { readonly weight: Fraction; readonly point: Point }[];

/** Mixes of the two sets that are the same point. */
export interface Certificate {
  readonly first: Mix;
  readonly second: Mix;
  readonly meeting: readonly Fraction[];
}

/** A line: weights · x + offset is above 0 for every point of the second set and below 0 for every point of the first. */
export interface Line {
  readonly weights: readonly number[];
  readonly offset: number;
}

/** Returns a certificate that no line separates the sets. undefined if a line does, or if there is no proof. */
export function inseparable(first: readonly Point[], second: readonly Point[]): Certificate | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  // First try the certificate that is easiest to check by hand: one point of a set as a mix of the other set.
  const [inFirst, inSecond] = [nearest(first, centre(second)), nearest(second, centre(first))];
  return certify([inFirst], second) ?? certify(first, [inSecond]) ?? certify(first, second);
}

/** Returns a line that separates the sets. undefined if none does, or if there is no proof. */
export function separatingLine(first: readonly Point[], second: readonly Point[]): Line | undefined {
  const size = first[0]?.length ?? 0;
  if (first.length === 0 || second.length === 0) return undefined;
  const rows = [...first.map((point) => ({ point, side: -1 })), ...second.map((point) => ({ point, side: 1 }))];
  const constraints = rows.map((_row, i): [string, Constraint] => [`row${i}`, greaterEq(1)]);
  // The solver's variables are non-negative, so each weight is the difference of two. Minimizing the sum of both makes one of them 0 and
  // the line simple.
  const axes = Array.from({ length: size + 1 }, (_, k) => k);
  const variables = axes.flatMap((k) =>
    [1, -1].map((sign): [string, Coefficients] => [
      `${k} ${sign}`,
      [["size", k < size ? 1 : 1e-3], ...rows.map(({ point, side }, i): [string, number] => [`row${i}`, side * sign * (point[k] ?? 1)])],
    ]),
  );
  const { status, variables: found } = solve({ direction: "minimize", objective: "size", constraints, variables }, LIMITS);
  if (status !== "optimal") return undefined;
  const values = new Map(found);
  const weightOf = (k: number): number => rounded((values.get(`${k} 1`) ?? 0) - (values.get(`${k} -1`) ?? 0), 10);
  const line = { weights: axes.slice(0, size).map(weightOf), offset: weightOf(size) };
  return rows.every(({ point, side }) => sideOf(line, point) === side) ? line : undefined;
}

/** Returns which side a point is on, −1, 0 or 1, computed in fractions. */
function sideOf({ weights, offset }: Line, point: Point): number {
  const sum = weights.reduce((total, w, k) => total.add(exact(w).mul(exact(point[k] ?? 0))), exact(offset));
  return sum.compare(0);
}

/** Stops a solver that cycles. The result is then neither a line nor a certificate. */
const LIMITS = { maxPivots: 4000, includeZeroVariables: false };

function certify(first: readonly Point[], second: readonly Point[]): Certificate | undefined {
  const size = first[0]?.length ?? 0;
  const { low, range } = extent([...first, ...second], size);
  const constraints: [string, Constraint][] = [
    ["first", equalTo(1)],
    ["second", equalTo(1)],
    ...Array.from({ length: size }, (_, k): [string, Constraint] => [`x${k}`, equalTo(0)]),
  ];
  const columns = (points: readonly Point[], name: string, sign: number): [string, Coefficients][] =>
    points.map((point, i) => [
      `${name} ${i}`,
      // Scaled to 0..1, which helps the solver. The weights of both mixes sum to 1, so this changes both mixes in the same way.
      [[name, 1], ...point.map((x, k): [string, number] => [`x${k}`, (sign * (x - (low[k] ?? 0))) / (range[k] ?? 1)])],
    ]);
  const variables = [...columns(first, "first", 1), ...columns(second, "second", -1)];
  const { status, variables: found } = solve({ constraints, variables }, LIMITS);
  if (status !== "optimal") return undefined;
  const support = (name: string): number[] =>
    found.flatMap(([key, value]) => (key.startsWith(`${name} `) && value > 1e-9 ? [Number(key.slice(name.length + 1))] : []));
  return proven(
    support("first").map((i) => first[i] ?? []),
    support("second").map((i) => second[i] ?? []),
    size,
  );
}

/** Returns the certificate with its weights computed in fractions. undefined if they do not exist or one is negative. */
function proven(first: readonly Point[], second: readonly Point[], size: number): Certificate | undefined {
  const points = [...first, ...second];
  const isFirst = (j: number): boolean => j < first.length;
  const rows: Fraction[][] = [
    [...points.map((_, j) => new Fraction(isFirst(j) ? 1 : 0)), new Fraction(1)],
    [...points.map((_, j) => new Fraction(isFirst(j) ? 0 : 1)), new Fraction(1)],
    ...Array.from({ length: size }, (_, k) => [
      ...points.map((point, j) => exact(point[k] ?? 0).mul(isFirst(j) ? 1 : -1)),
      new Fraction(0),
    ]),
  ];
  const weights = solveExactly(rows, points.length);
  if (!weights || weights.some((weight) => weight.compare(0) < 0)) return undefined;
  const mix = (from: number, to: number): Mix =>
    points
      .slice(from, to)
      .map((point, i) => ({ weight: weights[from + i] ?? new Fraction(0), point }))
      .filter(({ weight }) => weight.compare(0) > 0);
  const [a, b] = [mix(0, first.length), mix(first.length, points.length)];
  const [meeting, other] = [placeOf(a, size), placeOf(b, size)];
  const isSame = meeting.every((x, k) => x.equals(other[k] ?? Number.NaN));
  return isSame && total(a).equals(1) && total(b).equals(1) ? { first: a, second: b, meeting } : undefined;
}

/** Solves linear equations by Gaussian elimination. Free unknowns are 0. Returns undefined if the equations are contradictory. */
function solveExactly(rows: Fraction[][], unknowns: number): Fraction[] | undefined {
  const pivots: number[] = [];
  let done = 0;
  for (let column = 0; column < unknowns && done < rows.length; column++) {
    const at = rows.findIndex((row, i) => i >= done && !row[column]?.equals(0));
    const pivotRow = rows[at];
    const top = rows[done];
    if (at < 0 || !pivotRow || !top) continue;
    rows[at] = top;
    const scaled = pivotRow.map((value) => value.div(pivotRow[column] ?? 1));
    rows[done] = scaled;
    for (const [i, row] of rows.entries()) {
      const factor = row[column];
      if (i === done || !factor || factor.equals(0)) continue;
      rows[i] = row.map((value, j) => value.sub(factor.mul(scaled[j] ?? 0)));
    }
    pivots.push(column);
    done++;
  }
  if (rows.slice(done).some((row) => !row[unknowns]?.equals(0))) return undefined;
  const solution = Array.from({ length: unknowns }, () => new Fraction(0));
  pivots.forEach((column, i) => {
    solution[column] = rows[i]?.[unknowns] ?? new Fraction(0);
  });
  return solution;
}

/** Returns the number as a fraction with its written value: 0.1 is one tenth. */
function exact(x: number): Fraction {
  const [digits = "0", exponent] = String(x).split("e");
  const value = new Fraction(digits);
  return exponent === undefined ? value : value.mul(new Fraction(10).pow(Number(exponent)) ?? 1);
}
const total = (mix: Mix): Fraction => mix.reduce((sum, { weight }) => sum.add(weight), new Fraction(0));
const placeOf = (mix: Mix, size: number): Fraction[] =>
  Array.from({ length: size }, (_, k) =>
    mix.reduce((sum, { weight, point }) => sum.add(weight.mul(exact(point[k] ?? 0))), new Fraction(0)),
  );

function extent(points: readonly Point[], size: number): { low: number[]; range: number[] } {
  const axis = Array.from({ length: size }, (_, k) => k);
  const low = axis.map((k) => points.reduce((min, point) => Math.min(min, point[k] ?? 0), Number.POSITIVE_INFINITY));
  const high = axis.map((k) => points.reduce((max, point) => Math.max(max, point[k] ?? 0), Number.NEGATIVE_INFINITY));
  return { low, range: axis.map((k) => (high[k] ?? 0) - (low[k] ?? 0) || 1) };
}

const centre = (points: readonly Point[]): Point =>
  (points[0] ?? []).map((_, k) => points.reduce((sum, point) => sum + (point[k] ?? 0), 0) / points.length);

function nearest(points: readonly Point[], to: Point): Point {
  const far = (point: Point): number => point.reduce((sum, x, k) => sum + (x - (to[k] ?? 0)) ** 2, 0);
  return points.reduce((best, point) => (far(point) < far(best) ? point : best), points[0] ?? []);
}
