/**
 * Turns files into examples: a matrix of features, a matrix of targets for each output, and the rows of each part.
 * Scales and the means that fill gaps are fitted on the training part alone.
 */
import { sizeOf } from "../catalog/layers.ts";
import { type TargetForm, targetForm } from "../catalog/losses.ts";
import type { FileReader } from "../host.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import { activationOf, targetWidth } from "../network/outputLosses.ts";
import { plural } from "../numberText.ts";
import type { DataPlan, OutputPlan, TrainingPlan } from "../plan.ts";
import { type Column, type Loading, readColumns, readFile } from "./columns.ts";
import { parseIdx } from "./idx.ts";
import { DataProblem } from "./problem.ts";
import { fitByteScaler, fitScaler, type Scaler, UNSCALED } from "./scaling.ts";
import { type Parts, splitRows } from "./split.ts";
import { classesOf } from "./strata.ts";

export interface Examples {
  readonly rows: number;
  /** [rows, featureCount], scaled. */
  readonly features: Numbers;
  readonly featureCount: number;
  /** Each column's first index among the features, and its number of features. */
  readonly columns: ReadonlyMap<string, { readonly from: number; readonly width: number }>;
  /** For each output [rows, width], encoded as its loss requires. */
  readonly targets: readonly {
    readonly values: Numbers;
    readonly width: number;
    /** One for each of the output's units. */
    readonly scalers: readonly Scaler[];
  }[];
  readonly classes: readonly string[] | null;
  /** Height and width if each row is an image. */
  readonly imageShape: readonly [number, number] | null;
  readonly parts: Parts;
  /** How a new row is encoded as features, fitted on the training part. */
  readonly encoding: readonly FeatureEncoding[];
}

/** The encoding of one column: a scaled number, with `fill` in place of a gap, or one-hot encoded words. */
export interface FeatureEncoding {
  /** null for the pixels of an image, which share one encoding. */
  readonly name: string | null;
  readonly from: number;
  readonly width: number;
  readonly words: readonly string[] | null;
  readonly scaler: Scaler;
  /** The value that replaces a gap; NaN if a gap is an error. */
  readonly fill: number;
}

/** Reads, encodes, splits and scales the data. Throws `DataProblem` if the files contain anything that can't be trained on. */
export async function loadExamples(
  plan: TrainingPlan,
  files: FileReader,
  precision: Precision,
  { loading, allocate = allocateAs(precision) }: { readonly loading?: Loading; readonly allocate?: Allocate } = {},
): Promise<Examples> {
  const { source } = plan.data;
  return source.kind === "idx" ? await loadImages(plan, source, files, allocate) : await loadTable(plan, source, files, allocate, loading);
}

type Allocate = (length: number) => Numbers;
const allocateAs =
  (precision: Precision): Allocate =>
  (length) =>
    precision === "float32" ? new Float32Array(length) : new Float64Array(length);

async function loadImages(
  plan: TrainingPlan,
  source: Extract<DataPlan["source"], { kind: "idx" }>,
  files: FileReader,
  allocate: Allocate,
): Promise<Examples> {
  const images = await parseIdx(await readFile(source.images, files), source.images, files.unpack);
  const labels = await parseIdx(await readFile(source.labels, files), source.labels, files.unpack);
  const [rows, ...shape] = images.shape;
  if (labels.shape.length !== 1)
    throw new DataProblem(`${source.labels} has ${labels.shape.length} axes, but labels have one; name the images first, then the labels.`);
  if (labels.shape[0] !== rows)
    throw new DataProblem(
      `${source.images} holds ${rows} images, but ${source.labels} holds ${labels.shape[0]} labels; use two files of the same set.`,
    );
  const featureCount = sizeOf(shape);
  const parts = splitRows(rows, plan.data.split, plan.training.seed, (row) => labels.values[row]);

  // All pixels share one scale: a pixel that is always dark would have a range of its own that says nothing about brightness.
  const scaler = fitByteScaler(plan.data.scale, images.values, parts.train, featureCount);
  const features = allocate(rows * featureCount);
  const shades = Float64Array.from({ length: 256 }, (_, byte) => (byte - scaler.offset) / scaler.factor);
  const { values } = images;
  for (let i = 0; i < values.length; i++) features[i] = shades[values[i]];

  const targets = plan.training.outputs.map((output) =>
    encodeClasses(
      plan,
      output,
      rows,
      (row) => labels.values[row],
      (row) => `${source.labels}, label ${row + 1}`,
      allocate,
    ),
  );
  const encoding = [{ name: null, from: 0, width: featureCount, words: null, scaler, fill: Number.NaN }];
  const [height, width] = shape;
  const imageShape = shape.length === 2 ? ([height, width] as const) : null;
  return { rows, features, featureCount, columns: new Map(), targets, classes: plan.data.classes, imageShape, parts, encoding };
}

async function loadTable(
  plan: TrainingPlan,
  source: Exclude<DataPlan["source"], { kind: "idx" }>,
  files: FileReader,
  allocate: Allocate,
  loading: Loading | undefined,
): Promise<Examples> {
  const { data, training } = plan;
  const table = await readColumns(source, [...new Set([...(data.features ?? []), ...data.target])], files, loading);
  const features = (data.features ?? []).map(table.column);
  const targetColumns = data.target.map(table.column);
  const words = new Map(data.oneHot.map(({ column, words: list }) => [column, list]));

  const used: number[] = [];
  for (let row = 0; row < table.rows; row++)
    if (isUsed(row, [...features, ...targetColumns], targetColumns, words, data.missing)) used.push(row);
  if (used.length === 0)
    throw new DataProblem(`Each of the ${table.rows} rows has a missing value, so \`missing drop\` leaves no row; try \`missing mean\`.`, {
      at: "data",
    });
  const rows = used.length;

  const classes = classNames(data, targetColumns, used);
  const classOfRow = classes && targetColumns[0] ? classIndex(targetColumns[0], classes) : undefined;
  const stratified =
    classOfRow ??
    classesOf(
      training.outputs.map((output) => ({ form: formOf(plan, output), columns: targetColumns.slice(...output.target) })),
      used,
    );
  const parts = splitRows(rows, data.split, training.seed, stratified ? (row) => stratified(used[row]) : undefined);
  if (parts.train.length === 0)
    throw new DataProblem(`\`split\` leaves none of the ${rows} rows to train on; give \`train\` a larger share.`, { at: "data" });

  const columns = new Map<string, { from: number; width: number }>();
  let featureCount = 0;
  for (const { name } of features) {
    const width = words.get(name)?.length ?? 1;
    columns.set(name, { from: featureCount, width });
    featureCount += width;
  }
  const matrix = allocate(rows * featureCount);
  const encoding = features.map((column): FeatureEncoding => {
    const { from, width } = columns.get(column.name) ?? { from: 0, width: 1 };
    const list = words.get(column.name) ?? null;
    if (list) fillOneHot(matrix, column, list, used, featureCount, from);
    const fitted = list ? { scaler: UNSCALED, fill: Number.NaN } : fillNumbers(matrix, column, used, parts, data, featureCount, from);
    return { name: column.name, from, width, words: list, ...fitted };
  });
  const targets = training.outputs.map((output) => encodeTarget(plan, output, targetColumns, classOfRow, used, parts, allocate));
  return { rows, features: matrix, featureCount, columns, targets, classes, imageShape: null, parts, encoding };
}

/** Whether the row is used. Throws `DataProblem` if it has a gap that the file does not allow. */
function isUsed(
  row: number,
  columns: readonly Column[],
  targets: readonly Column[],
  words: ReadonlyMap<string, unknown>,
  missing: DataPlan["missing"],
): boolean {
  for (const column of columns) {
    if (!column.isGap(row)) continue;
    if (missing === "drop") return false;
    if (missing === "error")
      throw new DataProblem(
        `${column.place(row)}: the value is missing; write \`missing drop\` to leave out such rows${targets.includes(column) ? "" : " or `missing mean` to fill in the gaps"}.`,
      );
    if (targets.includes(column))
      throw new DataProblem(`${column.place(row)}: the target is missing, and a mean can't replace it; write \`missing drop\`.`);
    if (words.has(column.name))
      throw new DataProblem(`${column.place(row)}: the word is missing, and a text column has no mean; write \`missing drop\`.`);
  }
  return true;
}

function fillOneHot(matrix: Numbers, column: Column, words: readonly string[], used: readonly number[], width: number, from: number): void {
  used.forEach((row, i) => {
    const k = words.indexOf(column.word(row));
    if (k < 0)
      throw new DataProblem(
        `${column.place(row)}: "${column.word(row)}" is not one of the words that the file had when it was checked; save the .nn file again.`,
      );
    matrix[i * width + from + k] = 1;
  });
}

function fillNumbers(
  matrix: Numbers,
  column: Column,
  used: readonly number[],
  { train }: Parts,
  data: DataPlan,
  width: number,
  from: number,
): { scaler: Scaler; fill: number } {
  const values = numbersOf(column, used);
  let fill = Number.NaN;
  if (data.missing === "mean" && values.some(Number.isNaN)) {
    let sum = 0;
    let count = 0;
    for (const row of train) {
      if (Number.isNaN(values[row])) continue;
      sum += values[row];
      count++;
    }
    if (count === 0)
      throw new DataProblem(`Column ${column.name} has no value in the training part, so it has no mean; leave it out of \`features\`.`);
    fill = sum / count;
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = fill;
  }
  const scaler = fitScaler(data.scale, values, train);
  for (let i = 0; i < values.length; i++) matrix[i * width + from] = (values[i] - scaler.offset) / scaler.factor;
  return { scaler, fill };
}

/** Returns a copy of the used rows' numbers. Throws `DataProblem` if one is a word. */
function numbersOf({ numbers, number }: Column, used: readonly number[]): Float64Array {
  if (!numbers) return Float64Array.from(used, number);
  if (used.length === numbers.length) return numbers.slice();
  const own = new Float64Array(used.length);
  for (let i = 0; i < own.length; i++) own[i] = numbers[used[i]];
  return own;
}

/** Returns the class names in order if the target is one column of words, else null. */
function classNames(data: DataPlan, targets: readonly Column[], used: readonly number[]): readonly string[] | null {
  const [target] = targets;
  if (!target || targets.length > 1 || (!target.isText && !data.classes)) return null;
  if (data.classes) return data.classes;
  return [...new Set(used.map(target.word))].sort();
}

function classIndex(target: Column, classes: readonly string[]): (row: number) => number {
  const index = new Map(classes.map((name, i) => [name, i]));
  return (row) => {
    const k = index.get(target.word(row));
    if (k === undefined)
      throw new DataProblem(
        `${target.place(row)}: "${target.word(row)}" is not one of the classes ${classes.join(", ")}; add it to \`classes\`.`,
      );
    return k;
  };
}

type EncodedTarget = Examples["targets"][number];

function formOf({ network }: TrainingPlan, { layer, loss }: OutputPlan): TargetForm {
  const found = network.layers.find(({ id }) => id === layer);
  return targetForm(loss.name, found && activationOf(found));
}

const unitsOf = ({ network }: TrainingPlan, id: string): number => sizeOf(network.layers.find((layer) => layer.id === id)?.output ?? [1]);

function encodeClasses(
  plan: TrainingPlan,
  output: OutputPlan,
  rows: number,
  classOf: (row: number) => number,
  place: (row: number) => string,
  allocate: Allocate,
): EncodedTarget {
  const units = unitsOf(plan, output.layer);
  const target = formOf(plan, output);
  const width = targetWidth(output.loss.name, units);
  const classes = units === 1 ? 2 : units;
  const values = allocate(rows * width);
  for (let row = 0; row < rows; row++) {
    const k = classOf(row);
    if (!Number.isInteger(k) || k < 0 || k >= classes) {
      throw new DataProblem(
        `${place(row)}: ${k} is not a class number from 0 to ${classes - 1}; the output has ${plural(units, "unit")}.`,
        { code: "NN305", at: `layer:${output.layer}` },
      );
    }
    if (width === 1) values[row] = target === "sign" ? 2 * k - 1 : k;
    else for (let j = 0; j < width; j++) values[row * width + j] = k === j ? 1 : target === "sign" ? -1 : 0;
  }
  return { values, width, scalers: Array.from({ length: units }, () => UNSCALED) };
}

function encodeTarget(
  plan: TrainingPlan,
  output: OutputPlan,
  columns: readonly Column[],
  classOf: ((row: number) => number) | undefined,
  used: readonly number[],
  { train }: Parts,
  allocate: Allocate,
): EncodedTarget {
  const target = formOf(plan, output);
  const own = columns.slice(...output.target);
  const [single] = own;
  if (single && own.length === 1 && (classOf || target === "class_index")) {
    const index = classOf ?? single.number;
    return encodeClasses(
      plan,
      output,
      used.length,
      (row) => index(used[row]),
      (row) => single.place(used[row]),
      allocate,
    );
  }
  const units = unitsOf(plan, output.layer);
  if (own.length !== units)
    throw new DataProblem(`${output.layer} has ${plural(units, "unit")} but ${plural(own.length, "target column")}.`, {
      code: "NN304",
      at: `layer:${output.layer}`,
    });
  const values = allocate(used.length * units);
  const scalers = own.map((column, j) => {
    const numbers = numbersOf(column, used);
    const scaler = target === "number" ? fitScaler(plan.data.scaleTarget, numbers, train) : UNSCALED;
    // As in Keras, hinge reads targets of 0 and 1 as −1 and 1 if every target is 0 or 1.
    const signs = target === "sign" && numbers.every((t) => t === 0 || t === 1);
    numbers.forEach((t, i) => {
      values[i * units + j] = signs ? 2 * t - 1 : (t - scaler.offset) / scaler.factor;
    });
    return scaler;
  });
  return { values, width: units, scalers };
}
