/** CSV text to named columns. The cells are split by Papa Parse; what is a number, a gap or a fault is decided here. */
import Papa from "papaparse";
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

/** Throws `DataProblem` with file and row for text that is no table. */
export function parseCsv(text: string, { header, delimiter, isBeginning = false }: CsvFormat, file: string): CsvTable {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const row = text.slice(0, nul).split("\n").length;
    throw new DataProblem(`${file}, row ${row}: there is a NUL byte, so this is no text file; save it as CSV in UTF-8.`);
  }
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, header: false, skipEmptyLines: "greedy" });
  const [fault] = errors.filter(({ type }) => type === "Quotes");
  if (fault && isBeginning && fault.row === data.length - 1) data.pop();
  else if (fault) throw new DataProblem(`${file}, row ${(fault.row ?? 0) + 1}: a quoted cell is not closed; add the missing \`"\`.`);
  const [head] = data;
  if (!head) throw new DataProblem(`${file} is empty; it needs ${header ? "a row of column names and " : ""}at least one row of values.`);

  const columns = header ? head.map((name) => name.trim()) : head.map((_cell, i) => `column_${i + 1}`);
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw new DataProblem(`${file}, row 1: two columns are named "${repeated}"; rename one.`);
  const rows = header ? data.slice(1) : data;
  const firstRow = header ? 2 : 1;
  if (rows.length === 0) throw new DataProblem(`${file} has column names but no rows.`);
  rows.forEach((row, i) => {
    if (row.length === columns.length) return;
    throw new DataProblem(
      `${file}, row ${i + firstRow}: ${count(row.length, "value")} where the ${header ? "header" : "first row"} has ${columns.length}; mend that row.`,
    );
  });
  return { columns, rows, firstRow };
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
