/** Matrices for the screen: a corner of the numbers with names, and the computation of each number. */

import type { Numbers } from "../kernels/kernels.ts";
import { formulaText } from "../numberText.ts";
import type { WalkMatrix } from "./views.ts";

/** The largest part of a matrix that is shown. All of it is computed. */
const MAX_ROWS = 6;
const MAX_COLUMNS = 10;
/** The number of terms of a sum that are written out. A longer sum shows its largest terms. */
const MAX_TERMS = 4;

/** Returns a number as a term of a product or a sum: a negative one is in parentheses. */
export const term = (n: number): string => (n < 0 ? `(${formulaText(n)})` : formulaText(n));

/** Returns the sum of the products left[k] · right[k], plus `extra`, as text. The largest terms of a long sum are written out. */
export function sumOf(left: readonly number[], right: readonly number[], extra?: number): string {
  const order = left.map((_, k) => k).sort((a, b) => Math.abs(left[b] * right[b]) - Math.abs(left[a] * right[a]));
  const shown = order.slice(0, left.length <= MAX_TERMS + 1 ? left.length : MAX_TERMS).sort((a, b) => a - b);
  const rest = left.length - shown.length;
  const parts = shown.map((k) => `${term(left[k])} · ${term(right[k])}`);
  if (rest > 0) parts.push(`… ${rest} smaller`);
  if (extra !== undefined) parts.push(term(extra));
  return parts.join(" + ");
}

export interface MatrixOptions {
  readonly name: string;
  readonly values: Numbers;
  readonly shape: readonly [number, number];
  readonly rows: (row: number) => string;
  readonly columns: (column: number) => string;
  readonly working?: (row: number, column: number) => string;
}

export function matrix({ name, values, shape, rows, columns, working }: MatrixOptions): WalkMatrix {
  const [height, width] = [Math.min(shape[0], MAX_ROWS), Math.min(shape[1], MAX_COLUMNS)];
  const grid = <T>(cell: (row: number, column: number) => T): T[][] =>
    Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_cell, column) => cell(row, column)));
  return {
    name,
    shape,
    rows: Array.from({ length: height }, (_, row) => rows(row)),
    columns: Array.from({ length: width }, (_, column) => columns(column)),
    values: grid((row, column) => values[row * shape[1] + column]),
    workings: working ? grid(working) : null,
  };
}
