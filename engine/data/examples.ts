/**
 * Turns files into examples: a matrix of features, a matrix of targets for each output, and the rows of each part. A training fits the encoding
 * (fit.ts); every other use applies the fit of the training that its weights come from.
 */
import type { NoSettings } from "../catalog/arguments.ts";
import { sizeOf } from "../catalog/shapes.ts";
import type { FileReader } from "../host.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import type { DataPlan, TrainingPlan } from "../plan.ts";
import { type Column, type ColumnTable, type Loading, readColumns, readFile } from "./columns.ts";
import { classIndex, type EncodedTarget, encodeClasses, encodeFeatures, encodeTarget, featuresAsTarget } from "./encoding.ts";
import { classNames, type DataFit, featureCountOf, fitImages, fitsPlan, fitTable, formOf, type UsedTable } from "./fit.ts";
import { fitChanges } from "./fitChanges.ts";
import { parseIdx } from "./idx.ts";
import { DataProblem } from "./problem.ts";
import { classesOfLabels, classesOfRows, rowWeights, sampleWeightReader } from "./rowWeights.ts";
import { type Parts, splitRows } from "./split.ts";
import { classesOf } from "./strata.ts";

export interface Examples {
  readonly rows: number;
  /** [rows, featureCount], scaled. */
  readonly features: Numbers;
  readonly featureCount: number;
  /** For each output [rows, width], encoded as its loss requires. */
  readonly targets: readonly EncodedTarget[];
  /** Height and width if each row is an image. */
  readonly imageShape: readonly [number, number] | null;
  readonly parts: Parts;
  /** The encoding of the features and targets. */
  readonly fit: DataFit;
  /** How the fit of these data would differ from the given fit, in clauses for the user; empty if none was given. */
  readonly changes: readonly string[];
}

export interface LoadOptions {
  readonly loading?: Loading | undefined;
  /** Returns memory for that many numbers, all 0. */
  readonly allocate?: ((length: number) => Numbers) | undefined;
  /** The fit of an earlier training. Without it, the encoding is fitted to the training part of these data. */
  readonly fit?: DataFit | undefined;
}

/** Reads, encodes, scales and splits the data. Throws `DataProblem` if the files contain anything that can't be used. */
export async function loadExamples(
  plan: TrainingPlan,
  files: FileReader,
  precision: Precision,
  options: LoadOptions = {},
): Promise<Examples> {
  const { source } = plan.data;
  const own = { ...options, allocate: options.allocate ?? allocateAs(precision) };
  if (options.fit) requireFitOf(plan, options.fit);
  return source.kind === "idx" ? await loadImages(plan, source, files, own) : await loadTable(plan, source, files, own);
}

/** Throws `DataProblem` if the fit belongs to another plan. */
function requireFitOf(plan: TrainingPlan, fit: DataFit): void {
  if (!fitsPlan(plan, fit))
    throw new DataProblem("The saved fit of the data belongs to another training, so it can't be used; train again.");
}

type Load = LoadOptions & { readonly allocate: (length: number) => Numbers };
const allocateAs =
  (precision: Precision) =>
  (length: number): Numbers =>
    precision === "float32" ? new Float32Array(length) : new Float64Array(length);

async function loadImages(
  plan: TrainingPlan,
  { kind: _kind, images: imagesFile, labels: labelsFile, ...others }: Extract<DataPlan["source"], { kind: "idx" }>,
  files: FileReader,
  { fit: given, allocate }: Load,
): Promise<Examples> {
  others satisfies NoSettings;
  const images = await parseIdx(await readFile(imagesFile, files), imagesFile, files.unpack);
  const labels = await parseIdx(await readFile(labelsFile, files), labelsFile, files.unpack);
  const [rows, ...shape] = images.shape;
  if (labels.shape.length !== 1)
    throw new DataProblem(`${labelsFile} has ${labels.shape.length} axes, but labels have one; name the images first, then the labels.`);
  if (labels.shape[0] !== rows)
    throw new DataProblem(
      `${imagesFile} holds ${rows} images, but ${labelsFile} holds ${labels.shape[0]} labels; use two files of the same set.`,
    );
  const featureCount = sizeOf(shape);
  const learnsLabels = plan.training.outputs.some(({ target }) => target !== "features");
  const parts = splitRows(rows, plan.data.split, plan.training.seed, learnsLabels ? (row) => labels.values[row] : undefined);
  const fitted = fitImages(plan, images.values, parts.train, featureCount);
  const fit = given ?? fitted;
  const features = allocate(rows * featureCount);
  encodePixels(fit, images.values, features);
  const weighted = { plan, train: parts.train, rows, allocate, sampleWeight: undefined };
  const targets = plan.training.outputs.map((output, k) =>
    output.target === "features"
      ? featuresAsTarget(plan, output, { values: features, width: featureCount })
      : {
          ...encodeClasses(
            { plan, output, fit: fit.targets[k], allocate },
            rows,
            (row) => labels.values[row],
            (row) => `${labelsFile}, label ${row + 1}`,
          ),
          weights: rowWeights(weighted, classesOfLabels(plan.data, labels.values)),
        },
  );
  const [height, width] = shape;
  const imageShape = shape.length === 2 ? ([height, width] as const) : null;
  return { rows, features, featureCount, targets, imageShape, parts, fit, changes: fitChanges(plan.data, fit, fitted) };
}

/** Scales the pixels of any number of images. */
export function encodePixels({ features: [pixels] }: DataFit, bytes: Uint8Array, features: Numbers): void {
  const { offset, factor } = pixels.scaler;
  const shades = Float64Array.from({ length: 256 }, (_, byte) => (byte - offset) / factor);
  for (let i = 0; i < bytes.length; i++) features[i] = shades[bytes[i]];
}

async function loadTable(
  plan: TrainingPlan,
  source: Exclude<DataPlan["source"], { kind: "idx" }>,
  files: FileReader,
  { fit: given, loading, allocate }: Load,
): Promise<Examples> {
  const { data, training } = plan;
  const words = new Set(data.oneHot.map(({ column }) => column));
  const numeric = new Set(data.features?.filter((name) => !words.has(name)));
  const columns = await readColumns(source, [...new Set([...(data.features ?? []), ...data.target, ...weightColumns(data)])], files, {
    loading,
    numeric,
  });
  const table = usedTable(plan, columns);
  const { features, targets, used, weights } = table;
  const rows = used.length;
  const classOf = rowClass(plan, table, given);
  const parts = splitRows(rows, data.split, training.seed, classOf && ((row) => classOf(used[row])));
  if (parts.train.length === 0)
    throw new DataProblem(`\`split\` leaves none of the ${rows} rows to train on; give \`train\` a larger share.`, { at: "data" });
  const fitted = fitTable(plan, table, parts.train);
  const fit = given ?? fitted;
  const featureCount = featureCountOf(fit);
  const matrix = allocate(rows * featureCount);
  encodeFeatures(fit.features, features, used, { matrix, width: featureCount });
  const weighted = { plan, train: parts.train, rows, allocate, sampleWeight: sampleWeightReader(weights, used) };
  return {
    rows,
    features: matrix,
    featureCount,
    targets: training.outputs.map((output, k) => ({
      ...(output.target === "features"
        ? featuresAsTarget(plan, output, { values: matrix, width: featureCount })
        : encodeTarget({ plan, output, fit: fit.targets[k], allocate }, output.target, targets, used)),
      weights: rowWeights(weighted, classesOfRows(plan, output, targets, used)),
    })),
    imageShape: null,
    parts,
    fit,
    changes: fitChanges(plan.data, fit, fitted),
  };
}

/** Returns the columns and the rows that are used. Throws `DataProblem` for a gap that the file does not allow. */
function usedTable({ data }: TrainingPlan, table: ColumnTable): UsedTable {
  const features = (data.features ?? []).map(table.column);
  const targets = data.target.map(table.column);
  const words = new Map(data.oneHot.map(({ column, words: list }) => [column, list]));
  const [weights] = weightColumns(data).map(table.column);
  const exact = new Map(targets.map((column) => [column, "target"]));
  if (weights) exact.set(weights, "weight");
  const used: number[] = [];
  for (let row = 0; row < table.rows; row++) if (isUsed(row, [...features, ...exact.keys()], exact, words, data.missing)) used.push(row);
  if (used.length === 0)
    throw new DataProblem(`Each of the ${table.rows} rows has a missing value, so \`missing drop\` leaves no row; try \`missing mean\`.`, {
      at: "data",
    });
  return { features, targets, used, weights };
}

const weightColumns = ({ sampleWeight }: DataPlan): string[] => (sampleWeight === null ? [] : [sampleWeight]);

/** Returns a function that reads the class of a row of the table, for a stratified split; undefined if the targets are numbers to predict. */
function rowClass(plan: TrainingPlan, { targets, used }: UsedTable, given: DataFit | undefined): ((row: number) => number) | undefined {
  const outputs = plan.training.outputs.flatMap((output, k) => {
    if (output.target === "features") return [];
    const columns = targets.slice(...output.target);
    return { form: formOf(plan, output), columns, classes: given ? given.targets[k].classes : classNames(plan.data, columns, used) };
  });
  for (const { columns, classes } of outputs) if (classes && columns[0]) return classIndex(columns[0], classes);
  return classesOf(outputs, used);
}

/** Whether the row is used. Throws `DataProblem` if it has a gap that the file does not allow. `exact` has the columns whose gaps no mean can fill, and what they are. */
function isUsed(
  row: number,
  columns: readonly Column[],
  exact: ReadonlyMap<Column, string>,
  words: ReadonlyMap<string, unknown>,
  missing: DataPlan["missing"],
): boolean {
  for (const column of columns) {
    if (!column.isGap(row)) continue;
    if (missing === "drop") return false;
    if (missing === "error")
      throw new DataProblem(
        `${column.place(row)}: the value is missing; write \`missing drop\` to leave out such rows${exact.has(column) ? "" : " or `missing mean` to fill in the gaps"}.`,
      );
    if (exact.has(column))
      throw new DataProblem(
        `${column.place(row)}: the ${exact.get(column)} is missing, and a mean can't replace it; write \`missing drop\`.`,
      );
    if (words.has(column.name))
      throw new DataProblem(`${column.place(row)}: the word is missing, and a text column has no mean; write \`missing drop\`.`);
  }
  return true;
}
