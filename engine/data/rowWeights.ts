/**
 * The weight of each row's loss in training: its class's weight (`class_weight`), multiplied by the row's own (`sample_weight`). Only the training
 * loss is weighted, so every row outside the training part has weight 1. As in Keras, the loss is the sum over a batch divided by its number of rows.
 */
import type { Numbers } from "../kernels/kernels.ts";
import type { DataPlan, OutputPlan, TrainingPlan } from "../plan.ts";
import { valueText } from "./cells.ts";
import type { Column } from "./columns.ts";
import { formOf } from "./fit.ts";
import { DataProblem } from "./problem.ts";

export interface WeightedRows {
  readonly plan: TrainingPlan;
  /** The rows of the training part. */
  readonly train: Uint32Array;
  /** The number of all rows. */
  readonly rows: number;
  readonly allocate: (length: number) => Numbers;
  /** Returns the row's own weight; undefined without `sample_weight`. */
  readonly sampleWeight: ((row: number) => number) | undefined;
}

/** The classes of an output's rows, as text. */
export interface RowClasses {
  readonly of: (row: number) => string;
  /** Converts a class name in `class_weight` to the form that `of` returns. */
  readonly named: (name: string) => string;
}

/**
 * Returns the weights of one output's rows, or undefined if all rows have equal weight. `classes` is undefined if the output does not learn classes.
 */
export function rowWeights(
  { plan, train, rows, allocate, sampleWeight }: WeightedRows,
  classes: RowClasses | undefined,
): Numbers | undefined {
  const classWeight = classes && classWeightReader(plan.data.classWeight, train, classes);
  if (!classWeight && !sampleWeight) return undefined;
  const weights = allocate(rows).fill(1);
  for (const row of train) weights[row] = (classWeight?.(row) ?? 1) * (sampleWeight?.(row) ?? 1);
  return weights;
}

/** Returns a function that reads the weight of a row's class, 1 for an unnamed class. Returns undefined without `class_weight`. */
function classWeightReader(
  given: DataPlan["classWeight"],
  train: Uint32Array,
  { of, named }: RowClasses,
): ((row: number) => number) | undefined {
  if (given === null) return undefined;
  const weights = given === "balanced" ? balancedWeights(train, of) : new Map(given.map(({ name, weight }) => [named(name), weight]));
  return (row) => weights.get(of(row)) ?? 1;
}

/** n / (k · nₖ) for each of the k classes, where nₖ of the n rows are in class k. Every class then has the same total weight. */
function balancedWeights(train: Uint32Array, of: (row: number) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of train) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1);
  return new Map([...counts].map(([name, count]) => [name, train.length / (counts.size * count)]));
}

/**
 * Returns the classes of the used rows: the cells of a single column, or the name of the largest column in one-hot rows. Returns undefined for
 * numeric targets, and for several answers if more than one may be yes.
 */
export function classesOfRows(
  plan: TrainingPlan,
  output: OutputPlan,
  targets: readonly Column[],
  used: readonly number[],
): RowClasses | undefined {
  if (output.target === "features") return undefined;
  const own = targets.slice(...output.target);
  const form = formOf(plan, output);
  const [first] = own;
  if (!first || form === "number") return undefined;
  if (own.length === 1) return { of: (row) => first.word(used[row]), named: first.numbers ? valueText : asWritten };
  if (form !== "one_hot") return undefined;
  const largest = (row: number): Column => own.reduce((a, b) => (b.number(row) > a.number(row) ? b : a));
  return { of: (row) => largest(used[row]).name, named: asWritten };
}

/** Returns the classes of labels, named by `classes` or else by their indices. */
export const classesOfLabels = ({ classes }: DataPlan, labels: Uint8Array): RowClasses => ({
  of: (row) => classes?.[labels[row]] ?? String(labels[row]),
  named: asWritten,
});

const asWritten = (name: string): string => name;

/** Returns a function that reads the weight of a used row. It throws `DataProblem` for a negative weight. */
export function sampleWeightReader(column: Column | undefined, used: readonly number[]): ((row: number) => number) | undefined {
  if (!column) return undefined;
  return (row) => {
    const weight = column.number(used[row]);
    if (weight < 0)
      throw new DataProblem(`${column.place(used[row])}: the weight is ${weight}, but a weight is at least 0; correct the cell.`);
    return weight;
  };
}
