/** Finds the class of each row, for a split in which every part has the same share of each class. */
import type { TargetForm } from "../catalog/losses.ts";
import type { Column } from "./columns.ts";

/** The target columns of one output, and the form required by its loss. */
export interface TargetColumns {
  readonly form: TargetForm;
  readonly columns: readonly Column[];
}

/**
 * Returns a function that reads a row's class from the first output with a class target in every row: a class index, 0 or 1, −1 or 1, or a one-hot
 * row. Returns undefined if there is no such output, as for numeric targets.
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

/** Returns a function that reads the class of a one-hot row. It returns undefined for any other row. */
function oneHotClass(columns: readonly Column[]): (row: number) => number | undefined {
  return (row) => {
    const values = columns.map(({ number }) => number(row));
    const isOneHot = values.every((value) => value === 0 || value === 1) && values.filter((value) => value === 1).length === 1;
    return isOneHot ? values.indexOf(1) : undefined;
  };
}

/** Returns a function that reads a target of −1, 0 or 1. It returns undefined for any other number. */
function sideOf({ number }: Column): (row: number) => number | undefined {
  return (row) => {
    const value = number(row);
    return value === 0 || Math.abs(value) === 1 ? value : undefined;
  };
}
