/**
 * Facts about a data file: columns with kinds and ranges, or the axes of an IDX file. The functions are pure: the caller reads the bytes.
 * They use the engine's readers, so the checker and a training agree on every cell.
 */

import type { Shape } from "../../../engine/catalog/shapes.ts";
import { type CsvOptions, parseCsv } from "../../../engine/data/csv.ts";
import type { CsvFormat } from "../../../engine/data/csvFormat.ts";
import { cutOff, parseIdxHeader } from "../../../engine/data/idx.ts";
import { DataProblem } from "../../../engine/data/problem.ts";
import type { Scaler } from "../../../engine/data/scaling.ts";
import { shapesFrom } from "../../../engine/files/safetensors.ts";
import { savedScalers } from "../../../engine/files/savedScalers.ts";
import { gunzip, isGzip } from "../../../engine/host.ts";
import { type ColumnFacts, cellContext, columnFacts } from "./columnFacts.ts";

export type { CsvFormat };

export interface TableFacts {
  readonly columns: readonly ColumnFacts[];
  readonly rows: number;
  /** The delimiter: the written one, or the one detected in the first lines. */
  readonly delimiter: string;
  /** Why the first column may be an index, or names of rows that carry no information about them. */
  readonly index: IndexSign | undefined;
  /** The unpacked size in bytes of the file's beginning. Present only if nothing more was read, so there may be more rows, words and values. */
  readonly sampleBytes?: number;
}

/** The first column is the only one without a name, counts 0, 1, 2 or 1, 2, 3, or has a different whole number or word in every row. */
export type IndexSign = "unnamed" | "counting" | "distinct";

export interface IdxFacts {
  readonly shape: Shape;
  /** The largest value in a file with one axis, which contains labels. */
  readonly largest: number | undefined;
}

export interface WeightsFacts {
  /** The shape of each parameter, by its name: `hidden/kernel`. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The scale of each column of numbers during training; empty if the file does not contain it. */
  readonly scalers: ReadonlyMap<string, Scaler>;
}

/** The facts about a file, or what is wrong with it. */
export type Known<Facts> = { readonly facts: Facts } | { readonly problem: string };

/**
 * Returns facts about data files; undefined for an unread file. Paths are as written in the `.nn` file. `missing` lists additional texts
 * and numbers that mean "no value".
 */
export interface DataFiles {
  readonly csv: (path: string, format: CsvFormat, missing: readonly string[]) => Known<TableFacts> | undefined;
  readonly idx: (path: string) => Known<IdxFacts> | undefined;
  /** Absent if no weights are read. */
  readonly weights?: (path: string) => Known<WeightsFacts> | undefined;
}

export const NO_FILES: DataFiles = { csv: () => undefined, idx: () => undefined };

/** Returns at most `limit` bytes of a gzip file's content. Returns any other file unchanged. Throws if the gzip data are damaged before the limit. */
export async function unpackedBeginning(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  try {
    return await gunzip(bytes, limit);
  } catch {
    throw new Error("the gzip data ends too early or is damaged; download the file again.");
  }
}

/** Returns the facts about a table. `bytes` are the file's unpacked content. */
export function csvFacts(bytes: Uint8Array, format: CsvOptions, path: string, missing: readonly string[] = []): Known<TableFacts> {
  return known(() => {
    const { columns, rows, rowNumber, delimiter, isFirstUnnamed } = parseCsv(bytes, format, path);
    const context = cellContext(format, delimiter, missing);
    return {
      rows: rows.length,
      delimiter,
      index: isFirstUnnamed ? "unnamed" : indexSign(rows.map(([cell = ""]) => cell.trim())),
      columns: columns.map((name, j) =>
        columnFacts(
          name,
          rows.map((row) => row[j] ?? ""),
          (row) => `${path}, row ${rowNumber(row)}, column ${name}`,
          context,
        ),
      ),
    };
  });
}

/** Returns why a column may be an index; undefined for a column with a single row. */
function indexSign(cells: readonly string[]): IndexSign | undefined {
  if (cells.length < 2) return undefined;
  const start = Number(cells[0]);
  if ((start === 0 || start === 1) && cells.every((cell, row) => /^\d+$/.test(cell) && Number(cell) === start + row)) return "counting";
  const isWhole = cells.every((cell) => /^-?\d+$/.test(cell));
  const isWord = cells.every((cell) => cell !== "" && !/^[+-]?[\d.,]+(?:e[+-]?\d+)?$/i.test(cell));
  return (isWhole || isWord) && new Set(cells).size === cells.length ? "distinct" : undefined;
}

/**
 * Returns the facts about an IDX file of `size` bytes. Except for a file of labels, `bytes` may be only its beginning. `tail` is its last 4
 * bytes.
 */
export async function idxFacts(bytes: Uint8Array, size: number, tail: Uint8Array, path: string): Promise<Known<IdxFacts>> {
  const isWhole = bytes.length === size;
  const packed = isGzip(bytes);
  try {
    const plain = packed ? await gunzip(bytes, isWhole ? undefined : 32) : bytes;
    const { shape, offset } = parseIdxHeader(plain, path);
    const wanted = shape.reduce((product, axis) => product * axis, 1);
    // A gzip file ends with the unpacked length, so an incomplete file is detected without unpacking it.
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

/** Returns the facts about a file of weights. `beginning` must include the whole header. */
export function weightsFacts(beginning: Uint8Array, path: string): Known<WeightsFacts> {
  try {
    return { facts: { shapes: shapesFrom(beginning), scalers: savedScalers(beginning) } };
  } catch (error) {
    return { problem: `${path} can't be read as weights: ${error instanceof Error ? error.message : String(error)}.` };
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
