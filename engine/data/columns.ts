/** From a plan's source to columns of numbers or words, gaps marked. */
import type { FileReader } from "../host.ts";
import { textFrom } from "../host.ts";
import type { DataPlan } from "../plan.ts";
import { isGap, numberFrom, parseCsv } from "./csv.ts";
import { generate } from "./generators.ts";
import { DataProblem } from "./problem.ts";

export interface Column {
  readonly name: string;
  /** The cell as text; "" for a gap. */
  readonly word: (row: number) => string;
  /** The cell as a number; NaN for a gap. Throws `DataProblem` where it is text. */
  readonly number: (row: number) => number;
  /** "iris.csv, row 12, column petal_width" */
  readonly place: (row: number) => string;
  readonly isText: boolean;
}

export interface ColumnTable {
  readonly rows: number;
  readonly column: (name: string) => Column;
}

type TableSource = Exclude<DataPlan["source"], { kind: "idx" }>;

export async function readColumns(source: TableSource, files: FileReader): Promise<ColumnTable> {
  if (source.kind === "table") {
    const at = (name: string): number => source.columns.indexOf(name);
    return {
      rows: source.rows.length,
      column: (name) =>
        cellsColumn(
          name,
          source.rows.length,
          (row) => String(source.rows[row]?.[at(name)] ?? ""),
          (row) => `row ${row + 1} of the table, column ${name}`,
        ),
    };
  }
  if (source.kind === "generator") {
    const rows = generate(source.use);
    return {
      rows: rows.length,
      column: (name) => numbersColumn(name, rows, source.columns.indexOf(name)),
    };
  }
  const { columns, rows, firstRow } = parseCsv(textFrom(await readFile(source.path, files)), source, source.path);
  return {
    rows: rows.length,
    column(name) {
      const at = columns.indexOf(name);
      if (at < 0) throw new DataProblem(`${source.path} has no column "${name}"; it has ${columns.join(", ")}.`, { code: "NN211" });
      return cellsColumn(
        name,
        rows.length,
        (row) => rows[row]?.[at] ?? "",
        (row) => `${source.path}, row ${row + firstRow}, column ${name}`,
      );
    },
  };
}

export async function readFile(path: string, files: FileReader): Promise<Uint8Array> {
  try {
    return await files.read(path);
  } catch (error) {
    if (error instanceof DataProblem) throw error;
    throw new DataProblem(
      `${path} can't be read (${error instanceof Error ? error.message : String(error)}); the path is relative to the .nn file.`,
    );
  }
}

const numbersColumn = (name: string, rows: readonly (readonly number[])[], at: number): Column => ({
  name,
  isText: false,
  place: (row) => `row ${row + 1}, column ${name}`,
  word: (row) => String(rows[row]?.[at] ?? ""),
  number: (row) => rows[row]?.[at] ?? Number.NaN,
});

function cellsColumn(name: string, rows: number, cell: (row: number) => string, place: (row: number) => string): Column {
  let isText = true;
  for (let row = 0; row < rows && isText; row++) if (numberFrom(cell(row)) !== undefined) isText = false;
  return {
    name,
    isText,
    place,
    word: (row) => (isGap(cell(row)) ? "" : cell(row).trim()),
    number(row) {
      const text = cell(row);
      const value = numberFrom(text);
      if (value !== undefined) return value;
      if (isGap(text)) return Number.NaN;
      throw new DataProblem(
        `${place(row)}: "${text.slice(0, 40)}" is text where a number belongs; mend the cell or leave the column out of \`features\`.`,
      );
    },
  };
}
