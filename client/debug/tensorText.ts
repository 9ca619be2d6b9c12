/** Tensors as lines of text. Shape and statistics come before the numbers, so a large tensor need not be opened. */
import { numberText } from "../../engine/numberText.ts";

export interface ShownTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Tensors with at most this many numbers show all of them. */
const FEW = 8;

/** Returns "float32[4, 3]  norm 1.25  mean 0.1  -1 to 2  25 % zeros", followed by the numbers if there are at most `FEW`. */
export function tensorText({ shape, values }: ShownTensor, precision: string): string {
  const { length } = values;
  if (shape.length === 0) return numberText(values[0] ?? Number.NaN);
  const head = `${precision}[${shape.join(", ")}]`;
  if (length === 0) return head;
  let [sum, squares, zeros, nans] = [0, 0, 0, 0];
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0;
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
    if (Number.isNaN(value)) nans++;
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  if (length <= FEW && shape.length === 1) return `${head}  ${listText(Array.from(values))}`;
  const parts = [
    `norm ${numberText(Math.sqrt(squares))}`,
    `mean ${numberText(sum / length)}`,
    ...(nans < length ? [`${numberText(least)} to ${numberText(largest)}`] : []),
    ...(zeros > 0 ? [`${numberText((100 * zeros) / length)} % zeros`] : []),
    ...(nans > 0 ? [`${nans} NaN`] : []),
    ...(length <= FEW ? [listText(Array.from(values))] : []),
  ];
  return `${head}  ${parts.join("  ")}`;
}

/** Returns a row's first numbers in brackets. */
export function listText(values: readonly number[]): string {
  const shown = values.slice(0, FEW).map(numberText);
  return `[${shown.join(", ")}${values.length > FEW ? ", …" : ""}]`;
}

/** Returns the numbers as a nested list that can be pasted after `kernel=`. Every number reads back exactly. */
export function nestedList({ shape, values }: ShownTensor, from = 0): string {
  const [size, ...inner] = shape;
  if (size === undefined) return String(values[from]);
  const step = inner.reduce((a, b) => a * b, 1);
  return `[${Array.from({ length: size }, (_, k) => nestedList({ shape: inner, values }, from + k * step)).join(", ")}]`;
}

/** Returns one line per number of a vector, or one comma-separated line per row of a tensor. Every number reads back exactly. */
export function csvText({ shape, values }: ShownTensor): string {
  const [rows = 1, ...inner] = shape;
  const width = inner.reduce((a, b) => a * b, 1);
  const line = (row: number): string => Array.from({ length: width }, (_, k) => String(values[row * width + k])).join(",");
  return Array.from({ length: rows }, (_, row) => `${line(row)}\n`).join("");
}
