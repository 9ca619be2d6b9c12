/** CSV text to named columns. The cells are split by Papa Parse; what is a number, a gap or a fault is decided here. */
import Papa from "papaparse";
import { textDecoder } from "../host.ts";
import { DataProblem } from "./problem.ts";

export interface CsvFormat {
  readonly header: boolean;
  readonly delimiter: string;
  /** The text is a file's beginning: a quoted cell that is not closed at its end may be closed later. */
  readonly isBeginning?: boolean;
}

export interface CsvTable {
  readonly columns: readonly string[];
  /** Cells as written, row by row; every row is as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** The file's row number of `rows[0]`, as a spreadsheet counts. */
  readonly firstRow: number;
}

/** What stands for "no value": an empty cell, NA, N/A, NaN, null or ?. */
export const isGap = (cell: string): boolean => /^\s*(?:|na|n\/a|nan|null|\?)\s*$/i.test(cell);

/** The number that a cell spells, or undefined. Decimal notation only: `0x10` and `Infinity` are text. */
export function numberFrom(cell: string): number | undefined {
  const trimmed = cell.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Rows that were read together. */
export interface CsvRows {
  readonly columns: readonly string[];
  /** Cells as written, row by row; every row is as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** The file's row number of `rows[0]`, as a spreadsheet counts. */
  readonly firstRow: number;
}

/** The whole table at once. Throws `DataProblem` with file and row for text that is no table. */
export function parseCsv(text: string, format: CsvFormat, file: string): CsvTable {
  const reader = csvReader(format, file);
  const { columns, rows, firstRow } = reader.take(text, true);
  return { columns, rows, firstRow };
}

/** So many bytes of a file are turned into text and cells at once. */
const PIECE = 4 * 1024 * 1024;

/** Piece by piece, so that the text of a large file is never there as a whole. `share` is how much of it was read. */
export function* csvPieces(bytes: Uint8Array, format: CsvFormat, file: string): Generator<CsvRows & { readonly share: number }> {
  const reader = csvReader(format, file);
  const decode = textDecoder();
  let rest = "";
  for (let at = 0; at < bytes.length || at === 0; at += PIECE) {
    const isLast = at + PIECE >= bytes.length;
    const text = rest + decode(bytes.subarray(at, at + PIECE));
    const end = isLast ? text.length : lastRowEnd(text);
    rest = text.slice(end);
    if (end === 0 && !isLast) continue;
    yield { ...reader.take(text.slice(0, end), isLast), share: Math.min(1, (at + PIECE) / bytes.length) };
  }
}

/** After the last line break that stands in no quoted cell; 0 where there is none. */
function lastRowEnd(text: string): number {
  let end = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) quoted = !quoted;
    else if (code === 10 && !quoted) end = i + 1;
  }
  return end;
}

/** Takes whole rows, in order. */
function csvReader(
  { header, delimiter, isBeginning = false }: CsvFormat,
  file: string,
): { take: (text: string, isLast: boolean) => CsvRows } {
  let columns: readonly string[] | undefined;
  let next = 1;
  let any = false;
  return {
    take(text, isLast) {
      const nul = text.indexOf("\0");
      if (nul >= 0) {
        const row = next - 1 + text.slice(0, nul).split("\n").length;
        throw new DataProblem(`${file}, row ${row}: there is a NUL byte, so this is no text file; save it as CSV in UTF-8.`);
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
        const names = columns;
        const repeated = names.find((name, i) => names.indexOf(name) !== i);
        if (repeated !== undefined) throw new DataProblem(`${file}, row 1: two columns are named "${repeated}"; rename one.`);
        if (header) {
          rows = data.slice(1);
          next = 2;
        }
      }
      const firstRow = next;
      next += rows.length;
      any ||= rows.length > 0;
      if (isLast && !any) throw new DataProblem(`${file} has column names but no rows.`);
      const width = columns.length;
      rows.forEach((row, i) => {
        if (row.length === width) return;
        throw new DataProblem(
          `${file}, row ${i + firstRow}: ${count(row.length, "value")} where the ${header ? "header" : "first row"} has ${width}; mend that row.`,
        );
      });
      return { columns, rows, firstRow };
    },
  };
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
