/**
 * Converts the bytes of a CSV file to rows of cells. Papa Parse splits the cells; this file decodes the text, reads long files in pieces and counts
 * rows as an editor does.
 */
import { textFrom, utf8TextFrom } from "../host.ts";
import { plural } from "../numberText.ts";
import { type CsvFormat, delimiterText, isBlankRow, rowsFrom } from "./csvFormat.ts";
import { type CsvHead, commentMark, commentProblem, headOf } from "./csvHead.ts";
import { type PlainPiece, plainPiece } from "./decimals.ts";
import { foreignFileProblem } from "./foreignFiles.ts";
import { DataProblem } from "./problem.ts";

/** Rows of a table. */
export interface CsvRows {
  /** Cells as in the file, row by row. Every row has one cell per column. */
  readonly rows: readonly (readonly string[])[];
  /** Returns a table row's number in the file, counted from 1 as in a spreadsheet. Works for the rows read so far. */
  readonly rowNumber: (row: number) => number;
}

export interface CsvTable extends CsvRows, CsvHead {}

export interface CsvPiece extends CsvRows {
  readonly columns: readonly string[];
  /** Share of the file that was read so far, from 0 to 1. */
  readonly share: number;
  /** The numbers of the wanted columns, instead of `rows`, if the piece is plain (decimals.ts). */
  readonly plain: PlainPiece | undefined;
}

/** Options of a reader. */
export interface CsvOptions extends CsvFormat {
  /** Whether the bytes are only a file's beginning, so that a quoted cell left open at their end is not an error. */
  readonly isBeginning?: boolean;
}

/** Returns the whole table. Throws `DataProblem` with the file and row if the bytes are not a table. */
export function parseCsv(bytes: Uint8Array, format: CsvOptions, file: string): CsvTable {
  const reader = csvReader(bytes, format, file);
  const rows = reader.take(reader.bytes, true);
  return { ...reader.head, rows, rowNumber: reader.rowNumber };
}

/** The number of bytes converted to cells at once. */
const PIECE = 4 * 1024 * 1024;

/**
 * Yields the table in pieces, so that the text of a large file is never in memory as a whole. A piece with only numbers in its `wanted` columns is
 * yielded as numbers.
 */
export function* csvPieces(whole: Uint8Array, format: CsvFormat, file: string, wanted: readonly string[] = []): Generator<CsvPiece> {
  const { bytes, head, take, skip, isReady, rowNumber } = csvReader(whole, format, file);
  const { columns, delimiter } = head;
  const slots = wanted.length > 0 ? slotsOf(columns, wanted) : undefined;
  const mayBePlain = delimiter !== " " && format.thousands === null;
  const codes = { delimiter: delimiter.charCodeAt(0), decimal: format.decimal.charCodeAt(0) };
  const comment = format.comment?.charCodeAt(0) ?? -1;
  // The row of names is read separately, because the rest of the piece may be plain.
  let at = format.header ? headEnd(bytes, format.comment) : 0;
  take(bytes.subarray(0, at), at === bytes.length);
  do {
    const end = pieceEnd(bytes, at);
    const share = bytes.length > 0 ? end / bytes.length : 1;
    const isPlain = slots && mayBePlain && isReady() && at < end && !bytes.subarray(at, end).includes(comment);
    const plain = isPlain ? plainPiece(bytes, at, end, slots, codes) : undefined;
    if (plain) skip(plain.rows);
    const rows = plain || at === bytes.length ? [] : take(bytes.subarray(at, end), end === bytes.length);
    yield { columns, rows, rowNumber, share, plain };
    at = end;
  } while (at < bytes.length);
}

/** Returns for each column its index among the wanted ones, or -1. */
function slotsOf(columns: readonly string[], wanted: readonly string[]): Int32Array {
  const slots = new Map(wanted.map((name, slot) => [name, slot]));
  return Int32Array.from(columns, (name) => slots.get(name) ?? -1);
}

/** Returns the end of the piece that starts at `from`: after its last line break outside a quoted cell. */
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

/** Returns the offset after the first line that is neither blank nor a comment; 0 if it ends within a quoted cell or with the file. */
function headEnd(bytes: Uint8Array, comment: string | null): number {
  for (let from = 0; ; ) {
    const end = bytes.indexOf(10, from) + 1;
    if (end === 0) return 0;
    const line = textFrom(bytes.subarray(from, end));
    if (line.trim() !== "" && !(comment !== null && line.startsWith(comment))) return (line.split('"').length - 1) % 2 === 0 ? end : 0;
    from = end;
  }
}

/** The number of bytes used to detect the delimiter and the names. */
const HEAD = 64 * 1024;

/** Returns the end of the file's first lines: at least three lines and 64 kB, or the whole file. */
function openingEnd(bytes: Uint8Array): number {
  let third = 0;
  for (let line = 0; line < 3; line++) {
    third = bytes.indexOf(10, third) + 1;
    if (third === 0) return bytes.length;
  }
  return bytes.length <= HEAD ? bytes.length : Math.max(third, bytes.lastIndexOf(10, HEAD - 1) + 1);
}

interface CsvReader {
  /** The file without its byte-order mark. */
  readonly bytes: Uint8Array;
  readonly head: CsvHead;
  /** Parses whole rows, in file order. */
  readonly take: (bytes: Uint8Array, isLast: boolean) => readonly (readonly string[])[];
  /** Counts rows that were read by another reader. */
  readonly skip: (rows: number) => void;
  /** Whether the next row contains values. */
  readonly isReady: () => boolean;
  readonly rowNumber: (row: number) => number;
}

/** Returns a reader of the file. The function is long because its parts share the row count. Throws `DataProblem` if the beginning is not a table. */
function csvReader(whole: Uint8Array, format: CsvOptions, file: string): CsvReader {
  const foreign = foreignFileProblem(whole, file);
  if (foreign !== undefined) throw new DataProblem(foreign);
  const bytes = whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole;
  const linesOf = lineText(bytes, format.comment);
  const head = headOf(linesOf(textFrom(bytes.subarray(0, openingEnd(bytes)))), format, file);
  const { columns, delimiter } = head;
  const isFound = format.delimiter === null;
  /** The number of the next line's row, and the number of value rows so far. */
  let next = 1;
  let rows = 0;
  let isNamed = !format.header;
  /** The number of the first row of values, and for each later line without values the number of rows before it. */
  let first = 1;
  const passed: number[] = [];

  function requireWidth(row: string[], number: number): void {
    const width = columns.length;
    if (row.length === width + 1 && row[width].trim() === "") row.pop();
    if (row.length === width) return;
    const mark = format.comment === null ? commentMark(row) : undefined;
    if (mark !== undefined) throw commentProblem(file, number, mark);
    throw new DataProblem(
      `${file}, row ${number}: ${plural(row.length, "value")} where the ${format.header ? "header" : "first row"} has ${width}${isFound ? ` (cells are separated by ${delimiterText(delimiter)})` : ""}; correct that row.`,
    );
  }

  return {
    bytes,
    head,
    isReady: () => isNamed,
    rowNumber: (row) => first + row + countUpTo(passed, row),
    skip(count) {
      if (rows === 0) first = next;
      rows += count;
      next += count;
    },
    take(piece, isLast) {
      const { data, isUtf8 } = cellsOf(piece);
      const values: string[][] = [];
      for (const row of data) {
        const number = next++;
        if (!isUtf8) requireUtf8(row, number, isNamed ? columns : undefined, file);
        if (isBlankRow(row)) {
          if (rows > 0) passed.push(rows);
        } else if (isNamed) {
          requireWidth(row, number);
          if (rows === 0) first = number;
          rows++;
          values.push(row);
        } else isNamed = true;
      }
      if (isLast && rows === 0) throw new DataProblem(`${file} has column names but no rows; add at least one row of values.`);
      return values;
    },
  };

  /** Returns all rows of a piece, including blank ones, and whether its bytes are UTF-8. */
  function cellsOf(piece: Uint8Array): { readonly data: string[][]; readonly isUtf8: boolean } {
    if (piece.length === 0) return { data: [], isUtf8: true };
    const decoded = utf8TextFrom(piece);
    const text = linesOf(decoded ?? textFrom(piece));
    const nul = text.indexOf("\0");
    if (nul >= 0) {
      const row = next - 1 + text.slice(0, nul).split("\n").length;
      throw new DataProblem(`${file}, row ${row}: there is a NUL byte, so this is not a text file; save it as CSV in UTF-8.`);
    }
    const { data, openQuote } = rowsFrom(text, delimiter);
    if (openQuote !== undefined) {
      if (!format.isBeginning || openQuote < data.length - 1)
        throw new DataProblem(`${file}, row ${next + openQuote}: a quoted cell is not closed; add the missing \`"\`.`);
      data.pop();
    }
    return { data, isUtf8: decoded !== undefined };
  }
}

/** Returns how many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns a function that ends every line with "\n" and empties comment lines. A CR by itself ends a line in a file without LF. */
function lineText(bytes: Uint8Array, comment: string | null): (text: string) => string {
  const breaks = bytes.includes(13) ? (bytes.includes(10) ? /\r+\n/g : /\r/g) : undefined;
  const start = comment?.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  // Quoted cells stay unchanged. Comments are matched first, so that a quote in a comment does not open a cell.
  const comments = start === undefined ? undefined : new RegExp(`^${start}[^\\n]*|"(?:[^"]|"")*"`, "gm");
  return (text) => {
    const lines = breaks ? text.replace(breaks, "\n") : text;
    return comments ? lines.replace(comments, (part) => (comment !== null && part.startsWith(comment) ? "" : part)) : lines;
  };
}

/** Throws if a cell contains bytes that are not UTF-8. */
function requireUtf8(row: readonly string[], number: number, columns: readonly string[] | undefined, file: string): void {
  const at = row.findIndex((cell) => cell.includes("\ufffd"));
  if (at < 0) return;
  const column = columns?.[at];
  throw new DataProblem(
    `${file}, row ${number}${column === undefined ? "" : `, column ${column}`}: ${JSON.stringify(row[at].trim().slice(0, 40))} is not UTF-8; it may be Latin-1 or Windows-1252, so save the file as CSV in UTF-8.`,
  );
}
