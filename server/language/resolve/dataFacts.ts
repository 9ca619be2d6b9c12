/**
 * Facts about a data file: columns with kinds and ranges, or the axes of an IDX file. The functions are pure: the caller reads
 * the bytes. They use the engine's readers, so that the checker and a training agree on every cell.
 */

import type { Shape } from "../../../engine/catalog/layers.ts";
import { type CsvFormat, isGap, numberFrom, parseCsv } from "../../../engine/data/csv.ts";
import { cutOff, parseIdxHeader } from "../../../engine/data/idx.ts";
import { DataProblem } from "../../../engine/data/problem.ts";
import { gunzip, isGzip, textFrom } from "../../../engine/host.ts";

export interface ColumnFacts {
  readonly name: string;
  /** `empty` means that no cell has a value. */
  readonly kind: "number" | "text" | "empty";
  readonly gaps: number;
  /** The place of the first gap: file, row and column. */
  readonly firstGap: string | undefined;
  /** The statistics of the numbers; NaN if there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  readonly isWhole: boolean;
  /** The distinct words of a text column, sorted. */
  readonly words: readonly string[];
  /** The number of rows for each word, or for each number if the numbers are whole and few, as classes are. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The largest number of different whole numbers that may be classes. */
const MOST_CLASSES = 100;

export interface TableFacts {
  readonly columns: readonly ColumnFacts[];
  readonly rows: number;
  /** Present if only the file's beginning was read, so that there may be more rows, words and values. */
  readonly isSample?: true;
}

export interface IdxFacts {
  readonly shape: Shape;
  /** The largest value of a file with one axis, which contains labels. */
  readonly largest: number | undefined;
}

/** The facts about a file, or what is wrong with it. */
export type Known<Facts> = { readonly facts: Facts } | { readonly problem: string };

/** Returns facts about data files; undefined for a file that has not been read yet. Paths are as written in the `.nn` file. */
export interface DataFiles {
  readonly csv: (path: string, format: { header: boolean; delimiter: string }) => Known<TableFacts> | undefined;
  readonly idx: (path: string) => Known<IdxFacts> | undefined;
}

export const NO_FILES: DataFiles = { csv: () => undefined, idx: () => undefined };

export function csvFacts(bytes: Uint8Array, format: CsvFormat, path: string): Known<TableFacts> {
  return known(() => {
    const { columns, rows, firstRow } = parseCsv(textFrom(bytes), format, path);
    return {
      rows: rows.length,
      columns: columns.map((name, j) =>
        columnFacts(
          name,
          rows.map((row) => row[j] ?? ""),
          (row) => `${path}, row ${row + firstRow}, column ${name}`,
        ),
      ),
    };
  });
}

/** Returns the facts about a column. Throws `DataProblem` if a column of numbers has text in it. */
export function columnFacts(name: string, cells: readonly string[], place: (row: number) => string): ColumnFacts {
  let gaps = 0;
  let firstGap: string | undefined;
  let count = 0;
  let mean = 0;
  let spread = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isWhole = true;
  let firstText = -1;
  const words = new Map<string, number>();
  let whole: Map<number, number> | undefined = new Map();
  cells.forEach((cell, row) => {
    const value = numberFrom(cell);
    if (value === undefined) {
      if (isGap(cell)) {
        gaps++;
        firstGap ??= place(row);
      } else {
        const word = cell.trim();
        words.set(word, (words.get(word) ?? 0) + 1);
        if (firstText < 0) firstText = row;
      }
      return;
    }
    count++;
    const distance = value - mean;
    mean += distance / count;
    spread += distance * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
    isWhole &&= Number.isInteger(value);
    whole?.set(value, (whole.get(value) ?? 0) + 1);
    if (!isWhole || (whole && whole.size > MOST_CLASSES)) whole = undefined;
  });
  if (words.size > 0) {
    // A few words among numbers are mistakes. A column of words of which some look like numbers is text.
    if (count > cells.length / 2)
      throw new DataProblem(`${place(firstText)}: "${cells[firstText]?.slice(0, 40)}" is text where a number belongs; correct the cell.`);
    return {
      name,
      kind: "text",
      gaps,
      firstGap,
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      deviation: Number.NaN,
      isWhole: false,
      words: [...words.keys()].sort(),
      counts: new Map([...words].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
  return {
    name,
    kind: count > 0 ? "number" : "empty",
    gaps,
    firstGap,
    min: count > 0 ? min : Number.NaN,
    max: count > 0 ? max : Number.NaN,
    mean: count > 0 ? mean : Number.NaN,
    deviation: count > 0 ? Math.sqrt(spread / count) : Number.NaN,
    isWhole: count > 0 && isWhole,
    words: [],
    counts: new Map([...(whole ?? [])].sort(([a], [b]) => a - b).map(([value, times]) => [String(value), times])),
  };
}

/** Returns the facts about an IDX file of `size` bytes. `bytes` may be its beginning only, except for a file of labels. `tail` is its last 4 bytes. */
export async function idxFacts(bytes: Uint8Array, size: number, tail: Uint8Array, path: string): Promise<Known<IdxFacts>> {
  const isWhole = bytes.length === size;
  const packed = isGzip(bytes);
  try {
    const plain = packed ? await gunzip(bytes, isWhole ? undefined : 32) : bytes;
    const { shape, offset } = parseIdxHeader(plain, path);
    const wanted = shape.reduce((product, axis) => product * axis, 1);
    // A gzip file ends with the unpacked length, so an incomplete file is found without unpacking it.
    const length = isWhole ? plain.length : packed ? new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) : size;
    if (packed && length !== (offset + wanted) % 2 ** 32) {
      return {
        problem: `${path} is cut off or damaged: its header promises ${shape.join(" x ")} values, but its unpacked content has another length; download the file again.`,
      };
    }
    if (!packed && length < offset + wanted) return { problem: cutOff(path, shape, wanted, length - offset).message };
    const values = isWhole && shape.length === 1 ? plain.subarray(offset, offset + wanted) : undefined;
    return { facts: { shape, largest: values?.reduce((a, b) => Math.max(a, b), 0) } };
  } catch (error) {
    if (error instanceof DataProblem) return { problem: error.message };
    return { problem: `${path} can't be unpacked: the gzip data ends too early or is damaged; download the file again.` };
  }
}

function known<Facts>(read: () => Facts): Known<Facts> {
  try {
    return { facts: read() };
  } catch (error) {
    if (error instanceof DataProblem) return { problem: error.message };
    throw error;
  }
}
