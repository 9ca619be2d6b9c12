/**
 * The fit of the data: the parts of the encoding that are learnt from the training part, such as scales, gap fills, categories and class names. A
 * training creates it once. It is saved with the weights, and every later use of the weights applies it unchanged. encoding.ts applies it to rows.
 */

import { type TargetForm, targetForm } from "../catalog/losses.ts";
import { sizeOf } from "../catalog/shapes.ts";
import { activationOf } from "../network/outputLosses.ts";
import type { ColumnRange, DataPlan, OutputPlan, TrainingPlan } from "../plan.ts";
import { type Column, numbersOf } from "./columns.ts";
import { DataProblem } from "./problem.ts";
import { fitByteScaler, fitScaler, type Scaler, UNSCALED } from "./scaling.ts";

export interface DataFit {
  /** In the order of the features. */
  readonly features: readonly FeatureFit[];
  /** One per output of the network, in the plan's order. */
  readonly targets: readonly TargetFit[];
}

/** The encoding of one column: a scaled number, with `fill` replacing a gap, or one-hot encoded categories. */
export interface FeatureFit {
  /** null for the pixels of an image. They share one scale. */
  readonly name: string | null;
  /** The index of the column's first feature, and its number of features. */
  readonly from: number;
  readonly width: number;
  readonly words: readonly string[] | null;
  readonly scaler: Scaler;
  /** The value that replaces a gap; NaN if a gap is an error. */
  readonly fill: number;
}

/** The encoding of one output's target. */
export interface TargetFit {
  /** The id of the output layer. */
  readonly layer: string;
  /** One per unit if the output learns the features: `age`, `color = red`. */
  readonly columns: readonly string[];
  /** The class names in order; null if the target is numeric or class indices. */
  readonly classes: readonly string[] | null;
  /** One per unit. */
  readonly scalers: readonly Scaler[];
  /** Whether targets of 0 and 1 are read as −1 and 1, as in Keras' hinge if every target is 0 or 1. */
  readonly zeroAsMinusOne: boolean;
}

/** The columns of a table, and its used rows. */
export interface UsedTable {
  readonly features: readonly Column[];
  readonly targets: readonly Column[];
  /** The table's rows, except those dropped by `missing drop`. */
  readonly used: readonly number[];
  /** The rows' weights; undefined without `sample_weight`. */
  readonly weights: Column | undefined;
}

/** Fits the encoding to the rows of `train`, which are indices of `used`. Throws `DataProblem` if a column can't be fitted. */
export function fitTable(plan: TrainingPlan, table: UsedTable, train: Uint32Array): DataFit {
  const { data, training } = plan;
  const words = new Map(data.oneHot.map(({ column, words: list }) => [column, list]));
  let from = 0;
  const features = table.features.map((column): FeatureFit => {
    const list = words.get(column.name) ?? null;
    const width = list?.length ?? 1;
    const place = { name: column.name, from, width, words: list };
    from += width;
    return list ? { ...place, scaler: UNSCALED, fill: Number.NaN } : { ...place, ...fitNumbers(column, table.used, train, data) };
  });
  return {
    features,
    targets: training.outputs.map((output) =>
      output.target === "features" ? fitReconstruction(plan, output, features) : fitTarget(plan, output, output.target, table, train),
    ),
  };
}

/** The target of an output that learns the features is in the network input's units, so nothing is fitted. */
const fitReconstruction = (plan: TrainingPlan, output: OutputPlan, features: readonly FeatureFit[]): TargetFit => ({
  layer: output.layer,
  columns: featureNames(features),
  classes: null,
  ...unscaled(plan, output),
});

/** Returns the names of the numbers that the network reads: `age`, `color = red`, `pixel 1`. */
export const featureNames = (features: readonly FeatureFit[]): string[] =>
  features.flatMap(({ name, width, words }) =>
    Array.from({ length: width }, (_, k) => (words ? `${name} = ${words[k]}` : name === null ? `pixel ${k + 1}` : name)),
  );

function fitNumbers(
  column: Column,
  used: readonly number[],
  train: Uint32Array,
  { missing, scale }: DataPlan,
): { scaler: Scaler; fill: number } {
  let values = numbersOf(column, used);
  // A later row may have a gap, even if no row has one here.
  const fill = missing === "mean" ? meanOf(values, train) : Number.NaN;
  if (values.some(Number.isNaN)) {
    if (values.every(Number.isNaN))
      throw new DataProblem(`Column ${column.name} has no value, so it has no mean; leave it out of \`features\`.`);
    values = values.map((value) => (Number.isNaN(value) ? fill : value));
  }
  const scaler = fitScaler(scale, values, train);
  requireFinite(column, scaler, Number.isNaN(fill) ? 0 : fill);
  return { scaler, fill };
}

/** Returns the mean of the rows' values without gaps; 0 if all are gaps, so that the training reads a constant. */
function meanOf(values: Float64Array, rows: Uint32Array): number {
  let sum = 0;
  let count = 0;
  for (const row of rows) {
    if (Number.isNaN(values[row])) continue;
    sum += values[row];
    count++;
  }
  return count > 0 ? sum / count : 0;
}

function fitTarget(
  plan: TrainingPlan,
  output: OutputPlan,
  range: ColumnRange,
  { targets, used }: UsedTable,
  train: Uint32Array,
): TargetFit {
  const own = targets.slice(...range);
  const fit = { layer: output.layer, columns: own.map(({ name }) => name), classes: classNames(plan.data, own, used) };
  const form = formOf(plan, output);
  if (readsClasses(fit, form)) return { ...fit, ...unscaled(plan, output) };
  const numbers = own.map((column) => numbersOf(column, used));
  const scalers = numbers.map((values, j) => {
    if (form !== "number") return UNSCALED;
    const scaler = fitScaler(plan.data.scaleTarget, values, train);
    requireFinite(own[j], scaler, 0);
    return scaler;
  });
  const zeroAsMinusOne = form === "sign" && numbers.every((values) => values.every((t) => t === 0 || t === 1));
  return { ...fit, scalers, zeroAsMinusOne };
}

/** Returns the class names in order if the target is a categorical column or `classes` names its values, else null. */
export function classNames({ classes, target: all }: DataPlan, own: readonly Column[], used: readonly number[]): readonly string[] | null {
  const [target] = own;
  if (!target || own.length > 1) return null;
  if (classes && (target.isText || all.length === 1)) return classes;
  return target.isText ? [...new Set(used.map(target.word))].sort() : null;
}

/** Fits one scale to all pixels. A separate scale for a pixel that is always dark would carry no information about brightness. */
export function fitImages(plan: TrainingPlan, images: Uint8Array, train: Uint32Array, width: number): DataFit {
  const { data, training } = plan;
  const scaler = fitByteScaler(data.scale, images, train, width);
  const features = [{ name: null, from: 0, width, words: null, scaler, fill: Number.NaN }];
  return {
    features,
    targets: training.outputs.map((output) =>
      output.target === "features"
        ? fitReconstruction(plan, output, features)
        : {
            layer: output.layer,
            columns: data.target.slice(...output.target),
            classes: data.classes,
            ...unscaled(plan, output),
          },
    ),
  };
}

/** Whether the target is one column with a class in each row, given as a name or a number. */
export const readsClasses = ({ columns, classes }: Pick<TargetFit, "columns" | "classes">, form: TargetForm): boolean =>
  columns.length === 1 && (classes !== null || form === "class_index");

/** Returns the names of an output's `count` classes: the data's names, −1 and 1 for targets written that way, or else their indices. */
export function classLabels(
  fit: Pick<TargetFit, "classes" | "zeroAsMinusOne"> | undefined,
  form: TargetForm,
  count: number,
): readonly string[] {
  const signs = fit && form === "sign" && !fit.zeroAsMinusOne && count === 2 ? ["-1", "1"] : [];
  const names = fit?.classes ?? signs;
  return Array.from({ length: count }, (_, k) => names[k] ?? String(k));
}

const unscaled = (plan: TrainingPlan, output: OutputPlan): Pick<TargetFit, "scalers" | "zeroAsMinusOne"> => ({
  scalers: Array.from({ length: unitsOf(plan, output) }, () => UNSCALED),
  zeroAsMinusOne: false,
});

function requireFinite({ name }: Column, { offset, factor }: Scaler, fill: number): void {
  if (Number.isFinite(offset) && Number.isFinite(factor) && Number.isFinite(fill)) return;
  throw new DataProblem(`Column ${name} has numbers so large that their mean or scale is infinite; correct them, or leave the column out.`);
}

/** Returns the target form required by the output's loss. */
export function formOf({ network }: TrainingPlan, { layer, loss }: OutputPlan): TargetForm {
  const found = network.layers.find(({ id }) => id === layer);
  return targetForm(loss.name, found && activationOf(found));
}

export const unitsOf = ({ network }: TrainingPlan, { layer }: OutputPlan): number =>
  sizeOf(network.layers.find(({ id }) => id === layer)?.output ?? [1]);

/** Returns the number of features of a row. */
export const featureCountOf = ({ features }: Pick<DataFit, "features">): number => features.reduce((sum, { width }) => sum + width, 0);

/** Returns whether the fit matches the plan's features and targets, column by column and unit by unit. */
export function fitsPlan(plan: TrainingPlan, { features, targets }: DataFit): boolean {
  const { data, training } = plan;
  const names = features.map(({ name }) => name);
  return (
    (data.features ? sameList(names, data.features) : names.length === 1 && names[0] === null) &&
    featureCountOf({ features }) === sizeOf(data.featureShape) &&
    targets.length === training.outputs.length &&
    targets.every(({ layer, columns, classes, scalers }, k) => {
      const output = training.outputs[k];
      const units = unitsOf(plan, output);
      return (
        layer === output.layer &&
        sameList(columns, output.target === "features" ? featureNames(features) : data.target.slice(...output.target)) &&
        scalers.length === units &&
        (classes === null || columns.length <= 1)
      );
    })
  );
}

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((one, k) => one === b[k]);

/** Returns the class names of the first output with class names. */
export const classesOf = ({ targets }: DataFit): readonly string[] | null => targets.find(({ classes }) => classes)?.classes ?? null;
