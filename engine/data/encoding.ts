/** Applies the fit of the data to the rows of a table: encodes features as the network reads them, and targets in the form required by their loss. */
import type { TargetForm } from "../catalog/losses.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { targetWidth } from "../network/outputLosses.ts";
import { plural } from "../numberText.ts";
import type { ColumnRange, OutputPlan, TrainingPlan } from "../plan.ts";
import { isValueText, valueText } from "./cells.ts";
import { type Column, numbersOf } from "./columns.ts";
import { type FeatureFit, formOf, readsClasses, type TargetFit, unitsOf } from "./fit.ts";
import { DataProblem } from "./problem.ts";

/**
 * Writes the columns' used rows into a [rows, width] matrix, which must contain zeros. `features` are the columns' features. Throws `DataProblem` for
 * a cell that the fit can't encode.
 */
export function encodeFeatures(
  features: readonly FeatureFit[],
  columns: readonly Column[],
  used: readonly number[],
  { matrix, width }: { readonly matrix: Numbers; readonly width: number },
): void {
  for (const [k, feature] of features.entries()) {
    const column = columns[k];
    if (feature.words) encodeWords(feature, feature.words, column, used, matrix, width);
    else encodeNumbers(feature, column, used, matrix, width);
  }
}

function encodeWords(
  { from }: FeatureFit,
  words: readonly string[],
  column: Column,
  used: readonly number[],
  matrix: Numbers,
  width: number,
): void {
  const index = new Map(words.map((word, k) => [word, k]));
  // In a column with other text, numbers stay as they are written, such as `3.0`.
  const areNumbers = words.every(isValueText);
  for (const [i, row] of used.entries()) {
    const word = column.word(row);
    const k = index.get(areNumbers ? valueText(word) : word);
    if (k === undefined)
      throw new DataProblem(
        column.isGap(row)
          ? `${column.place(row)}: the word is missing, and a text column has no mean; fill in the cell or leave out the row.`
          : `${column.place(row)}: "${shortened(column.word(row))}" is not one of the known words of this column: ${listOf(words)}; correct the cell, or check the .nn file and train again to add the word.`,
      );
    matrix[i * width + from + k] = 1;
  }
}

function encodeNumbers({ from, scaler, fill }: FeatureFit, column: Column, used: readonly number[], matrix: Numbers, width: number): void {
  const { offset, factor } = scaler;
  const values = numbersOf(column, used);
  for (let i = 0; i < values.length; i++) {
    const value = Number.isNaN(values[i]) ? fill : values[i];
    if (Number.isNaN(value))
      throw new DataProblem(
        `${column.place(used[i])}: the value is missing, and the training has no mean to replace it, since it had no \`missing mean\`; fill in the cell or leave out the row.`,
      );
    matrix[i * width + from] = (value - offset) / factor;
  }
}

export interface EncodedTarget {
  /** [rows, width] */
  readonly values: Numbers;
  readonly width: number;
  /** The weight of each row's loss in training (rowWeights.ts); undefined if all rows have equal weight. */
  readonly weights?: Numbers | undefined;
}

/** Returns the features as the target of an output that learns them. Throws `DataProblem` NN304 if the output has another number of units. */
export function featuresAsTarget(plan: TrainingPlan, output: OutputPlan, features: EncodedTarget): EncodedTarget {
  const units = unitsOf(plan, output);
  if (units === features.width) return features;
  throw new DataProblem(
    `${output.layer} has ${plural(units, "unit")}, but its target is the features, which are ${plural(features.width, "number")}.`,
    {
      code: "NN304",
      at: `layer:${output.layer}`,
    },
  );
}

export interface TargetRows {
  readonly plan: TrainingPlan;
  readonly output: OutputPlan;
  readonly fit: TargetFit;
  readonly allocate: (length: number) => Numbers;
}

/**
 * Returns the encoded targets of one output for the used rows. `range` selects the output's columns. Throws `DataProblem` for a target that the fit
 * can't encode.
 */
export function encodeTarget(target: TargetRows, range: ColumnRange, columns: readonly Column[], used: readonly number[]): EncodedTarget {
  const { plan, output, fit, allocate } = target;
  const form = formOf(plan, output);
  const own = columns.slice(...range);
  const [single] = own;
  if (single && readsClasses(fit, form)) {
    const classOf = fit.classes ? classIndex(single, fit.classes) : single.number;
    return encodeClasses(
      target,
      used.length,
      (i) => classOf(used[i]),
      (i) => single.place(used[i]),
    );
  }
  const units = unitsOf(plan, output);
  if (own.length !== units)
    throw new DataProblem(`${output.layer} has ${plural(units, "unit")} but ${plural(own.length, "target column")}.`, {
      code: "NN304",
      at: `layer:${output.layer}`,
    });
  const values = allocate(used.length * units);
  for (const [j, column] of own.entries()) {
    const { offset, factor } = fit.scalers[j];
    const numbers = numbersOf(column, used);
    for (let i = 0; i < numbers.length; i++)
      values[i * units + j] = fit.zeroAsMinusOne ? 2 * numbers[i] - 1 : (numbers[i] - offset) / factor;
  }
  return { values, width: units };
}

/** Returns the targets of rows with one class each, given by its index. */
export function encodeClasses(
  { plan, output, allocate }: TargetRows,
  rows: number,
  classOf: (row: number) => number,
  place: (row: number) => string,
): EncodedTarget {
  const units = unitsOf(plan, output);
  const form: TargetForm = formOf(plan, output);
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
    if (width === 1) values[row] = form === "sign" ? 2 * k - 1 : k;
    else for (let j = 0; j < width; j++) values[row * width + j] = k === j ? 1 : form === "sign" ? -1 : 0;
  }
  return { values, width };
}

/** Returns a function that reads the class index of a row. It throws `DataProblem` for a word that is not a class. */
export function classIndex(target: Column, classes: readonly string[]): (row: number) => number {
  const index = new Map(classes.map((name, i) => [target.numbers ? valueText(name) : name, i]));
  return (row) => {
    const k = index.get(target.word(row));
    if (k === undefined)
      throw new DataProblem(
        `${target.place(row)}: "${shortened(target.word(row))}" is not one of the classes ${listOf(classes)}; correct the cell, or add it to \`classes\` and train again.`,
      );
    return k;
  };
}

const MOST_LISTED = 8;
const listOf = (names: readonly string[]): string =>
  names.length > MOST_LISTED ? `${names.slice(0, MOST_LISTED).join(", ")} and ${names.length - MOST_LISTED} more` : names.join(", ");

const shortened = (word: string): string => (word.length > 40 ? `${word.slice(0, 39)}…` : word);
