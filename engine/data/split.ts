/**
 * Splits rows into training, validation and test parts: shuffled with the seed and with the same share of every class in each part, or in file order,
 * or so that the rows of a group stay together.
 */
import type { SplitPlan } from "../plan.ts";
import { randomFrom, shuffle } from "../random.ts";

export interface Parts {
  /** Row numbers, ascending. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** The fractions of the rows in each part. The remaining rows are unused. */
type Shares = Pick<SplitPlan, keyof Parts>;

/** The information about the rows that a split needs. A function is undefined if the plan does not use it. */
export interface SplitRows {
  readonly count: number;
  /** Returns a row's class. */
  readonly classOf: ((row: number) => number) | undefined;
  /** Returns the value of the grouping column. Rows with equal values stay in one part. */
  readonly groupOf: ((row: number) => string) | undefined;
}

/** Returns the rows of each part, split as in the plan. */
export function partition({ count, classOf, groupOf }: SplitRows, split: SplitPlan, seed: number): Parts {
  if (groupOf) return splitGroups(count, split, groupOf, split.shuffle ? seed : null);
  return split.shuffle ? splitRows(count, split, seed, classOf) : splitInOrder(count, split);
}

/** Returns the parts in file order: training, validation, test. */
function splitInOrder(rows: number, split: Shares): Parts {
  const { train, validation, test } = partSizes(rows, split);
  const range = (from: number, count: number): Uint32Array => Uint32Array.from({ length: count }, (_, k) => from + k);
  return { train: range(0, train), validation: range(train, validation), test: range(train + validation, test) };
}

/**
 * Returns parts of whole groups, which are taken in random order, or in the order of their first rows if `seed` is null. A group belongs to the part
 * that contains the middle of its rows. Every part with rows by `partSizes` gets a group if there are enough groups.
 */
function splitGroups(rows: number, split: Shares, groupOf: (row: number) => string, seed: number | null): Parts {
  const groups = new Map<string, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = groupOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const all = [...groups.values()];
  const order = Uint32Array.from(all.keys());
  if (seed !== null) shuffle(order, randomFrom(seed, "split"));
  const sizes = partSizes(rows, split);
  const parts: Record<keyof Parts, number[]> = { train: [], validation: [], test: [] };
  const wanted = (["train", "validation", "test"] as const).filter((name) => sizes[name] > 0);
  let at = 0;
  let end = sizes[wanted[0]] ?? 0;
  let before = 0;
  for (const [k, index] of order.entries()) {
    const group = all[index];
    const middle = before + group.length / 2;
    before += group.length;
    // Each part takes at least one group and leaves at least one for each later part.
    const isLeft = (): boolean =>
      at < wanted.length && parts[wanted[at]].length > 0 && (middle > end || order.length - k < wanted.length - at);
    while (isLeft()) {
      at++;
      end += sizes[wanted[at]] ?? 0;
    }
    if (at < wanted.length) parts[wanted[at]].push(...group);
  }
  const ascending = (part: number[]): Uint32Array => Uint32Array.from(part).sort();
  return { train: ascending(parts.train), validation: ascending(parts.validation), test: ascending(parts.test) };
}

/** Returns the number of rows in each part. A part without rows is an error, which the checker reports before training. */
export function partSizes(
  rows: number,
  { validation, test, train }: Shares,
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

/** Whether the parts contain all rows. */
const isWhole = ({ validation, test, train }: Shares): boolean => validation + test + train > 1 - 1e-9;

/** Returns the rows of each part. `classOf` returns a row's class; it is undefined for a numeric target. */
export function splitRows(rows: number, split: Shares, seed: number, classOf: ((row: number) => number) | undefined): Parts {
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
  // Sizes are rounded on the running total of rows, so that the parts have the requested sizes even if classes are small.
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

/** Moves a row into each part that is empty because its classes are small, although its share of all rows is at least one row. */
function fillEmptyParts(parts: Record<keyof Parts, number[]>, rows: number, split: Shares): void {
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
