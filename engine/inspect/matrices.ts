/** Matrices for display: the top left part of the numbers, with names, and the computation of each number. */

import type { Numbers } from "../kernels/kernels.ts";
import { type Expression, line } from "./arithmetic.ts";
import { slipsOf } from "./slips.ts";
import type { CellUse, WalkMatrix, Working } from "./views.ts";

/** The size of the displayed part of a matrix. All numbers are computed. */
const MAX_ROWS = 6;
const MAX_COLUMNS = 10;

export interface MatrixOptions {
  readonly name: string;
  readonly values: Numbers;
  readonly shape: readonly [number, number];
  readonly rows: (row: number) => string;
  readonly columns: (column: number) => string;
  readonly formula?: string;
  readonly uses?: readonly CellUse[];
  readonly working?: ((row: number, column: number) => Working) | undefined;
}

/** References to the cell at the same position, the whole row, and the whole column of a matrix. */
export const sameCell = (name: string): CellUse => ({ matrix: name, row: "i", column: "j" });
export const ownRow = (name: string): CellUse => ({ matrix: name, row: "i", column: "all" });
export const ownColumn = (name: string): CellUse => ({ matrix: name, row: "all", column: "j" });

export function matrix({ name, values, shape, rows, columns, formula = "", uses = [], working }: MatrixOptions): WalkMatrix {
  const [height, width] = [Math.min(shape[0], MAX_ROWS), Math.min(shape[1], MAX_COLUMNS)];
  const grid = <T>(cell: (row: number, column: number) => T): T[][] =>
    Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_cell, column) => cell(row, column)));
  return {
    name,
    shape,
    rows: Array.from({ length: height }, (_, row) => rows(row)),
    columns: Array.from({ length: width }, (_, column) => columns(column)),
    values: grid((row, column) => values[row * shape[1] + column]),
    formula,
    workings: working ? grid(working) : null,
    uses,
  };
}

/** Returns a working with one line. The forms are ordered from the most readable. */
export const worked = (left: string, result: number, ...forms: readonly Expression[]): Working => ({
  lines: [line(left, result, ...forms)],
  slips: forms[0] ? slipsOf(forms[0]) : [],
});

/** Returns a working with one line of explanation and no arithmetic. */
export const stated = (text: string): Working => ({ lines: [text], slips: [] });
