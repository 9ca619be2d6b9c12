/** Splits rows into training, validation and test parts: shuffled with the seed, with the same share of every class in each part. */
import type { DataPlan } from "../plan.ts";
import { randomFrom, shuffle } from "../random.ts";

export interface Parts {
  /** Row numbers, ascending. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** Returns how many of the rows each part gets. A part without a row is an error, which the checker reports before a training. */
export function partSizes(
  rows: number,
  { validation, test, train }: DataPlan["split"],
): { readonly train: number; readonly validation: number; readonly test: number } {
  const inValidation = Math.min(Math.round(rows * validation), rows);
  const inTest = Math.min(Math.round(rows * test), rows - inValidation);
  const rest = rows - inValidation - inTest;
  return {
    train: isWhole({ validation, test, train }) ? rest : Math.min(Math.round(rows * train), rest),
    validation: inValidation,
    test: inTest,
  };
}

/** Whether the parts take all rows. */
const isWhole = ({ validation, test, train }: DataPlan["split"]): boolean => validation + test + train > 1 - 1e-9;

/** Returns the rows of each part. `classOf` returns a row's class; it is undefined if the target is a number to predict. */
export function splitRows(rows: number, split: DataPlan["split"], seed: number, classOf: ((row: number) => number) | undefined): Parts {
  const { validation, test, train } = split;
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = classOf?.(row) ?? 0;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const random = randomFrom(seed, "split");
  const parts: { train: number[]; validation: number[]; test: number[] } = { train: [], validation: [], test: [] };
  // Sizes are rounded on the running total of rows, so that the parts have the requested sizes even if the classes are small.
  let before = 0;
  for (const [, group] of [...groups].sort(([a], [b]) => a - b)) {
    const order = Uint32Array.from(group);
    if (validation > 0 || test > 0 || train < 1) shuffle(order, random);
    const taken = (share: number): number => Math.round((before + order.length) * share) - Math.round(before * share);
    const inValidation = taken(validation);
    const inTest = Math.min(taken(test), order.length - inValidation);
    const inTrain = isWhole(split) ? order.length - inValidation - inTest : Math.min(taken(train), order.length - inValidation - inTest);
    order.forEach((row, i) => {
      if (i < inValidation) parts.validation.push(row);
      else if (i < inValidation + inTest) parts.test.push(row);
      else if (i < inValidation + inTest + inTrain) parts.train.push(row);
    });
    before += order.length;
  }
  fillEmptyParts(parts, rows, split);
  const ascending = (part: number[]): Uint32Array => Uint32Array.from(part).sort();
  return { train: ascending(parts.train), validation: ascending(parts.validation), test: ascending(parts.test) };
}

/** Moves a row into each part that has none because its classes are small, although its share of all rows is at least one row. */
function fillEmptyParts(parts: Record<keyof Parts, number[]>, rows: number, split: DataPlan["split"]): void {
  const sizes = partSizes(rows, split);
  for (const name of ["train", "validation", "test"] as const) {
    if (sizes[name] === 0 || parts[name].length > 0) continue;
    const used = new Set([...parts.train, ...parts.validation, ...parts.test]);
    const unused = used.size < rows ? Array.from({ length: rows }, (_, row) => row).find((row) => !used.has(row)) : undefined;
    const largest = [parts.train, parts.validation, parts.test].reduce((a, b) => (b.length > a.length ? b : a));
    const row = unused ?? largest.pop();
    if (row !== undefined) parts[name].push(row);
  }
}
