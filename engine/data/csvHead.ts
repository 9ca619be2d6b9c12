/** Reads the beginning of a table: its delimiter, the names of its columns, and whether its first rows are consistent. */
import { type CsvFormat, findDelimiter, isBlankRow, rowsFrom } from "./csvFormat.ts";
import { DataProblem } from "./problem.ts";

export interface CsvHead {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Whether the first column has no name in the file, like the index of a table from pandas. */
  readonly isFirstUnnamed: boolean;
}

/**
 * Reads the beginning of a table: whole lines without comments, each ending in "\n". Throws `DataProblem` if there is no row or the rows are
 * inconsistent.
 */
export function headOf(text: string, format: CsvFormat, file: string): CsvHead {
  const { header, comment } = format;
  const delimiter = format.delimiter ?? findDelimiter(text, format);
  const { data, openQuote } = rowsFrom(text, delimiter);
  const numbered = data.slice(0, openQuote).flatMap((cells, i) => (isBlankRow(cells) ? [] : [{ number: i + 1, cells }]));
  const [first, ...rest] = numbered.length > 0 ? numbered : data.slice(0, 1).map((cells) => ({ number: 1, cells }));
  if (!first || (isBlankRow(first.cells) && openQuote === undefined))
    throw new DataProblem(`${file} is empty; it needs ${header ? "a row of column names and " : ""}at least one row of values.`);
  const body = rest.map(({ cells }) => cells);
  const isTrailing = endsInDelimiter(first.cells, header ? body : [first.cells, ...body]);
  const names = isTrailing ? first.cells.slice(0, -1) : first.cells;
  if (header) requireFit(names, rest, first.number, comment, file);
  const columns = names.map((name, i) => (header && name.trim()) || `column_${i + 1}`);
  const repeated = firstRepeated(columns);
  if (repeated !== undefined)
    throw new DataProblem(`${file}, row ${first.number}: two columns are named "${repeated.slice(0, 40)}"; rename one.`);
  return { columns, delimiter, isFirstUnnamed: header && names[0]?.trim() === "" };
}

/** Whether the first row ends in a delimiter that is never followed by a value. */
function endsInDelimiter(first: readonly string[], body: readonly (readonly string[])[]): boolean {
  const width = first.length;
  if (width < 2 || first[width - 1].trim() !== "" || body.length === 0) return false;
  return body.every((row) => row.length === width - 1 || (row.length === width && row[width - 1].trim() === ""));
}

interface NumberedRow {
  /** The row's number in the file. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** Throws if the first rows are not the names of the columns: comments, a title, or names of all columns but one. */
function requireFit(names: readonly string[], body: readonly NumberedRow[], number: number, comment: string | null, file: string): void {
  const second = body[0]?.cells;
  if (!second || body.length < 2) return;
  if (/^sep=.?$/i.test(names[0]?.trim() ?? "") && names.length <= 2)
    throw new DataProblem(`${file}, row ${number} tells Excel the delimiter and is no row of names; delete that row.`);
  const width = second.at(-1) === "" ? second.length - 1 : second.length;
  const mark = comment === null ? commentMark(names) : undefined;
  const titles = titleRows([{ number, cells: names }, ...body]);
  if (titles) {
    if (mark !== undefined) throw commentProblem(file, number, mark);
    const { last, width: wide } = titles;
    throw new DataProblem(
      last === number
        ? `${file}, row ${number}: 1 value where the rows after it have ${wide}, so it looks like a title; delete that row.`
        : `${file}, rows ${number} to ${last}: 1 value in each where the rows after them have ${wide}, so they look like a title; delete those rows.`,
    );
  }
  if (names.length === width) return;
  if (mark !== undefined) throw commentProblem(file, number, mark);
  if (names.length === width - 1 && body.every(({ cells }) => cells.length === second.length))
    throw new DataProblem(
      `${file}, row ${number} names ${names.length} columns, but the rows after it have ${width} values; name the first column too (R writes the names of rows without a name above them).`,
    );
}

/** Returns the last of the first rows with a single value, if the next rows have several, and the number of values in the next row. */
function titleRows(rows: readonly NumberedRow[]): { readonly last: number; readonly width: number } | undefined {
  const at = rows.findIndex(({ cells }) => valueCount(cells) > 1);
  const [head, next] = rows.slice(at);
  const before = rows[at - 1];
  if (!before || !head || !next) return undefined;
  const width = valueCount(head.cells);
  // A row with a single name, above a table with an index and one column of values, is not a title.
  return valueCount(next.cells) === width && (width > 2 || rows[0]?.cells.length === 1) ? { last: before.number, width } : undefined;
}

const valueCount = (cells: readonly string[]): number => cells.filter((cell) => cell.trim() !== "").length;

/** Returns the characters that make a row look like a comment. */
export const commentMark = ([first = ""]: readonly string[]): string | undefined => /^\s*(#|%|\/\/)/.exec(first)?.[1];

export const commentProblem = (file: string, row: number, mark: string): DataProblem =>
  new DataProblem(
    `${file}, row ${row} begins with "${mark}", as comments do; write comment="${mark}" in csv(...) to leave out such lines.`,
  );

/** Returns the first repeated name. A table may have very many columns. */
function firstRepeated(names: readonly string[]): string | undefined {
  const met = new Set<string>();
  return names.find((name) => {
    if (met.has(name)) return true;
    met.add(name);
    return false;
  });
}
