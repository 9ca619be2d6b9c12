/** The beginning of a table: its delimiter, the names of its columns, and whether its first rows fit together. */
import { plural } from "../numberText.ts";
import { type CsvFormat, findDelimiter, isBlankRow, rowsFrom } from "./csvFormat.ts";
import { DataProblem } from "./problem.ts";

export interface CsvHead {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Whether the first column has no name in the file, as the index of a table from pandas. */
  readonly isFirstUnnamed: boolean;
}

/** Reads the beginning of a table, whole lines without comments, which end in "\n". Throws `DataProblem` if there is no row or the rows don't fit. */
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
  if (header) requireFit(names, body, first.number, comment, file);
  const columns = names.map((name, i) => (header && name.trim()) || `column_${i + 1}`);
  const repeated = firstRepeated(columns);
  if (repeated !== undefined)
    throw new DataProblem(`${file}, row ${first.number}: two columns are named "${repeated.slice(0, 40)}"; rename one.`);
  return { columns, delimiter, isFirstUnnamed: header && names[0]?.trim() === "" };
}

/** Whether the first row ends in a delimiter that no value follows in any row. */
function endsInDelimiter(first: readonly string[], body: readonly (readonly string[])[]): boolean {
  const width = first.length;
  if (width < 2 || first[width - 1].trim() !== "" || body.length === 0) return false;
  return body.every((row) => row.length === width - 1 || (row.length === width && row[width - 1].trim() === ""));
}

/** Throws if the first row is something else than the names of the columns: a comment, a title, or names of all columns but one. */
function requireFit(
  names: readonly string[],
  body: readonly (readonly string[])[],
  number: number,
  comment: string | null,
  file: string,
): void {
  const [second, third] = body;
  if (!second || !third) return;
  const width = second.at(-1) === "" ? second.length - 1 : second.length;
  const isTitle = names.length > 2 && !names.slice(1).some((name) => name.trim() !== "") && second.every((cell) => cell.trim() !== "");
  if (names.length === width && !isTitle) return;
  const mark = commentMark(names);
  if (mark !== undefined && comment === null) throw commentProblem(file, number, mark);
  if (names.length === 1 || isTitle)
    throw new DataProblem(
      `${file}, row ${number}: ${plural(isTitle ? 1 : names.length, "value")} where the rows after it have ${width}, so it looks like a title; delete that row.`,
    );
  if (names.length === width - 1 && body.every((row) => row.length === second.length))
    throw new DataProblem(
      `${file}, row ${number} names ${names.length} columns, but the rows after it have ${width} values; name the first column too (R writes the names of rows without a name above them).`,
    );
}

/** Returns the characters by which a row looks like a comment. */
export const commentMark = ([first = ""]: readonly string[]): string | undefined => /^\s*(#|%|\/\/)/.exec(first)?.[1];

export const commentProblem = (file: string, row: number, mark: string): DataProblem =>
  new DataProblem(
    `${file}, row ${row} begins with "${mark}", as comments do; write comment="${mark}" in csv(...) to leave out such lines.`,
  );

/** Returns the first name that is there a second time. A table may have very many columns. */
function firstRepeated(names: readonly string[]): string | undefined {
  const met = new Set<string>();
  return names.find((name) => {
    if (met.has(name)) return true;
    met.add(name);
    return false;
  });
}
