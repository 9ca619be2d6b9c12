/** The text format of a table: its options, and the delimiter detected in its first lines. */
import Papa from "papaparse";
import { sources } from "../catalog/sources.ts";
import { cellRules, type NumberStyle } from "./cells.ts";

/** The options of `csv(...)`. */
export interface CsvFormat extends NumberStyle {
  /** Whether the first row names the columns. */
  readonly header: boolean;
  /** The character between two cells, " " for runs of blanks; null to detect it in the first lines. */
  readonly delimiter: string | null;
  /** Lines that start with this text are skipped; null to skip none. */
  readonly comment: string | null;
}

const { header, decimal } = sources.csv.arguments;

/** The format of a source without options. */
export const CSV_FORMAT: CsvFormat = { header: header.default, delimiter: null, decimal: decimal.default, thousands: null, comment: null };

/** The delimiters to detect. The first one wins if several fit equally well. */
const DELIMITERS = [",", ";", "\t", "|", " "] as const;
const DELIMITER_NAMES: ReadonlyMap<string, string> = new Map([
  [",", "commas"],
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "vertical bars"],
  [" ", "blanks"],
]);

/** Returns a delimiter in the plural for a sentence: "semicolons". */
export const delimiterText = (delimiter: string): string => DELIMITER_NAMES.get(delimiter) ?? JSON.stringify(delimiter);

/** The number of lines to examine. */
const LINES = 100;

export interface CellRows {
  /** Every row of the text, blank ones too. */
  readonly data: string[][];
  /** The index of a row with an unclosed quoted cell, or undefined. */
  readonly openQuote: number | undefined;
}

/** Splits text whose lines end in "\n" into rows of cells. */
export function rowsFrom(text: string, delimiter: string): CellRows {
  const own = delimiter === " " ? withSingleBlanks(text) : text;
  const { data, errors } = Papa.parse<string[]>(own.endsWith("\n") ? own.slice(0, -1) : own, {
    delimiter,
    newline: "\n",
    header: false,
    skipEmptyLines: false,
  });
  const fault = errors.find(({ type }) => type === "Quotes");
  return { data, openQuote: fault && (fault.row ?? 0) };
}

/** A row without a value, such as an empty line or `,,`. */
export const isBlankRow = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === "");

/** Returns the text with each run of blanks reduced to one, and without blanks at the ends of lines. Quoted cells stay unchanged. */
const withSingleBlanks = (text: string): string =>
  text
    .replace(/"(?:[^"]|"")*"|[ \t]*\n[ \t]*|[ \t]+/g, (part) => (part.startsWith('"') ? part : part.includes("\n") ? "\n" : " "))
    .replace(/^ | $/g, "");

/**
 * Returns the delimiter on which most rows agree: with the same number of cells, more than one, in the largest share of the rows; then the one with
 * the most numbers in the cells. A character that can occur in numbers counts only if all rows agree on it, and blanks only if most cells are also
 * numbers. If nothing fits, returns the first delimiter that can't occur in numbers.
 */
export function findDelimiter(text: string, { decimal, thousands }: NumberStyle): string {
  const isInNumbers = (delimiter: string): boolean => delimiter === decimal || delimiter === thousands;
  let best: string = DELIMITERS.find((delimiter) => !isInNumbers(delimiter)) ?? DELIMITERS[0];
  let most = { share: 0, numbers: 0 };
  for (const delimiter of DELIMITERS) {
    const rows = rowsFrom(text, delimiter)
      .data.filter((row) => !isBlankRow(row))
      .slice(0, LINES);
    const [width, count] = mostFrequent(rows.map(({ length }) => length));
    if (width < 2) continue;
    const share = count / rows.length;
    if (share < 1 && isInNumbers(delimiter)) continue;
    const numbers = numberShare(rows.slice(1).flat());
    if (delimiter === " " && (share < 1 || numbers <= 0.5)) continue;
    if (share < most.share || (share === most.share && numbers <= most.numbers)) continue;
    best = delimiter;
    most = { share, numbers };
  }
  return best;
}

/** Returns the most frequent value and its count; on a tie, the larger value. */
function mostFrequent(values: readonly number[]): [value: number, count: number] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a), [0, 0]);
}

const POINT = cellRules({ decimal: ".", thousands: null });
const COMMA = cellRules({ decimal: ",", thousands: null });

function numberShare(cells: readonly string[]): number {
  let numbers = 0;
  for (const cell of cells) if (POINT.isGap(cell) || POINT.number(cell) !== undefined || COMMA.number(cell) !== undefined) numbers++;
  return cells.length > 0 ? numbers / cells.length : 0;
}
