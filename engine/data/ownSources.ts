/** The sources of a plan, and the parts that have their own source. */
import type { DataPlan, OwnPart, SourcePlan } from "../plan.ts";
import type { Column, ColumnTable } from "./columns.ts";
import type { Parts } from "./split.ts";

const OWN_PARTS = ["validation", "test"] as const satisfies readonly OwnPart[];

/** Returns the parts with their own source, in the order of their rows. */
const ownParts = ({ ownSources }: DataPlan): OwnPart[] => OWN_PARTS.filter((part) => ownSources[part] !== null);

/** Returns the data's source, which is split, followed by the parts' own sources. */
export const sourcesOf = (data: DataPlan): readonly [SourcePlan, ...SourcePlan[]] => [
  data.source,
  ...ownParts(data).flatMap((part) => data.ownSources[part] ?? []),
];

/** Returns the parts including the rows of their own sources, which follow the split rows. `counts` contains the number of rows in each source. */
export function partsWithOwn(parts: Parts, data: DataPlan, counts: readonly number[]): Parts {
  let [from = 0] = counts;
  const own = ownParts(data).map((part, k): [OwnPart, Uint32Array] => {
    const first = from;
    const count = counts[k + 1] ?? 0;
    from += count;
    return [part, Uint32Array.from({ length: count }, (_, row) => first + row)];
  });
  return { ...parts, ...Object.fromEntries(own) };
}

/** Returns the tables' rows as one table. The first table, which contains the training part, determines whether a column is categorical. */
export function joinedTable(tables: readonly [ColumnTable, ...ColumnTable[]]): ColumnTable {
  const [first, ...others] = tables;
  if (others.length === 0) return first;
  return {
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    column: (name) => joinedColumn(tables.map((table) => ({ column: table.column(name), rows: table.rows }))),
  };
}

interface Piece {
  readonly column: Column;
  readonly rows: number;
}

function joinedColumn(pieces: readonly Piece[]): Column {
  const [{ column: first }] = pieces;
  /** Calls the function of the piece that contains the row. */
  const inPiece =
    <T>(ask: (column: Column, row: number) => T) =>
    (row: number): T => {
      let at = row;
      for (const { column, rows } of pieces) {
        if (at < rows) return ask(column, at);
        at -= rows;
      }
      throw new Error(`There is no row ${row}.`);
    };
  return {
    name: first.name,
    isText: first.isText,
    word: inPiece((column, row) => column.word(row)),
    number: inPiece((column, row) => column.number(row)),
    place: inPiece((column, row) => column.place(row)),
    isGap: inPiece((column, row) => column.isGap(row)),
    numbers: joinedNumbers(pieces),
  };
}

function joinedNumbers(pieces: readonly Piece[]): Float64Array | undefined {
  const all = new Float64Array(pieces.reduce((sum, { rows }) => sum + rows, 0));
  let at = 0;
  for (const { column, rows } of pieces) {
    if (!column.numbers) return undefined;
    all.set(column.numbers, at);
    at += rows;
  }
  return all;
}
