/** The columns of a line chart: each line's values, from one run or several, optionally smoothed and with a place for 0. */
import uPlot from "uplot";
import type { HistoryTable } from "../../runs/history.ts";
import type { Model } from "../model.ts";
import type { ChartSettings } from "./chartSettings.ts";

/** x, then each line's y. uPlot breaks a line at null. */
export type Columns = [Float64Array | number[], ...(number | null)[][]];

/** Returns each line's values. Runs recorded at different epochs are joined on one axis. */
export function columnsOf(model: Model, { lines, isLogarithmic, smoothing }: ChartSettings): Columns {
  const tables = [...new Set(lines.map(({ table }) => table))];
  const parts = tables.map((table): Columns => {
    const own = lines.filter((line) => line.table === table);
    const source = sourceOf(model, table);
    const ys = own.map(({ column }) => source.column(column));
    const drawn = smoothing > 0 ? ys.flatMap((y) => [y, smoothed(y, smoothing)]) : ys;
    return [source.epochs, ...drawn];
  });
  const [first] = parts;
  if (!first) return [[]];
  if (isLogarithmic) placeZeros(parts);
  const joined = (parts.length === 1 ? first : (uPlot.join(parts as uPlot.AlignedData[]) as unknown)) as Columns;
  if (parts.length === 1) return joined;
  // The joined columns are grouped by table. This restores the order of the lines.
  const place = tables.flatMap((table) => lines.map((line, k) => (line.table === table ? k : -1)).filter((k) => k >= 0));
  const width = smoothing > 0 ? 2 : 1;
  const [x, ...ys] = joined;
  const sorted = new Array<(number | null)[]>(ys.length);
  place.forEach((k, at) => {
    for (let i = 0; i < width; i++) sorted[k * width + i] = ys[at * width + i] ?? [];
  });
  return [x, ...sorted];
}

/** A logarithmic axis has no 0. It is drawn one decade below the smallest positive value, and labelled 0. Negative values are left out. */
function placeZeros(parts: readonly Columns[]): void {
  const level = zeroLevel(parts.flatMap(([, ...ys]) => ys));
  for (const [, ...ys] of parts)
    for (const y of ys)
      y.forEach((value, k) => {
        if (value !== null && value <= 0) y[k] = value === 0 ? level : null;
      });
}

function zeroLevel(ys: readonly (number | null)[][]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const y of ys) for (const value of y) if (value !== null && value > 0 && value < least) least = value;
  return ZERO_MARK * 10 ** (least === Number.POSITIVE_INFINITY ? -3 : Math.floor(Math.log10(least)) - 1);
}

/** Marks the level that represents 0: no computed value is this multiple of a power of ten. */
const ZERO_MARK = 1.000000123;
export const isZeroLevel = (value: number): boolean => Math.abs(value / 10 ** Math.round(Math.log10(value)) - ZERO_MARK) < 1e-12;

interface Source {
  readonly epochs: number[];
  readonly column: (k: number) => (number | null)[];
}

/** Returns the table with the newest epoch appended or, when zoomed in, the recorded epochs in the range once the host has sent them. */
function sourceOf(model: Model, table: HistoryTable): Source {
  const { stretch, zoom, state } = model;
  const width = table.columns.length;
  if (zoom && stretch && state?.history === table && stretch.rows.length > 0) {
    const count = stretch.rows.length / width;
    const [from, to] = [stretch.rows[0] ?? 0, stretch.rows[(count - 1) * width] ?? 0];
    if (from <= zoom.from + stretch.stride && to >= zoom.to - stretch.stride - 1) {
      const column = (k: number): (number | null)[] =>
        Array.from({ length: count }, (_, i) => finite(stretch.rows[i * width + k] ?? Number.NaN));
      return { epochs: column(0) as number[], column };
    }
  }
  const { rows, columns, last } = table;
  const hasNewer = last !== null && (columns[0]?.[rows - 1] ?? 0) < (last[0] ?? 0);
  const column = (k: number): (number | null)[] => {
    const own = Array.from(columns[k]?.subarray(0, rows) ?? [], finite);
    if (hasNewer) own.push(finite(last[k] ?? Number.NaN));
    return own;
  };
  return { epochs: column(0) as number[], column };
}

/** Returns the index of the line's last value at or before the epoch `to`; null if there is none. */
export function lastIndexOf(column: ArrayLike<number | null | undefined>, epochs: ArrayLike<number>, to: number): number | null {
  for (let i = column.length - 1; i >= 0; i--) if (column[i] != null && (epochs[i] ?? 0) <= to) return i;
  return null;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Returns the exponential moving average, corrected for its start bias, as in TensorBoard. */
function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}
