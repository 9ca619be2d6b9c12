/** Turns CSV text into named columns. Papa Parse splits the cells; this file decides which are numbers, gaps or errors. */
import Papa from "papaparse";
import { textFrom } from "../host.ts";
import { plural } from "../numberText.ts";
import { type PlainPiece, plainPiece } from "./decimals.ts";
import { DataProblem } from "./problem.ts";

export interface CsvFormat {
  readonly header: boolean;
  readonly delimiter: string;
  /** Whether the text is only a file's beginning, so that a quoted cell left open at its end is not an error. */
  readonly isBeginning?: boolean;
}

export interface CsvTable {
  readonly columns: readonly string[];
  /** Cells as written, row by row; every row is as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** The file's row number of `rows[0]`, counted from 1 as in a spreadsheet. */
  readonly firstRow: number;
}

/** Whether a cell means "no value": empty, NA, N/A, NaN, null or ?. */
export const isGap = (cell: string): boolean => /^\s*(?:|na|n\/a|nan|null|\?)\s*$/i.test(cell);

/** Returns the cell's number, or undefined if it is not one. Only decimal notation counts: `0x10` and `Infinity` are text. */
export function numberFrom(cell: string): number | undefined {
  const trimmed = cell.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** The rows of one piece of a file. */
export interface CsvRows {
  readonly columns: readonly string[];
  /** Cells as written, row by row; every row is as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** The file's row number of `rows[0]`, counted from 1 as in a spreadsheet. */
  readonly firstRow: number;
}

/** Returns the whole table. Throws `DataProblem` with the file and row if the text is not a table. */
export function parseCsv(text: string, format: CsvFormat, file: string): CsvTable {
  const reader = csvReader(format, file);
  const { columns, rows, firstRow } = reader.take(text, true);
  return { columns, rows, firstRow };
}

/** Bytes of a file that are turned into cells at once. */
const PIECE = 4 * 1024 * 1024;

export interface CsvPiece extends CsvRows {
  /** Share of the file that was read so far, from 0 to 1. */
  readonly share: number;
  /** The numbers of the wanted columns, in place of `rows`, if the piece is plain (decimals.ts). */
  readonly plain: PlainPiece | undefined;
}

/**
 * Yields the table piece by piece, so that the text of a large file is never in memory as a whole. A piece whose `wanted` columns contain only
 * numbers is yielded as numbers.
 */
export function* csvPieces(bytes: Uint8Array, format: CsvFormat, file: string, wanted: readonly string[] = []): Generator<CsvPiece> {
  const reader = csvReader(format, file);
  const delimiter = format.delimiter.charCodeAt(0);
  let slots: Int32Array | undefined;
  let at = 0;
  do {
    const end = pieceEnd(bytes, at);
    const share = bytes.length > 0 ? end / bytes.length : 1;
    if (!slots) {
      // The first row is read alone, since it often contains names while the rest of the piece is plain.
      let rowStart = at;
      while (bytes[rowStart] === 10 || bytes[rowStart] === 13) rowStart++;
      const rowEnd = bytes.indexOf(10, rowStart) + 1;
      if (rowEnd > 0 && rowEnd < end && !bytes.subarray(at, rowEnd).includes(34)) {
        const first = reader.take(textFrom(bytes.subarray(at, rowEnd)), false);
        yield { ...first, share, plain: undefined };
        at = rowEnd;
      }
    }
    const columns = reader.columns();
    if (columns && wanted.length > 0) slots ??= slotsOf(columns, wanted);
    const plain = slots && at < end ? plainPiece(bytes, at, end, slots, delimiter) : undefined;
    if (plain && columns) yield { columns, rows: [], firstRow: reader.skip(plain.rows), share, plain };
    else yield { ...reader.take(textFrom(bytes.subarray(at, end)), end === bytes.length), share, plain: undefined };
    at = end;
  } while (at < bytes.length);
}

/** Returns for each column its index among the wanted ones, or -1. */
function slotsOf(columns: readonly string[], wanted: readonly string[]): Int32Array {
  const slots = new Map(wanted.map((name, slot) => [name, slot]));
  return Int32Array.from(columns, (name) => slots.get(name) ?? -1);
}

/** Returns the end of the piece that begins at `from`: after its last line break outside a quoted cell. */
function pieceEnd(bytes: Uint8Array, from: number): number {
  for (let to = from + PIECE; to < bytes.length; to += PIECE) {
    const piece = bytes.subarray(from, to);
    const end = piece.includes(34) ? unquotedEnd(piece) : piece.lastIndexOf(10) + 1;
    // Without such a line break the row is longer than the piece, so the piece grows.
    if (end > 0) return from + end;
  }
  return bytes.length;
}

/** Returns the offset after the last line break outside quotes, or 0 if there is none. */
function unquotedEnd(piece: Uint8Array): number {
  let end = 0;
  let isQuoted = false;
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] === 34) isQuoted = !isQuoted;
    else if (piece[i] === 10 && !isQuoted) end = i + 1;
  }
  return end;
}

/** Returns the first name that is there a second time. A table may have very many columns. */
function firstRepeated(names: readonly string[]): string | undefined {
  const met = new Set<string>();
  return names.find((name) => {
    if (met.has(name)) return true;
    met.add(name);
    return false;
  });
}

interface CsvReader {
  readonly columns: () => readonly string[] | undefined;
  /** Parses whole rows, in file order. */
  readonly take: (text: string, isLast: boolean) => CsvRows;
  /** Counts rows that were read elsewhere. Returns the file's row number of the first of them. */
  readonly skip: (rows: number) => number;
}

function csvReader({ header, delimiter, isBeginning = false }: CsvFormat, file: string): CsvReader {
  let columns: readonly string[] | undefined;
  let next = 1;
  let any = false;
  return {
    columns: () => columns,
    skip(rows) {
      const first = next;
      next += rows;
      any ||= rows > 0;
      return first;
    },
    take(text, isLast) {
      const nul = text.indexOf("\0");
      if (nul >= 0) {
        const row = next - 1 + text.slice(0, nul).split("\n").length;
        throw new DataProblem(`${file}, row ${row}: there is a NUL byte, so this is not a text file; save it as CSV in UTF-8.`);
      }
      const { data, errors } = Papa.parse<string[]>(columns ? text : text.replace(/^\uFEFF/, ""), {
        delimiter,
        header: false,
        skipEmptyLines: "greedy",
      });
      const [fault] = errors.filter(({ type }) => type === "Quotes");
      if (fault && isBeginning && fault.row === data.length - 1) data.pop();
      else if (fault) throw new DataProblem(`${file}, row ${next + (fault.row ?? 0)}: a quoted cell is not closed; add the missing \`"\`.`);
      let rows = data;
      if (!columns) {
        const [head] = data;
        if (!head)
          throw new DataProblem(`${file} is empty; it needs ${header ? "a row of column names and " : ""}at least one row of values.`);
        columns = header ? head.map((name) => name.trim()) : head.map((_cell, i) => `column_${i + 1}`);
        const repeated = firstRepeated(columns);
        if (repeated !== undefined) throw new DataProblem(`${file}, row 1: two columns are named "${repeated}"; rename one.`);
        if (header) {
          rows = data.slice(1);
          next = 2;
        }
      }
      const firstRow = next;
      next += rows.length;
      any ||= rows.length > 0;
      if (isLast && !any) throw new DataProblem(`${file} has column names but no rows; add at least one row of values.`);
      const width = columns.length;
      rows.forEach((row, i) => {
        if (row.length === width) return;
        throw new DataProblem(
          `${file}, row ${i + firstRow}: ${plural(row.length, "value")} where the ${header ? "header" : "first row"} has ${width}; correct that row.`,
        );
      });
      return { columns, rows, firstRow };
    },
  };
}
