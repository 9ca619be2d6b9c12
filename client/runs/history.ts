/**
 * A run's epochs as a table of numbers, for charts. Each row is an epoch. The record on the disk has every recorded epoch (epochRecord.ts).
 * The table here has at most `MOST_ROWS` of them, and the total count. A missing number is NaN.
 */
import type { LayerStatistics, ParameterSnapshot, TrainingEventOf } from "../../engine/events.ts";

export type Epoch = TrainingEventOf<"epoch">;

/** The metrics and layers in a run's columns. The first epoch determines them. */
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

/** Writes the epoch's numbers to `row`, from index `at`. */
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

/** The maximum number of rows of a table: about as many as a chart has pixels for. When the table is full, every second row is dropped. */
export const MOST_ROWS = 2048;
/** The table of a network with many layers has fewer rows, so that a panel opens fast. */
const MOST_NUMBERS = 300_000;
const LEAST_ROWS = 512;
const capacityOf = (layout: Layout): number => Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / rowLength(layout))));

export interface HistoryTable {
  readonly layout: Layout;
  /** The table has epoch 1 and the epochs that are multiples of this number. */
  stride: number;
  /** Rows in use. */
  rows: number;
  /** One array for each column name, longer than the rows in use. */
  readonly columns: readonly Float64Array[];
  /** The newest epoch's row, whether or not the table has it. */
  last: Float64Array | null;
  /** The epoch with the lowest validation loss, or the lowest loss if there is no validation. */
  best: { readonly epoch: number; readonly loss: number } | null;
  /** The number of epochs added, whether or not the table has them. */
  seen: number;
}

export const newTable = (layout: Layout): HistoryTable => ({
  layout,
  stride: 1,
  rows: 0,
  columns: Array.from({ length: rowLength(layout) }, () => new Float64Array(capacityOf(layout))),
  last: null,
  best: null,
  seen: 0,
});

/**
 * Returns a table of the parameters' statistics in the snapshots' epochs, with a layer's columns for each trained parameter. The gradients
 * are from the epoch's last mini-batch. `name` returns a parameter's name. undefined if there are no snapshots.
 */
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

/** Adds rows in `writeRow`'s format, one after another in `rows`. */
export function addRows(table: HistoryTable, rows: Float64Array): void {
  const length = table.columns.length;
  const capacity = capacityOf(table.layout);
  const [lossAt, validationAt] = [columnOf.head("loss"), columnOf.head("val_loss")];
  for (let at = 0; at + length <= rows.length; at += length) {
    const epoch = rows[at] ?? 0;
    const validation = rows[at + validationAt] ?? Number.NaN;
    const loss = Number.isNaN(validation) ? (rows[at + lossAt] ?? Number.NaN) : validation;
    if (loss < (table.best?.loss ?? Number.POSITIVE_INFINITY)) table.best = { epoch, loss };
    table.seen++;
    while (table.rows >= capacity && isRetained(table, epoch)) thin(table, 2 * table.stride);
    if (!isRetained(table, epoch)) continue;
    for (let k = 0; k < length; k++) {
      const column = table.columns[k];
      if (column) column[table.rows] = rows[at + k] ?? Number.NaN;
    }
    table.rows++;
  }
  if (rows.length >= length) table.last = rows.slice(rows.length - length);
}

const isRetained = ({ stride }: HistoryTable, epoch: number): boolean => epoch === 1 || epoch % stride === 0;

function thin(table: HistoryTable, stride: number): void {
  const [epochs] = table.columns;
  if (!epochs) return;
  table.stride = stride;
  const retained: number[] = [];
  for (let i = 0; i < table.rows; i++) if (isRetained(table, epochs[i] ?? 0)) retained.push(i);
  for (const column of table.columns) for (const [to, from] of retained.entries()) column[to] = column[from] ?? Number.NaN;
  table.rows = retained.length;
}

/** The difference between a table and an earlier copy of it, which `addDelta` applies to the copy. */
export interface Delta {
  readonly layout: Layout;
  readonly rows: Float64Array;
  readonly stride: number;
  readonly best: HistoryTable["best"];
  readonly seen: number;
}

/** Returns the difference after `rows` were added to the table: the rows it retained, and the last one. */
export function deltaOf(table: HistoryTable, rows: Float64Array): Delta {
  const length = table.columns.length;
  const wanted: number[] = [];
  for (let at = 0; at < rows.length; at += length) if (isRetained(table, rows[at] ?? 0) || at + length >= rows.length) wanted.push(at);
  const retained = wanted.length * length === rows.length ? rows : new Float64Array(wanted.length * length);
  if (retained !== rows) for (const [to, from] of wanted.entries()) retained.set(rows.subarray(from, from + length), to * length);
  return { layout: table.layout, rows: retained, stride: table.stride, best: table.best, seen: table.seen };
}

export function addDelta(table: HistoryTable, { rows, stride, best, seen }: Delta): void {
  if (stride > table.stride) thin(table, stride);
  addRows(table, rows);
  table.best = best;
  table.seen = seen;
}

/** Returns the epoch of a row. `row` has the columns of the layout. */
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

/** Returns the table's i-th row, or undefined if there is none; a negative index counts from the end. */
export function rowAt({ columns, rows }: HistoryTable, i: number): Float64Array | undefined {
  const at = i < 0 ? rows + i : i;
  return at >= 0 && at < rows ? Float64Array.from(columns, (column) => column[at] ?? Number.NaN) : undefined;
}

/** Returns the table's epoch nearest at or before the given one; undefined if it has none, for example before the first epoch. */
export function epochAt(table: HistoryTable | null, epoch: number): Epoch | undefined {
  const { last, layout } = table ?? {};
  if (!table || !last || !layout) return undefined;
  if (epoch >= (last[0] ?? 0)) return epochFrom(layout, last);
  const row = rowAt(table, rowBefore(table, epoch));
  return row && (row[0] ?? 0) <= epoch ? epochFrom(layout, row) : undefined;
}

/** Returns the index of the last row at or before the epoch, or 0. */
function rowBefore({ columns: [epochs], rows }: HistoryTable, epoch: number): number {
  let [low, high] = [0, rows];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((epochs?.[middle] ?? 0) <= epoch) low = middle;
    else high = middle;
  }
  return low;
}

/** A table for a message or a file. Its columns are one after another in one array, since an editor's message can have at most 255 arrays. */
export type PackedTable = Omit<HistoryTable, "columns"> & { readonly numbers: Float64Array };

export function packedTable({ columns, ...table }: HistoryTable): PackedTable {
  const numbers = new Float64Array(columns.length * table.rows);
  columns.forEach((column, k) => {
    numbers.set(column.subarray(0, table.rows), k * table.rows);
  });
  return { ...table, numbers };
}

/** Returns the table's rows, one after another, if it has every recorded epoch. */
export function completeRows({ columns, rows, seen }: HistoryTable): Float64Array | undefined {
  if (seen !== rows) return undefined;
  const width = columns.length;
  return Float64Array.from({ length: rows * width }, (_, k) => columns[k % width]?.[Math.floor(k / width)] ?? Number.NaN);
}

/** Unpacks a table, with columns long enough to add rows. */
export function tableFromPacked({ numbers, ...table }: PackedTable): HistoryTable {
  const columns = Array.from({ length: rowLength(table.layout) }, (_, k) => {
    const column = new Float64Array(Math.max(capacityOf(table.layout), table.rows));
    column.set(numbers.subarray(k * table.rows, (k + 1) * table.rows));
    return column;
  });
  return { ...table, columns };
}

/** Returns the rows of all parts, one after another. */
export function joinedRows(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
