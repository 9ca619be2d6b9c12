/** Reads a plan's source into columns of numbers or words, with gaps marked. A large file is read piece by piece and takes 12 bytes per cell. */
import type { NoSettings } from "../catalog/arguments.ts";
import type { FileReader } from "../host.ts";
import type { DataPlan } from "../plan.ts";
import { csvPieces, isGap, numberFrom } from "./csv.ts";
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
  /** Whether no cell is a number. */
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

/** Returns the columns of those names. Throws `DataProblem` for unusable data, and `LoadingStopped` if `loading` returns true. */
export async function readColumns(
  source: TableSource,
  names: readonly string[],
  files: FileReader,
  loading: Loading = async () => false,
): Promise<ColumnTable> {
  if (source.kind === "csv") return await readCsv(source, names, files, loading);
  const rows = source.kind === "generator" ? generate(source.use) : source.rows;
  const places = new Map(source.columns.map((name, at) => [name, at]));
  const columns = new Map(
    names.map((name) => {
      const at = places.get(name) ?? -1;
      const cells = new Cells(rows.length);
      for (const row of rows) cells.add(String(row[at] ?? ""));
      return [name, cells.column(name, (row) => `row ${row + 1} of the table, column ${name}`)];
    }),
  );
  return { rows: rows.length, column: (name) => requireColumn(columns, name, "The table", source.columns) };
}

async function readCsv(
  { kind: _kind, path, header, delimiter, ...others }: Extract<TableSource, { kind: "csv" }>,
  names: readonly string[],
  files: FileReader,
  loading: Loading,
): Promise<ColumnTable> {
  others satisfies NoSettings;
  const bytes = await readFile(path, files);
  // Each column of a row takes at least two bytes: a character and a delimiter or line break.
  const mostRows = Math.ceil(bytes.length / (2 * Math.max(1, names.length)));
  const cells = names.map(() => new Cells(Math.min(1 << 16, mostRows)));
  let places: readonly number[] | undefined;
  let rows = 0;
  let first = 1;
  for (const piece of csvPieces(bytes, { header, delimiter }, path, names)) {
    if (rows === 0) first = piece.firstRow;
    places ??= placesOf(names, piece.columns, path);
    for (const [slot, own] of cells.entries()) {
      const at = places[slot];
      if (piece.plain) own.addAll(piece.plain.numbers[slot]);
      else for (const row of piece.rows) own.add(row[at] ?? "");
    }
    rows += piece.plain?.rows ?? piece.rows.length;
    if (await loading(piece.share, rows)) throw new LoadingStopped();
  }
  const columns = new Map(
    names.map((name, slot) => [name, cells[slot].column(name, (row) => `${path}, row ${row + first}, column ${name}`)]),
  );
  return { rows, column: (name) => requireColumn(columns, name, path, names) };
}

/** Returns where each name is among the columns. Throws `DataProblem` NN211 for a name that is not there. */
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

/** A column under construction: 8 bytes per number, and 4 more per cell once a word occurs. Each distinct word is stored once. */
class Cells {
  private numbers: Float64Array;
  /** 1 + the word's index in `words`; 0 for a number or a gap. */
  private codes: Uint32Array | undefined;
  private readonly words: string[] = [];
  private readonly known = new Map<string, number>();
  private length = 0;
  private isText = true;

  constructor(capacity: number) {
    this.numbers = new Float64Array(Math.max(16, capacity));
  }

  add(cell: string): void {
    if (this.length === this.numbers.length) this.grow();
    const value = numberFrom(cell);
    const row = this.length++;
    this.numbers[row] = value ?? Number.NaN;
    if (value !== undefined) this.isText = false;
    else if (!isGap(cell)) {
      this.codes ??= new Uint32Array(this.numbers.length);
      this.codes[row] = this.codeOf(cell.trim());
    }
  }

  addAll(values: Float64Array): void {
    while (this.length + values.length > this.numbers.length) this.grow();
    this.numbers.set(values, this.length);
    this.length += values.length;
    if (values.length > 0) this.isText = false;
  }

  column(name: string, place: (row: number) => string): Column {
    const { numbers, codes, words, isText } = this;
    const word = (row: number): string => {
      const code = codes?.[row] ?? 0;
      return code > 0 ? (words[code - 1] ?? "") : Number.isNaN(numbers[row]) ? "" : String(numbers[row]);
    };
    return {
      name,
      isText,
      numbers: codes ? undefined : numbers.subarray(0, this.length),
      place,
      word,
      isGap: (row) => Number.isNaN(numbers[row]) && !codes?.[row],
      number(row) {
        if (codes?.[row])
          throw new DataProblem(
            `${place(row)}: "${word(row).slice(0, 40)}" is text where a number belongs; correct the cell or leave the column out of \`features\`.`,
          );
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
