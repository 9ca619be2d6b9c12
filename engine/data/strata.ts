/** Which rows are of one class, for a split that keeps each class's share. */
import type { TargetForm } from "../catalog/losses.ts";
import type { Column } from "./columns.ts";

/** The target columns of one output, and the form that its loss requires. */
export interface TargetColumns {
  readonly form: TargetForm;
  readonly columns: readonly Column[];
}

/**
 * Returns the class of a row by the first output whose target is one class in each of the rows: its number, 0 or 1, −1 or 1, or the only
 * 1 among one column a class. Returns undefined if there is none, as for numbers to predict.
 */
export function classesOf(outputs: readonly TargetColumns[], rows: readonly number[]): ((row: number) => number) | undefined {
  for (const { form, columns } of outputs) {
    const [first] = columns;
    if (!first || form === "number") continue;
    if (form === "class_index") return first.number;
    const classOf = form === "one_hot" && columns.length > 1 ? oneHotClass(columns) : columns.length === 1 ? sideOf(first) : undefined;
    if (classOf && rows.every((row) => classOf(row) !== undefined)) return (row) => classOf(row) ?? 0;
  }
  return undefined;
}

/** Returns the class of a row, or undefined for a row that is not 0 but for a single 1. */
function oneHotClass(columns: readonly Column[]): (row: number) => number | undefined {
  return (row) => {
    const values = columns.map(({ number }) => number(row));
    const isOneHot = values.every((value) => value === 0 || value === 1) && values.filter((value) => value === 1).length === 1;
    return isOneHot ? values.indexOf(1) : undefined;
  };
}

/** Returns a row's side, −1, 0 or 1, or undefined for any other number. */
function sideOf({ number }: Column): (row: number) => number | undefined {
  return (row) => {
    const value = number(row);
    return value === 0 || Math.abs(value) === 1 ? value : undefined;
  };
}
