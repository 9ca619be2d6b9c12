/**
 * A run's epochs as columns of numbers: what charts draw. An epoch is a row; a record on the disk keeps every row (record.ts), the
 * table here at most `MOST_ROWS` of them, and says how many it leaves out. A number that an epoch does not have is NaN.
 */
import type { LayerStatistics, ParameterSnapshot, TrainingEventOf } from "../../engine/events.ts";

export type Epoch = TrainingEventOf<"epoch">;

/** Which columns a run has, fixed by its first epoch. */
export interface Layout {
  readonly metrics: readonly string[];
  readonly layers: readonly string[];
}

export const HEAD = ["epoch", "loss", "val_loss", "learning_rate", "seconds"] as const;
export const STATISTICS = ["norm", "mean", "spread", "max", "zeros", "update_ratio", "weight_norm", "dead_units"] as const;
export type Statistic = (typeof STATISTICS)[number];

export const layoutOf = ({ metrics, layers }: Epoch): Layout => ({
  metrics: Object.keys(metrics),
  layers: layers.map(({ layer }) => layer),
});

export const columnNames = ({ metrics, layers }: Layout): string[] => [
  ...HEAD,
  ...metrics,
  ...layers.flatMap((layer) => STATISTICS.map((statistic) => `${layer}.${statistic}`)),
];

export const rowLength = ({ metrics, layers }: Layout): number => HEAD.length + metrics.length + STATISTICS.length * layers.length;

export const columnOf = {
  head: (name: (typeof HEAD)[number]): number => HEAD.indexOf(name),
  metric: ({ metrics }: Layout, name: string): number => HEAD.length + metrics.indexOf(name),
  statistic: ({ metrics, layers }: Layout, layer: string, statistic: Statistic): number =>
    HEAD.length + metrics.length + STATISTICS.length * layers.indexOf(layer) + STATISTICS.indexOf(statistic),
};

/** Writes the epoch's row to `row` from `at`. */
export function writeRow(epoch: Epoch, row: Float64Array, at: number): void {
  row[at++] = epoch.epoch;
  row[at++] = epoch.loss;
  row[at++] = epoch.valLoss ?? Number.NaN;
  row[at++] = epoch.learningRate;
  row[at++] = epoch.seconds;
  for (const name in epoch.metrics) row[at++] = epoch.metrics[name] ?? Number.NaN;
  for (const { gradient, updateRatio, weightNorm, deadUnits } of epoch.layers) {
    row[at++] = gradient.norm;
    row[at++] = gradient.mean;
    row[at++] = gradient.spread;
    row[at++] = gradient.max;
    row[at++] = gradient.zeros;
    row[at++] = updateRatio;
    row[at++] = weightNorm;
    row[at++] = deadUnits ?? Number.NaN;
  }
}

/** As many as a chart has room for. More are dropped, every second one at a time, from the oldest to the newest alike. */
export const MOST_ROWS = 2048;
/** Of a network of many layers a table holds fewer rows, so that it opens at once. */
const MOST_NUMBERS = 300_000;
const LEAST_ROWS = 512;
const roomOf = (layout: Layout): number => Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / rowLength(layout))));

export interface HistoryTable {
  readonly layout: Layout;
  /** Of the epochs the first is kept, and those that are a multiple of this. */
  stride: number;
  /** Rows in use. */
  rows: number;
  /** One for each column name, with room for more numbers than are in use. */
  readonly columns: readonly Float64Array[];
  /** The newest epoch's row, kept or not. */
  last: Float64Array | null;
  /** The epoch with the least validation loss, or loss where nothing is validated; of every epoch, kept or not. */
  best: { readonly epoch: number; readonly loss: number } | null;
  /** Epochs of which a row came in. */
  seen: number;
}

export const newTable = (layout: Layout): HistoryTable => ({
  layout,
  stride: 1,
  rows: 0,
  columns: Array.from({ length: rowLength(layout) }, () => new Float64Array(roomOf(layout))),
  last: null,
  best: null,
  seen: 0,
});

/** The parameters' statistics of the recorded epochs, each of its last mini-batch: a table as of layers. `name` says what each is called. */
export function parameterTable(
  snapshots: readonly TrainingEventOf<"snapshot">[],
  name: (parameter: ParameterSnapshot) => string,
): HistoryTable | undefined {
  const learned = ({ parameters }: TrainingEventOf<"snapshot">): ParameterSnapshot[] =>
    parameters.filter(({ gradient }) => gradient !== null);
  const [first] = snapshots;
  if (!first) return undefined;
  const table = newTable({ metrics: [], layers: learned(first).map(name) });
  const length = rowLength(table.layout);
  const rows = new Float64Array(snapshots.length * length).fill(Number.NaN);
  for (const [k, snapshot] of snapshots.entries()) {
    rows[k * length] = snapshot.epoch;
    for (const [j, { gradient, updateRatio, weights }] of learned(snapshot).entries()) {
      if (!gradient) continue;
      const { norm, mean, spread, min, max, zeros } = gradient;
      const statistics = [norm, mean, spread, Math.max(Math.abs(min), Math.abs(max)), zeros, updateRatio ?? Number.NaN, weights.norm];
      rows.set(statistics, k * length + HEAD.length + STATISTICS.length * j);
    }
  }
  addRows(table, rows);
  return table;
}

/** Takes rows, one after another in `rows`, as `writeRow` makes them. */
export function addRows(table: HistoryTable, rows: Float64Array): void {
  const length = table.columns.length;
  const room = roomOf(table.layout);
  const [lossAt, validationAt] = [columnOf.head("loss"), columnOf.head("val_loss")];
  for (let at = 0; at + length <= rows.length; at += length) {
    const epoch = rows[at] ?? 0;
    const validation = rows[at + validationAt] ?? Number.NaN;
    const loss = Number.isNaN(validation) ? (rows[at + lossAt] ?? Number.NaN) : validation;
    if (loss < (table.best?.loss ?? Number.POSITIVE_INFINITY)) table.best = { epoch, loss };
    table.seen++;
    while (table.rows >= room && isKept(table, epoch)) thin(table, 2 * table.stride);
    if (!isKept(table, epoch)) continue;
    for (let k = 0; k < length; k++) {
      const column = table.columns[k];
      if (column) column[table.rows] = rows[at + k] ?? Number.NaN;
    }
    table.rows++;
  }
  if (rows.length >= length) table.last = rows.slice(rows.length - length);
}

const isKept = ({ stride }: HistoryTable, epoch: number): boolean => epoch === 1 || epoch % stride === 0;

function thin(table: HistoryTable, stride: number): void {
  const [epochs] = table.columns;
  if (!epochs) return;
  table.stride = stride;
  const kept: number[] = [];
  for (let i = 0; i < table.rows; i++) if (isKept(table, epochs[i] ?? 0)) kept.push(i);
  for (const column of table.columns) for (const [to, from] of kept.entries()) column[to] = column[from] ?? Number.NaN;
  table.rows = kept.length;
}

/** What a second table needs to become like the first: rows that it keeps, and what it knows of the others. */
export interface Delta {
  readonly layout: Layout;
  readonly rows: Float64Array;
  readonly stride: number;
  readonly best: HistoryTable["best"];
  readonly seen: number;
}

/** Of rows that were just added to the table: those that it kept, and the last one. */
export function deltaOf(table: HistoryTable, rows: Float64Array): Delta {
  const length = table.columns.length;
  const wanted: number[] = [];
  for (let at = 0; at < rows.length; at += length) if (isKept(table, rows[at] ?? 0) || at + length >= rows.length) wanted.push(at);
  const few = wanted.length * length === rows.length ? rows : new Float64Array(wanted.length * length);
  if (few !== rows) for (const [to, from] of wanted.entries()) few.set(rows.subarray(from, from + length), to * length);
  return { layout: table.layout, rows: few, stride: table.stride, best: table.best, seen: table.seen };
}

export function addDelta(table: HistoryTable, { rows, stride, best, seen }: Delta): void {
  if (stride > table.stride) thin(table, stride);
  addRows(table, rows);
  table.best = best;
  table.seen = seen;
}

/** A row as an epoch; `row` has the table's columns. */
export function epochFrom({ metrics, layers }: Layout, row: Float64Array): Epoch {
  const number = (k: number): number => row[k] ?? Number.NaN;
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const own = HEAD.length + metrics.length;
  return {
    kind: "epoch",
    epoch: number(0),
    loss: number(1),
    valLoss: orNull(number(2)),
    learningRate: number(3),
    seconds: number(4),
    metrics: Object.fromEntries(metrics.map((name, k) => [name, number(HEAD.length + k)])),
    layers: layers.map((layer, k): LayerStatistics => {
      const at = own + STATISTICS.length * k;
      return {
        layer,
        gradient: { norm: number(at), mean: number(at + 1), spread: number(at + 2), max: number(at + 3), zeros: number(at + 4) },
        updateRatio: number(at + 5),
        weightNorm: number(at + 6),
        deadUnits: orNull(number(at + 7)),
        units: null,
      };
    }),
  };
}

/** The i-th kept row; negative counts from the end. */
export function rowAt({ columns, rows }: HistoryTable, i: number): Float64Array | undefined {
  const at = i < 0 ? rows + i : i;
  return at >= 0 && at < rows ? Float64Array.from(columns, (column) => column[at] ?? Number.NaN) : undefined;
}

/** A table for a message or a file: its columns one after another in one array, since the editor carries at most 255 arrays in a message. */
export type PackedTable = Omit<HistoryTable, "columns"> & { readonly numbers: Float64Array };

export function packedTable({ columns, ...table }: HistoryTable): PackedTable {
  const numbers = new Float64Array(columns.length * table.rows);
  columns.forEach((column, k) => {
    numbers.set(column.subarray(0, table.rows), k * table.rows);
  });
  return { ...table, numbers };
}

/** With room to grow again. */
export function tableFromPacked({ numbers, ...table }: PackedTable): HistoryTable {
  const columns = Array.from({ length: rowLength(table.layout) }, (_, k) => {
    const column = new Float64Array(Math.max(roomOf(table.layout), table.rows));
    column.set(numbers.subarray(k * table.rows, (k + 1) * table.rows));
    return column;
  });
  return { ...table, columns };
}
