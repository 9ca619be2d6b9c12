/** Reads the rows to predict from a CSV file or the images of an IDX file, and encodes them by the training's fit. */
import { type Shape, sizeOf } from "../../engine/catalog/shapes.ts";
import { type Column, readColumns } from "../../engine/data/columns.ts";
import { parseCsv } from "../../engine/data/csv.ts";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { encodeFeatures } from "../../engine/data/encoding.ts";
import { encodePixels } from "../../engine/data/examples.ts";
import { type DataFit, featureCountOf } from "../../engine/data/fit.ts";
import { parseIdx } from "../../engine/data/idx.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import { isGzip } from "../../engine/host.ts";
import type { Numbers } from "../../engine/kernels/kernels.ts";
import { isInput } from "../../engine/layerTraits.ts";
import { plural } from "../../engine/numberText.ts";
import type { SourcePlan, TrainingPlan } from "../../engine/plan.ts";
import { unpack } from "../node/unpack.ts";
import { readNamed } from "./openFile.ts";

/** The encoded rows of a file. */
export interface RowsToPredict {
  readonly rows: number;
  /** [rows, featureCount] */
  readonly features: Numbers;
  readonly featureCount: number;
  /** The indices of rows with a gap. They have no prediction, since `missing drop` excluded such rows from the training. */
  readonly dropped: ReadonlySet<number>;
  /** Returns the row's place for a message. */
  readonly place: (row: number) => string;
}

export interface EncodedBy {
  readonly plan: TrainingPlan;
  readonly fit: DataFit;
  readonly allocate: (length: number) => Numbers;
}

/** Reads a file named on the command line. Throws `DataProblem` with file, row and column if a value can't be encoded. */
export async function rowsToPredict(name: string, by: EncodedBy): Promise<RowsToPredict> {
  const plain = await readUnpacked(name);
  return isIdx(plain) ? await imagesFrom(plain, name, by) : await tableFrom(plain, name, by);
}

/** Returns whether the bytes are an IDX file. It starts with two zero bytes, which no text does. */
export const isIdx = (bytes: Uint8Array): boolean => bytes[0] === 0 && bytes[1] === 0;

/** Returns the bytes of a file named on the command line, unpacked if it is gzip. */
export async function readUnpacked(name: string): Promise<Uint8Array> {
  const bytes = await readNamed(name);
  return isGzip(bytes) ? await unpacked(bytes, name) : bytes;
}

async function unpacked(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    return await unpack(bytes);
  } catch {
    throw new DataProblem(`${name} can't be unpacked: the gzip data ends too early or is damaged.`);
  }
}

async function imagesFrom(bytes: Uint8Array, name: string, { plan, fit, allocate }: EncodedBy): Promise<RowsToPredict> {
  const { features, featureShape } = plan.data;
  if (features) throw new DataProblem(`${name} holds images, but the network takes the columns ${features.join(", ")}; name a CSV file.`);
  const { shape, values } = await parseIdx(bytes, name);
  const [rows = 0, ...own] = shape;
  if (own.length === 0) throw new DataProblem(`${name} holds ${plural(rows, "label")}, not images; name the file of the images.`);
  if (sizeOf(own) !== sizeOf(featureShape))
    throw new DataProblem(
      `${name} holds images of ${own.join("x")}, but the network takes ${featureShape.join("x")}; name images of that size.`,
    );
  const featureCount = sizeOf(featureShape);
  const matrix = allocate(rows * featureCount);
  encodePixels(fit, values, matrix);
  return { rows, features: matrix, featureCount, dropped: new Set(), place: (row) => `${name}, image ${row + 1}` };
}

async function tableFrom(bytes: Uint8Array, name: string, by: EncodedBy): Promise<RowsToPredict> {
  const { plan, fit } = by;
  if (!plan.data.features) return await pixelTable(bytes, name, by);
  const named = new Set(plan.network.layers.flatMap((layer) => (isInput(layer) && layer.columns ? layer.columns : [])));
  const wanted = fit.features.filter((feature) => named.size === 0 || named.has(feature.name ?? ""));
  const names = wanted.map((feature) => feature.name ?? "");
  const numeric = new Set(wanted.flatMap((feature) => (feature.words === null && feature.name !== null ? [feature.name] : [])));
  const table = await readColumns(
    sourceOf(plan.data.source, name, bytes, names),
    names,
    { read: async () => bytes },
    { numeric, missing: plan.data.missingValues },
  );
  const columns = names.map(table.column);
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const dropped = new Set(plan.data.missing === "drop" ? rows.filter((row) => columns.some((column) => column.isGap(row))) : []);
  const featureCount = featureCountOf(fit);
  const matrix = by.allocate(table.rows * featureCount);
  if (dropped.size === 0) encodeFeatures(wanted, columns, rows, { matrix, width: featureCount });
  else {
    const whole = rows.filter((row) => !dropped.has(row));
    const own = by.allocate(whole.length * featureCount);
    encodeFeatures(wanted, columns, whole, { matrix: own, width: featureCount });
    for (const [i, row] of whole.entries()) matrix.set(own.subarray(i * featureCount, (i + 1) * featureCount), row * featureCount);
  }
  requireFinite(matrix, featureCount, (row, feature) => {
    const column = columns[wanted.findIndex(({ from, width }) => feature >= from && feature < from + width)];
    return column && { place: column.place(row), value: String(column.number(row)) };
  });
  return { rows: table.rows, features: matrix, featureCount, dropped, place: rowPlace(columns[0]) };
}

/** Returns the row's place without its column. */
const rowPlace =
  (column: Column | undefined) =>
  (row: number): string =>
    column?.place(row).replace(/, column .*$/s, "") ?? `row ${row + 1}`;

/** Returns the file as a source in the format of the training's file. If that has no header, this file's first row may still name the columns. */
export function sourceOf(
  source: SourcePlan,
  path: string,
  bytes: Uint8Array,
  names: readonly string[],
): Extract<SourcePlan, { kind: "csv" }> {
  if (source.kind !== "csv") return { ...CSV_FORMAT, kind: "csv", path };
  if (source.header) return { ...source, path };
  const { columns } = parseCsv(bytes, { ...source, header: true }, path);
  return { ...source, path, header: names.every((name) => columns.includes(name)) };
}

/** Reads images as a table with a column for each pixel. */
async function pixelTable(bytes: Uint8Array, name: string, { plan, fit, allocate }: EncodedBy): Promise<RowsToPredict> {
  const source = { ...CSV_FORMAT, kind: "csv", path: name } as const;
  const { columns: names } = parseCsv(bytes, source, name);
  const shape: Shape = plan.data.featureShape;
  const featureCount = featureCountOf(fit);
  if (names.length !== featureCount)
    throw new DataProblem(
      `${name} has ${names.length} columns, but the network takes images of ${shape.join("x")}, which are ${featureCount} pixels; name an IDX file, or a CSV file with a column for each pixel.`,
    );
  const table = await readColumns(source, names, { read: async () => bytes });
  const columns = names.map(table.column);
  const [pixels] = fit.features;
  const matrix = allocate(table.rows * featureCount);
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const each = names.flatMap((column, from) => (pixels ? [{ ...pixels, name: column, from, width: 1 }] : []));
  encodeFeatures(each, columns, rows, { matrix, width: featureCount });
  requireFinite(matrix, featureCount, (row, feature) => ({
    place: columns[feature]?.place(row) ?? name,
    value: String(columns[feature]?.number(row)),
  }));
  return { rows: table.rows, features: matrix, featureCount, dropped: new Set(), place: rowPlace(columns[0]) };
}

/** Throws `DataProblem` for the first feature that is not finite in the network's precision. */
function requireFinite(
  matrix: Numbers,
  width: number,
  cellOf: (row: number, feature: number) => { place: string; value: string } | undefined,
): void {
  const at = matrix.findIndex((value) => !Number.isFinite(value));
  const cell = at < 0 ? undefined : cellOf(Math.floor(at / width), at % width);
  if (!cell) return;
  const precision = matrix.BYTES_PER_ELEMENT === 8 ? "float64" : "float32";
  throw new DataProblem(`${cell.place}: ${cell.value} is too large for the network, which computes in ${precision}; correct the cell.`);
}
