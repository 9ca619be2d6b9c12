/**
 * Converts files to examples: a matrix of features, a matrix of targets for each output, and the rows of each part. A training fits the encoding
 * (fit.ts). Every other use applies the fit saved with the weights.
 */
import type { NoSettings } from "../catalog/arguments.ts";
import { type Shape, shapeText, sizeOf } from "../catalog/shapes.ts";
import type { FileReader } from "../host.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Precision } from "../network/compile.ts";
import type { DataPlan, SourcePlan, TrainingPlan } from "../plan.ts";
import { type Column, type ColumnTable, type Loading, readColumns, readFile } from "./columns.ts";
import { classIndex, type EncodedTarget, encodeClasses, encodeFeatures, encodeTarget, featuresAsTarget } from "./encoding.ts";
import { classNames, type DataFit, featureCountOf, fitImages, fitsPlan, fitTable, formOf, type UsedTable } from "./fit.ts";
import { fitChanges } from "./fitChanges.ts";
import { parseIdx } from "./idx.ts";
import { type OwnNumbers, unscaledFit } from "./ownNumbers.ts";
import { joinedTable, partsWithOwn, sourcesOf } from "./ownSources.ts";
import { DataProblem } from "./problem.ts";
import { classesOfLabels, classesOfRows, rowWeights, sampleWeightReader } from "./rowWeights.ts";
import { type Parts, partition } from "./split.ts";
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
  /** The numbers before scaling; undefined unless `LoadOptions.own` retains them. */
  readonly own?: OwnNumbers | undefined;
  /** The encoding of the features and targets. */
  readonly fit: DataFit;
  /** How these data would be fitted differently from the given fit, in clauses for the user; empty if no fit was given. */
  readonly changes: readonly string[];
}

export interface LoadOptions {
  readonly loading?: Loading | undefined;
  /** Returns memory for that many numbers, initialized to 0. */
  readonly allocate?: ((length: number) => Numbers) | undefined;
  /** The fit of an earlier training. Without it, the encoding is fitted to the training part of these data. */
  readonly fit?: DataFit | undefined;
  /** Whether to retain the data's own numbers, for readers that show them. This takes memory. */
  readonly own?: "retained" | undefined;
}

/** Reads, encodes, scales and splits the data. Throws `DataProblem` if the files contain unusable data. */
export async function loadExamples(
  plan: TrainingPlan,
  files: FileReader,
  precision: Precision,
  options: LoadOptions = {},
): Promise<Examples> {
  const own = { ...options, allocate: options.allocate ?? allocateAs(precision) };
  if (options.fit) requireFitOf(plan, options.fit);
  const [source, ...others] = sourcesOf(plan.data);
  if (isImages(source)) {
    if (others.every(isImages)) return await loadImages(plan, [source, ...others], files, own);
  } else if (others.every(isTable)) return await loadTable(plan, [source, ...others], files, own);
  throw new DataProblem("The sources of `validation` and `test` must be images if the data's source is images, and tables otherwise.");
}

type Images = Extract<SourcePlan, { kind: "idx" }>;
type Table = Exclude<SourcePlan, { kind: "idx" }>;
const isImages = (source: SourcePlan): source is Images => source.kind === "idx";
const isTable = (source: SourcePlan): source is Table => source.kind !== "idx";

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

/** Images with their labels. */
interface LabelledImages {
  readonly rows: number;
  readonly shape: Shape;
  /** [rows, pixels] */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  readonly place: (row: number) => string;
}

async function readImages(
  { kind: _kind, images: imagesFile, labels: labelsFile, ...others }: Images,
  files: FileReader,
): Promise<LabelledImages> {
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
  return {
    rows,
    shape,
    pixels: images.values,
    labels: labels.values,
    place: (row) => `${labelsFile}, label ${row + 1}`,
  };
}

/** Returns the images of all sources, one after another. Throws `DataProblem` if their sizes differ. */
function joinedImages(all: readonly LabelledImages[]): LabelledImages {
  const [first, ...others] = all;
  if (others.length === 0) return first;
  for (const { shape, place } of others)
    if (shapeText(shape) !== shapeText(first.shape))
      throw new DataProblem(
        `${place(0).replace(/, label 1$/, "")} labels images of ${shapeText(shape)}, but the source has images of ${shapeText(first.shape)}; all parts need images of one size.`,
      );
  const joined = (of: (one: LabelledImages) => Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(all.reduce((sum, one) => sum + of(one).length, 0));
    let at = 0;
    for (const one of all) {
      bytes.set(of(one), at);
      at += of(one).length;
    }
    return bytes;
  };
  return {
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    shape: first.shape,
    pixels: joined(({ pixels }) => pixels),
    labels: joined(({ labels }) => labels),
    place(row) {
      let at = row;
      for (const one of all) {
        if (at < one.rows) return one.place(at);
        at -= one.rows;
      }
      return "";
    },
  };
}

async function loadImages(
  plan: TrainingPlan,
  sources: readonly Images[],
  files: FileReader,
  { fit: given, allocate, own: ownNumbers }: Load,
): Promise<Examples> {
  const all: LabelledImages[] = [];
  for (const source of sources) all.push(await readImages(source, files));
  const { rows, shape, pixels, labels, place } = joinedImages(all);
  const counts = all.map((one) => one.rows);
  const featureCount = sizeOf(shape);
  const learnsLabels = plan.training.outputs.some(({ target }) => target !== "features");
  const classOf = learnsLabels ? (row: number) => labels[row] : undefined;
  const split = partition({ count: counts[0], classOf, groupOf: undefined }, plan.data.split, plan.training.seed);
  const parts = partsWithOwn(split, plan.data, counts);
  const fitted = fitImages(plan, pixels, parts.train, featureCount);
  const fit = given ?? fitted;
  const features = allocate(rows * featureCount);
  encodePixels(fit, pixels, features);
  const weighted = { plan, train: parts.train, rows, allocate, sampleWeight: undefined };
  const targets = plan.training.outputs.map((output, k) =>
    output.target === "features"
      ? featuresAsTarget(plan, output, { values: features, width: featureCount })
      : {
          ...encodeClasses({ plan, output, fit: fit.targets[k], allocate }, rows, (row) => labels[row], place),
          weights: rowWeights(weighted, classesOfLabels(plan.data, labels)),
        },
  );
  const [height, width] = shape;
  const imageShape = shape.length === 2 ? ([height, width] as const) : null;
  // Class indices are not scaled, and neither are the targets of an output that learns the scaled pixels.
  const own = ownNumbers && { features: pixels, targets: targets.map(({ values }) => values) };
  return { rows, features, featureCount, targets, imageShape, parts, own, fit, changes: fitChanges(plan.data, fit, fitted) };
}

/** Scales the pixels of any number of images. */
export function encodePixels({ features: [pixels] }: DataFit, bytes: Uint8Array, features: Numbers): void {
  const { offset, factor } = pixels.scaler;
  const shades = Float64Array.from({ length: 256 }, (_, byte) => (byte - offset) / factor);
  for (let i = 0; i < bytes.length; i++) features[i] = shades[bytes[i]];
}

async function loadTable(
  plan: TrainingPlan,
  sources: readonly [Table, ...Table[]],
  files: FileReader,
  { fit: given, loading, allocate, own }: Load,
): Promise<Examples> {
  const { data, training } = plan;
  const words = new Set(data.oneHot.map(({ column }) => column));
  const numeric = new Set([...(data.features ?? []).filter((name) => !words.has(name)), data.sampleWeight ?? ""]);
  const names = new Set([...(data.features ?? []), ...data.target]);
  const read = async (source: Table, k: number, own: ReadonlySet<string>): Promise<ColumnTable> =>
    await readColumns(source, [...own], files, {
      loading: loading && partOf(loading, k, sources.length),
      numeric,
      missing: data.missingValues,
    });
  const [first, ...others] = sources;
  const tables: [ColumnTable, ...ColumnTable[]] = [await read(first, 0, new Set([...names, ...trainingColumns(data)]))];
  for (const [k, source] of others.entries()) tables.push(await read(source, k + 1, names));
  const { features, targets, used, weights, groups } = usedTable(plan, tables);
  const rows = used.length;
  const counts = usedCounts(used, tables);
  // Rows of separate sources are not split, and the fit does not depend on them.
  const table: UsedTable = { features, targets, weights, used: counts.length > 1 ? used.slice(0, counts[0]) : used };
  const classOf = rowClass(plan, table, given);
  const ofUsed = <T>(of: ((row: number) => T) | undefined): ((row: number) => T) | undefined => of && ((row) => of(used[row]));
  const split = partition({ count: counts[0], classOf: ofUsed(classOf), groupOf: ofUsed(groups?.word) }, data.split, training.seed);
  const parts = partsWithOwn(split, data, counts);
  if (parts.train.length === 0)
    throw new DataProblem(`\`split\` leaves none of the ${counts[0]} rows to train on; give \`train\` a larger share.`, { at: "data" });
  const fitted = fitTable(plan, table, parts.train);
  const fit = given ?? fitted;
  const featureCount = featureCountOf(fit);
  const encoded = encodedTable(plan, table, used, fit, allocate);
  const weighted = { plan, train: parts.train, rows, allocate, sampleWeight: sampleWeightReader(weights, used) };
  return {
    rows,
    features: encoded.features,
    featureCount,
    targets: training.outputs.map((output, k) => ({
      ...encoded.targets[k],
      weights: rowWeights(weighted, classesOfRows(plan, output, targets, used)),
    })),
    imageShape: null,
    parts,
    own: own && ownNumbersOf(plan, encoded, encodedTable(plan, table, used, unscaledFit(fit), allocateAs("float64"))),
    fit,
    changes: fitChanges(plan.data, fit, fitted),
  };
}

type EncodedTable = Pick<Examples, "features" | "targets">;

/** Returns the features and targets of the rows, encoded by a fit. */
function encodedTable(
  plan: TrainingPlan,
  { features, targets }: UsedTable,
  used: readonly number[],
  fit: DataFit,
  allocate: Load["allocate"],
): EncodedTable {
  const width = featureCountOf(fit);
  const matrix = allocate(used.length * width);
  encodeFeatures(fit.features, features, used, { matrix, width });
  return {
    features: matrix,
    targets: plan.training.outputs.map((output, k) =>
      output.target === "features"
        ? featuresAsTarget(plan, output, { values: matrix, width })
        : encodeTarget({ plan, output, fit: fit.targets[k], allocate }, output.target, targets, used),
    ),
  };
}

/** Returns the numbers before scaling. For an output that learns the features, they are the scaled numbers, because the output predicts those. */
const ownNumbersOf = ({ training }: TrainingPlan, scaled: EncodedTable, unscaled: EncodedTable): OwnNumbers => ({
  features: unscaled.features,
  targets: training.outputs.map(({ target }, k) => (target === "features" ? scaled : unscaled).targets[k].values),
});

/** Returns the columns and the used rows. Throws `DataProblem` for a gap that the file does not allow. */
function usedTable(
  { data }: TrainingPlan,
  tables: readonly [ColumnTable, ...ColumnTable[]],
): UsedTable & { readonly groups: Column | undefined } {
  const joined = joinedTable(tables);
  const [first] = tables;
  const features = (data.features ?? []).map(joined.column);
  const targets = data.target.map(joined.column);
  const words = new Map(data.oneHot.map(({ column, words: list }) => [column, list]));
  // Only rows of the data's own source are weighted and split, so the other sources do not need these columns.
  const weights = data.sampleWeight === null ? undefined : first.column(data.sampleWeight);
  const groups = data.split.by === null ? undefined : first.column(data.split.by);
  const exact = new Map(targets.map((column) => [column, "target"]));
  if (weights) exact.set(weights, "weight");
  if (groups) exact.set(groups, "group");
  const used: number[] = [];
  for (let row = 0; row < joined.rows; row++) {
    const isOwn = row >= first.rows;
    if (isUsed(row, [...features, ...(isOwn ? targets : exact.keys())], exact, words, data.missing)) used.push(row);
  }
  return { features, targets, used, weights, groups };
}

/** Returns the columns needed only in the data's own source. */
const trainingColumns = ({ sampleWeight, split }: DataPlan): string[] => [sampleWeight, split.by].filter((name) => name !== null);

/** Returns the number of used rows in each table. Throws `DataProblem` if a table has none. */
function usedCounts(used: readonly number[], tables: readonly ColumnTable[]): number[] {
  let from = 0;
  let at = 0;
  return tables.map(({ rows }) => {
    const first = at;
    from += rows;
    while (at < used.length && used[at] < from) at++;
    if (at === first)
      throw new DataProblem(`Each of the ${rows} rows has a missing value, so \`missing drop\` leaves no row; try \`missing mean\`.`, {
        at: "data",
      });
    return at - first;
  });
}

/** Returns a callback that reports the total share of all sources while source `k` is read. */
const partOf =
  (loading: Loading, k: number, sources: number): Loading =>
  (share, rows) =>
    loading((k + share) / sources, rows);

/** Returns a function that reads a table row's class for a stratified split; undefined if the targets are numeric. */
function rowClass(plan: TrainingPlan, { targets, used }: UsedTable, given: DataFit | undefined): ((row: number) => number) | undefined {
  const outputs = plan.training.outputs.flatMap((output, k) => {
    if (output.target === "features") return [];
    const columns = targets.slice(...output.target);
    return { form: formOf(plan, output), columns, classes: given ? given.targets[k].classes : classNames(plan.data, columns, used) };
  });
  for (const { columns, classes } of outputs) if (classes && columns[0]) return classIndex(columns[0], classes);
  return classesOf(outputs, used);
}

/**
 * Whether the row is used. Throws `DataProblem` if it has a gap that the file does not allow. `exact` contains the columns with gaps that a mean
 * can't fill, and their descriptions.
 */
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
