/** Facts about one column: the kind of its cells, their range and their words. Training reads cells by the same rules (engine/data/columns.ts). */
import { type CellRules, cellRules, type NumberStyle, otherStyle } from "../../../engine/data/cells.ts";

export interface ColumnFacts {
  readonly name: string;
  /** `empty` means that no cell has a value. */
  readonly kind: "number" | "text" | "empty";
  readonly gaps: number;
  /** The place of the first gap: file, row and column. */
  readonly firstGap: string | undefined;
  /** The rows without a value, from 0, ascending. */
  readonly gapRows: readonly number[];
  /** In a text column, the first cell that is not a number, trimmed. */
  readonly firstText: string | undefined;
  /** In a column of numbers, the first cell that is a word, and its place. */
  readonly stray: { readonly word: string; readonly place: string } | undefined;
  /** The style in which a column's words are numbers, and the first such word; undefined if there is no such style. */
  readonly otherNumbers: { readonly style: NumberStyle; readonly word: string; readonly place: string } | undefined;
  /** The statistics of the numbers; NaN if there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  readonly isWhole: boolean;
  /** Returns the place of the number farthest from 0. */
  readonly largestPlace: () => string | undefined;
  /** The distinct words of a text column, sorted. */
  readonly words: readonly string[];
  /**
   * The number of rows per word, or, if the numbers are whole and few, like classes, per number. If a column of numbers contains words, and
   * few different cells, every cell counts as a word.
   */
  readonly counts: ReadonlyMap<string, number>;
  /** The distinct values as read by training, sorted: words, or numbers as text. undefined if there are too many different numbers. */
  readonly values: readonly string[] | undefined;
  /** Returns the place of the first row with a value. */
  readonly firstPlace: (word: string) => string | undefined;
}

/** The maximum number of different whole numbers that may be classes without a `classes` line. */
export const MOST_CLASSES = 100;
/** The maximum number of different whole numbers that `classes` may name. */
const MOST_VALUES = 10_000;

/** How to read the cells of a file. */
export interface CellContext {
  readonly style: NumberStyle;
  readonly rules: CellRules;
  readonly delimiter: string;
}
/** Returns how to read a file's cells: the style of its numbers, and `missing`, additional texts and numbers that mean "no value". */
export const cellContext = (style: NumberStyle, delimiter: string, missing?: readonly string[]): CellContext => ({
  style,
  rules: cellRules(style, missing),
  delimiter,
});
/** Returns how to read cells that are written in the `.nn` file or generated. */
export const plainContext = (missing: readonly string[]): CellContext => cellContext({ decimal: ".", thousands: null }, ",", missing);
const USUAL = plainContext([]);

const NO_NUMBERS = {
  min: Number.NaN,
  max: Number.NaN,
  mean: Number.NaN,
  deviation: Number.NaN,
  isWhole: false,
  largestPlace: () => undefined,
} as const;

/** Returns the facts about a column. `place` returns the file, row and column of a cell. */
export function columnFacts(
  name: string,
  cells: readonly string[],
  place: (row: number) => string,
  { style, rules, delimiter }: CellContext = USUAL,
): ColumnFacts {
  const sorted = sortedCells(cells, rules);
  const { numbers, words, gaps, numberGaps, firstStray } = sorted;
  const otherNumbers = (): ColumnFacts["otherNumbers"] => {
    const other =
      words > 0
        ? otherStyle(
            cells.filter((cell) => !rules.isGap(cell)),
            style,
            delimiter,
          )
        : undefined;
    return other && { style: other, word: (cells[firstStray] ?? "").trim(), place: place(firstStray) };
  };
  const shared = { name, firstText: undefined, stray: undefined, otherNumbers: undefined };
  if (numbers === 0 || words >= numbers)
    if (words > 0 || (numbers === 0 && numberGaps.count > 0)) {
      const counted = countedWords(cells, rules);
      return {
        ...shared,
        ...NO_NUMBERS,
        kind: "text",
        firstText: cells[firstStray < 0 ? numberGaps.first : firstStray]?.trim(),
        gaps: gaps.count,
        firstGap: placeOf(gaps.first, place),
        gapRows: gaps.rows,
        otherNumbers: otherNumbers(),
        words: counted.map(([word]) => word),
        values: counted.map(([word]) => word),
        counts: new Map(counted.map(([word, { count }]) => [word, count])),
        firstPlace: placesOf(new Map(counted.map(([word, { first }]) => [word, first])), place),
      };
    }
  const first = firstOf(gaps.first, numberGaps.first);
  const gapRows = numberGaps.count > 0 ? [...gaps.rows, ...numberGaps.rows].sort((a, b) => a - b) : gaps.rows;
  const filled = { gaps: gapRows.length, firstGap: placeOf(first, place), gapRows };
  if (numbers === 0)
    return { ...shared, ...NO_NUMBERS, ...filled, kind: "empty", words: [], values: [], counts: new Map(), firstPlace: () => undefined };
  const { counted, largest, ...statistics } = statisticsOf(cells, rules);
  const values = words > 0 ? wordsAmongNumbers(cells, rules) : counted?.map(([value, found]): [string, Found] => [String(value), found]);
  const isFew = values !== undefined && values.length <= MOST_CLASSES && (words > 0 || statistics.isWhole);
  return {
    ...shared,
    ...statistics,
    ...filled,
    kind: "number",
    largestPlace: () => placeOf(largest, place),
    stray: words > 0 ? { word: (cells[firstStray] ?? "").trim(), place: place(firstStray) } : undefined,
    otherNumbers: otherNumbers(),
    words: [],
    values: values?.map(([value]) => value),
    counts: new Map(isFew ? values.map(([value, { count }]) => [value, count]) : []),
    firstPlace: placesOf(new Map(values?.map(([value, { first: row }]) => [value, row])), place),
  };
}

/** Returns the words to which `one_hot` expands a column; none if its numbers are not categories. */
export const categoriesOf = ({ kind, words, counts }: ColumnFacts): readonly string[] => (kind === "text" ? words : [...counts.keys()]);

interface Found {
  count: number;
  /** The first row, or -1. */
  first: number;
}
interface Gaps extends Found {
  readonly rows: number[];
}

/** Sorts the cells by kind and counts them. */
function sortedCells(
  cells: readonly string[],
  rules: CellRules,
): { readonly numbers: number; readonly words: number; readonly gaps: Gaps; readonly numberGaps: Gaps; readonly firstStray: number } {
  const gaps: Gaps = { count: 0, first: -1, rows: [] };
  const numberGaps: Gaps = { count: 0, first: -1, rows: [] };
  let numbers = 0;
  let words = 0;
  let firstStray = -1;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? "";
    const gap = rules.isGap(cell) ? gaps : rules.isNumberGap(cell) ? numberGaps : undefined;
    if (gap) {
      if (gap.count++ === 0) gap.first = row;
      gap.rows.push(row);
    } else if (rules.number(cell) !== undefined) numbers++;
    else if (words++ === 0) firstStray = row;
  }
  return { numbers, words, gaps, numberGaps, firstStray };
}

/** Returns a text column's distinct words, sorted, with their counts and first rows. Cells that look like numbers are words, too. */
function countedWords(cells: readonly string[], rules: CellRules): [string, Found][] {
  const found = new Map<string, Found>();
  cells.forEach((cell, row) => {
    if (!rules.isGap(cell)) count(found, cell.trim(), row);
  });
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Returns the distinct cells of a column of numbers that also contains words. Training reads them as written. */
const wordsAmongNumbers = (cells: readonly string[], rules: CellRules): [string, Found][] =>
  countedWords(cells, { ...rules, isGap: (cell) => rules.isGap(cell) || rules.isNumberGap(cell) });

function count<K>(found: Map<K, Found>, key: K, row: number): void {
  const known = found.get(key);
  if (known) known.count++;
  else found.set(key, { count: 1, first: row });
}

type Statistics = Pick<ColumnFacts, "min" | "max" | "mean" | "deviation" | "isWhole">;

interface Counted extends Statistics {
  /** The numbers with their counts, sorted; undefined if there are too many different ones. */
  readonly counted: [number, Found][] | undefined;
  /** The row of the number farthest from 0, or -1. */
  readonly largest: number;
}

function statisticsOf(cells: readonly string[], rules: CellRules): Counted {
  let n = 0;
  let mean = 0;
  let spread = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isWhole = true;
  let largest = -1;
  let size = -1;
  let found: Map<number, Found> | undefined = new Map();
  cells.forEach((cell, row) => {
    const value = rules.number(cell);
    if (value === undefined) return;
    n++;
    const distance = value - mean;
    mean += distance / n;
    spread += distance * (value - mean);
    if (Math.abs(value) > size) {
      size = Math.abs(value);
      largest = row;
    }
    min = Math.min(min, value);
    max = Math.max(max, value);
    isWhole &&= Number.isInteger(value);
    if (found) count(found, value, row);
    if (found && found.size > (isWhole ? MOST_VALUES : MOST_CLASSES)) found = undefined;
  });
  return { min, max, mean, deviation: Math.sqrt(spread / n), isWhole, largest, counted: found && [...found].sort(([a], [b]) => a - b) };
}

const placeOf = (row: number, place: (row: number) => string): string | undefined => (row < 0 ? undefined : place(row));
const firstOf = (a: number, b: number): number => (a < 0 ? b : b < 0 ? a : Math.min(a, b));

const placesOf =
  (rows: ReadonlyMap<string, number>, place: (row: number) => string): ColumnFacts["firstPlace"] =>
  (word) =>
    placeOf(rows.get(word) ?? -1, place);
