/** Reads a plan's source into columns of numbers or words, with gaps marked. Large files are read in pieces and take 12 bytes per cell. */
import type { NoSettings } from "../catalog/arguments.ts";
import { type FileReader, gunzip, isGzip } from "../host.ts";
import { bytesText } from "../numberText.ts";
import type { DataPlan } from "../plan.ts";
import { type CellRules, cellRules } from "./cells.ts";
import { csvPieces } from "./csv.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { generate } from "./generators.ts";
import { DataProblem } from "./problem.ts";

export interface Column {
  readonly name: string;
  /** Returns the cell as text, "" for a gap. */
  readonly word: (row: number) => string;
  /** Returns the cell as a number, NaN for a gap. Throws `DataProblem` if it is text. */
  readonly number: (row: number) => number;
  /** Returns the cell's place for a message: "iris.csv, row 12, column petal_width". */
  readonly place: (row: number) => string;
  readonly isGap: (row: number) => boolean;
  /** Whether the column is categorical: none of its cells is a number, or at least as many are words. */
  readonly isText: boolean;
  /** All cells, NaN for a gap; undefined if a cell is a word. Shared with the table: callers must not change it. */
  readonly numbers: Float64Array | undefined;
}

export interface ColumnTable {
  readonly rows: number;
  /** Returns one of the requested columns. Throws `DataProblem` NN211 for any other name. */
  readonly column: (name: string) => Column;
}

/** Called between two pieces of a long file with the share and the number of rows read so far. Returns whether to stop. */
export type Loading = (share: number, rows: number) => Promise<boolean>;

/** Thrown when the user stops a load. */
export class LoadingStopped extends Error {}

type TableSource = Exclude<DataPlan["source"], { kind: "idx" }>;
type CsvSource = Extract<TableSource, { kind: "csv" }>;

export interface ReadOptions {
  readonly loading?: Loading | undefined;
  /** The columns known to be numeric, even if no cell here is a number. In them, `-` means "no value". */
  readonly numeric?: ReadonlySet<string>;
  /** Texts and numbers that mean "no value" in addition to the usual ones. */
  readonly missing?: readonly string[];
}

/** Returns the columns with those names. Throws `DataProblem` for unusable data, and `LoadingStopped` if `loading` returns true. */
export async function readColumns(
  source: TableSource,
  names: readonly string[],
  files: FileReader,
  options: ReadOptions = {},
): Promise<ColumnTable> {
  const contentOf = (name: string): Content => (options.numeric?.has(name) ? "numbers" : "any");
  if (source.kind === "csv") return await readCsv(source, names, files, contentOf, options);
  const rows = source.kind === "generator" ? generate(source.use) : source.rows;
  const places = new Map(source.columns.map((name, at) => [name, at]));
  const rules = cellRules(CSV_FORMAT, options.missing);
  const columns = new Map(
    names.map((name) => {
      const at = places.get(name) ?? -1;
      const read = (keep: Kept): Cells => {
        const cells = new Cells(rows.length, rules, keep);
        for (const row of rows) cells.add(String(row[at] ?? ""));
        return cells;
      };
      const cells = read("numbers");
      const own = cells.isMixed() ? read("words") : cells;
      return [name, own.column(name, contentOf(name), (row) => `row ${row + 1} of the table, column ${name}`)];
    }),
  );
  return { rows: rows.length, column: (name) => requireColumn(columns, name, "The table", source.columns) };
}

async function readCsv(
  source: CsvSource,
  names: readonly string[],
  files: FileReader,
  contentOf: (name: string) => Content,
  { loading = async () => false, missing }: ReadOptions,
): Promise<ColumnTable> {
  const {
    kind: _kind,
    path: _path,
    header: _header,
    delimiter: _delimiter,
    decimal: _decimal,
    thousands: _thousands,
    comment: _comment,
    ...others
  } = source;
  others satisfies NoSettings;
  const bytes = await readTable(source.path, files);
  const rules = cellRules(source, missing);
  const { rows, rowNumber, cells } = await readCells(bytes, source, names, { rules, keep: "numbers" }, loading);
  // The text of numbers is not stored, so a column of numbers and words is read again as words.
  const mixed = names.filter((_, slot) => cells[slot].isMixed());
  const texts = mixed.length > 0 ? (await readCells(bytes, source, mixed, { rules, keep: "words" }, loading)).cells : [];
  const columns = new Map(
    names.map((name, slot) => [
      name,
      (texts[mixed.indexOf(name)] ?? cells[slot]).column(
        name,
        contentOf(name),
        (row) => `${source.path}, row ${rowNumber(row)}, column ${name}`,
      ),
    ]),
  );
  return { rows, column: (name) => requireColumn(columns, name, source.path, names) };
}

async function readCells(
  bytes: Uint8Array,
  source: CsvSource,
  names: readonly string[],
  { rules, keep }: { readonly rules: CellRules; readonly keep: Kept },
  loading: Loading,
): Promise<{ readonly rows: number; readonly rowNumber: (row: number) => number; readonly cells: readonly Cells[] }> {
  // Each column of a row takes at least two bytes: a character and a delimiter or line break.
  const mostRows = Math.ceil(bytes.length / (2 * Math.max(1, names.length)));
  const cells = names.map(() => new Cells(Math.min(1 << 16, mostRows), rules, keep));
  let places: readonly number[] | undefined;
  let rows = 0;
  let rowNumber = (row: number): number => row + 1;
  for (const piece of csvPieces(bytes, source, source.path, keep === "numbers" ? names : [])) {
    places ??= placesOf(names, piece.columns, source.path);
    for (const [slot, own] of cells.entries()) {
      const at = places[slot];
      if (piece.plain) own.addAll(piece.plain.numbers[slot]);
      else for (const row of piece.rows) own.add(row[at] ?? "");
    }
    rows += piece.plain?.rows ?? piece.rows.length;
    rowNumber = piece.rowNumber;
    if (await loading(piece.share, rows)) throw new LoadingStopped();
  }
  return { rows, rowNumber, cells };
}

/** Returns each name's index in the columns. Throws `DataProblem` NN211 for an unknown name. */
function placesOf(names: readonly string[], columns: readonly string[], path: string): number[] {
  const places = new Map(columns.map((name, at) => [name, at]));
  return names.map((name) => {
    const at = places.get(name);
    if (at === undefined) throw new DataProblem(`${path} has no column "${name}"; it has ${columns.join(", ")}.`, { code: "NN211" });
    return at;
  });
}

function requireColumn(columns: ReadonlyMap<string, Column>, name: string, where: string, known: readonly string[]): Column {
  const found = columns.get(name);
  if (!found) throw new DataProblem(`${where} has no column "${name}"; it has ${known.join(", ")}.`, { code: "NN211" });
  return found;
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

/** Returns the numbers of the rows, NaN for a gap. Callers must not change them. Throws `DataProblem` if one is a word. */
export function numbersOf({ numbers, number }: Column, rows: readonly number[]): Float64Array {
  if (!numbers) return Float64Array.from(rows, number);
  if (rows.length === numbers.length) return numbers;
  const own = new Float64Array(rows.length);
  for (let i = 0; i < own.length; i++) own[i] = numbers[rows[i]];
  return own;
}

/** The maximum size of a table unpacked from gzip, in bytes. */
const MOST_UNPACKED = 1024 ** 3;

/** Returns the bytes of a table's file, unpacked if they are gzip. */
async function readTable(path: string, files: FileReader): Promise<Uint8Array> {
  const bytes = await readFile(path, files);
  return isGzip(bytes) ? await unpackedTable(bytes, path, files.unpack) : bytes;
}

/** Returns a gzip file's content. Throws `DataProblem` if it is damaged or exceeds `limit`. */
export async function unpackedTable(
  bytes: Uint8Array,
  file: string,
  unpack: FileReader["unpack"] = gunzip,
  limit: number = MOST_UNPACKED,
): Promise<Uint8Array> {
  let plain: Uint8Array;
  try {
    plain = await unpack(bytes, limit + 1);
  } catch {
    throw new DataProblem(`${file} can't be unpacked: the gzip data ends too early or is damaged; download the file again.`);
  }
  if (plain.length > limit)
    throw new DataProblem(
      `${file} unpacks to more than ${bytesText(limit)}, the largest table that is unpacked; unpack it and name the CSV file.`,
    );
  return plain;
}

/** The known content of a column. */
type Content = "numbers" | "any";

/** The stored form of cells: numbers, with words where a cell is not a number, or all cells as words. */
type Kept = "numbers" | "words";

/** A column under construction: 8 bytes per number, and 4 more per cell once a word occurs. Each distinct word is stored once. */
class Cells {
  private numbers: Float64Array;
  /** 1 + the word's index in `words`; 0 for a number or a gap. */
  private codes: Uint32Array | undefined;
  private readonly words: string[] = [];
  private readonly known = new Map<string, number>();
  private length = 0;
  private numberCount = 0;
  /** Excludes the words that mean "no value" among numbers. */
  private wordCount = 0;
  private readonly rules: CellRules;
  private readonly keep: Kept;

  constructor(capacity: number, rules: CellRules, keep: Kept) {
    this.numbers = new Float64Array(Math.max(16, capacity));
    this.rules = rules;
    this.keep = keep;
  }

  add(cell: string): void {
    if (this.length === this.numbers.length) this.grow();
    const value = this.rules.number(cell);
    const row = this.length++;
    this.numbers[row] = value ?? Number.NaN;
    if (value !== undefined) this.numberCount++;
    else if (this.rules.isGap(cell)) return;
    else if (!this.rules.isNumberGap(cell)) this.wordCount++;
    if (value !== undefined && this.keep === "numbers") return;
    this.codes ??= new Uint32Array(this.numbers.length);
    this.codes[row] = this.codeOf(cell.trim());
  }

  addAll(values: Float64Array): void {
    while (this.length + values.length > this.numbers.length) this.grow();
    this.numbers.set(values, this.length);
    this.numberCount += values.length;
    for (let i = 0; i < values.length; i++) {
      if (!this.rules.isMissing(values[i])) continue;
      this.numbers[this.length + i] = Number.NaN;
      this.numberCount--;
    }
    this.length += values.length;
  }

  /** Whether the column contains words and numbers. */
  isMixed(): boolean {
    return this.numberCount > 0 && this.wordCount > 0;
  }

  column(name: string, content: Content, place: (row: number) => string): Column {
    const { numbers, words, rules } = this;
    const isText = content !== "numbers" && (this.numberCount === 0 || (this.wordCount > 0 && this.wordCount >= this.numberCount));
    // If there are no other words, the words that mean "no value" among numbers are gaps.
    const codes = (content === "numbers" || this.numberCount > 0) && this.wordCount === 0 ? undefined : this.codes;
    const word = (row: number): string => {
      const code = codes?.[row] ?? 0;
      return code > 0 ? (words[code - 1] ?? "") : Number.isNaN(numbers[row]) ? "" : String(numbers[row]);
    };
    const isGap = (row: number): boolean => Number.isNaN(numbers[row]) && (!codes?.[row] || (!isText && rules.isNumberGap(word(row))));
    return {
      name,
      isText,
      numbers: codes ? undefined : numbers.subarray(0, this.length),
      place,
      word,
      isGap,
      number(row) {
        if (Number.isNaN(numbers[row]) && !isGap(row))
          throw new DataProblem(`${place(row)}: "${word(row).slice(0, 40)}" is text where a number belongs; correct the cell.`);
        return numbers[row];
      },
    };
  }

  private codeOf(word: string): number {
    const known = this.known.get(word);
    if (known !== undefined) return known;
    this.words.push(word);
    this.known.set(word, this.words.length);
    return this.words.length;
  }

  private grow(): void {
    const numbers = new Float64Array(2 * this.numbers.length);
    numbers.set(this.numbers);
    this.numbers = numbers;
    if (!this.codes) return;
    const codes = new Uint32Array(numbers.length);
    codes.set(this.codes);
    this.codes = codes;
  }
}
