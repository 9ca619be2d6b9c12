/** Facts about one column: what its cells are, their range and their words. Training reads cells by the same rules (engine/data/columns.ts). */
import { type CellRules, cellRules, type NumberStyle, otherStyle } from "../../../engine/data/cells.ts";

export interface ColumnFacts {
  readonly name: string;
  /** `empty` means that no cell has a value. */
  readonly kind: "number" | "text" | "empty";
  readonly gaps: number;
  /** The place of the first gap: file, row and column. */
  readonly firstGap: string | undefined;
  /** In a column of numbers, the first cell that is a word, with its place. */
  readonly stray: { readonly word: string; readonly place: string } | undefined;
  /** The style in which the words of a column are numbers, with the first of them; undefined if there is no such style. */
  readonly otherNumbers: { readonly style: NumberStyle; readonly word: string; readonly place: string } | undefined;
  /** The statistics of the numbers; NaN if there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  readonly isWhole: boolean;
  /** The distinct words of a text column, sorted. */
  readonly words: readonly string[];
  /**
   * The number of rows for each word, or for each number if the numbers are whole and few, as classes are. In a column of numbers with a few words
   * all cells are words, if they are few.
   */
  readonly counts: ReadonlyMap<string, number>;
  /** Returns the place of the first row with that word or number of `counts`. */
  readonly firstPlace: (word: string) => string | undefined;
}

/** The largest number of different whole numbers that may be classes. */
export const MOST_CLASSES = 100;

/** How the cells of a file are to be read. */
export interface CellContext {
  readonly style: NumberStyle;
  readonly delimiter: string;
}
const USUAL: CellContext = { style: { decimal: ".", thousands: null }, delimiter: "," };

const NO_NUMBERS = { min: Number.NaN, max: Number.NaN, mean: Number.NaN, deviation: Number.NaN, isWhole: false } as const;

/** Returns the facts about a column. `place` returns the file, row and column of a cell. */
export function columnFacts(
  name: string,
  cells: readonly string[],
  place: (row: number) => string,
  { style, delimiter }: CellContext = USUAL,
): ColumnFacts {
  const rules = cellRules(style);
  const sorted = sortedCells(cells, rules);
  const { numbers, words, gaps, numberGaps, firstStray } = sorted;
  const otherNumbers = (): ColumnFacts["otherNumbers"] => {
    const other = words > 0 ? otherStyle(cells, style, delimiter) : undefined;
    return other && { style: other, word: (cells[firstStray] ?? "").trim(), place: place(firstStray) };
  };
  const shared = { name, stray: undefined, otherNumbers: undefined };
  if (numbers === 0 || words >= numbers)
    if (words > 0 || (numbers === 0 && numberGaps.count > 0)) {
      const counted = countedWords(cells, rules);
      return {
        ...shared,
        ...NO_NUMBERS,
        kind: "text",
        gaps: gaps.count,
        firstGap: placeOf(gaps.first, place),
        otherNumbers: otherNumbers(),
        words: counted.map(([word]) => word),
        counts: new Map(counted.map(([word, { count }]) => [word, count])),
        firstPlace: placesOf(new Map(counted.map(([word, { first }]) => [word, first])), place),
      };
    }
  const first = firstOf(gaps.first, numberGaps.first);
  const filled = { gaps: gaps.count + numberGaps.count, firstGap: placeOf(first, place) };
  if (numbers === 0)
    return { ...shared, ...NO_NUMBERS, ...filled, kind: "empty", words: [], counts: new Map(), firstPlace: () => undefined };
  const { counted: wholes, ...statistics } = statisticsOf(cells, rules);
  const counted = words > 0 ? fewWords(cells, rules) : wholes.map(([value, found]): [string, Found] => [String(value), found]);
  return {
    ...shared,
    ...statistics,
    ...filled,
    kind: "number",
    stray: words > 0 ? { word: (cells[firstStray] ?? "").trim(), place: place(firstStray) } : undefined,
    otherNumbers: otherNumbers(),
    words: [],
    counts: new Map(counted.map(([value, { count }]) => [value, count])),
    firstPlace: placesOf(new Map(counted.map(([value, { first: row }]) => [value, row])), place),
  };
}

/** Returns the words that `one_hot` expands a column to; none if its numbers are no categories. */
export const categoriesOf = ({ kind, words, counts }: ColumnFacts): readonly string[] => (kind === "text" ? words : [...counts.keys()]);

interface Found {
  count: number;
  /** The first row, or -1. */
  first: number;
}

/** Counts the cells by what they are. */
function sortedCells(
  cells: readonly string[],
  rules: CellRules,
): { readonly numbers: number; readonly words: number; readonly gaps: Found; readonly numberGaps: Found; readonly firstStray: number } {
  const gaps: Found = { count: 0, first: -1 };
  const numberGaps: Found = { count: 0, first: -1 };
  let numbers = 0;
  let words = 0;
  let firstStray = -1;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? "";
    const gap = rules.isGap(cell) ? gaps : rules.isNumberGap(cell) ? numberGaps : undefined;
    if (gap) {
      if (gap.count++ === 0) gap.first = row;
    } else if (rules.number(cell) !== undefined) numbers++;
    else if (words++ === 0) firstStray = row;
  }
  return { numbers, words, gaps, numberGaps, firstStray };
}

/** Returns the distinct words of a text column, sorted, with their counts and first rows. Cells that look like numbers are words, too. */
function countedWords(cells: readonly string[], rules: CellRules): [string, Found][] {
  const found = new Map<string, Found>();
  cells.forEach((cell, row) => {
    if (!rules.isGap(cell)) count(found, cell.trim(), row);
  });
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Returns the words of a column of numbers that has a few, with its numbers as words; none if they are many. */
function fewWords(cells: readonly string[], rules: CellRules): [string, Found][] {
  const counted = countedWords(cells, { ...rules, isGap: (cell) => rules.isGap(cell) || rules.isNumberGap(cell) });
  return counted.length > MOST_CLASSES ? [] : counted;
}

function count<K>(found: Map<K, Found>, key: K, row: number): void {
  const known = found.get(key);
  if (known) known.count++;
  else found.set(key, { count: 1, first: row });
}

type Statistics = Pick<ColumnFacts, "min" | "max" | "mean" | "deviation" | "isWhole">;

/** Returns the statistics of the numbers, and the numbers with their counts if they are whole and few. */
function statisticsOf(cells: readonly string[], rules: CellRules): Statistics & { readonly counted: [number, Found][] } {
  let n = 0;
  let mean = 0;
  let spread = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isWhole = true;
  let whole: Map<number, Found> | undefined = new Map();
  cells.forEach((cell, row) => {
    const value = rules.number(cell);
    if (value === undefined) return;
    n++;
    const distance = value - mean;
    mean += distance / n;
    spread += distance * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
    isWhole &&= Number.isInteger(value);
    if (whole) count(whole, value, row);
    if (!isWhole || (whole && whole.size > MOST_CLASSES)) whole = undefined;
  });
  return { min, max, mean, deviation: Math.sqrt(spread / n), isWhole, counted: [...(whole ?? [])].sort(([a], [b]) => a - b) };
}

const placeOf = (row: number, place: (row: number) => string): string | undefined => (row < 0 ? undefined : place(row));
const firstOf = (a: number, b: number): number => (a < 0 ? b : b < 0 ? a : Math.min(a, b));

const placesOf =
  (rows: ReadonlyMap<string, number>, place: (row: number) => string): ColumnFacts["firstPlace"] =>
  (word) =>
    placeOf(rows.get(word) ?? -1, place);
