/** The metrics. They are measured in addition to the loss, and training does not use them. */
import { type Entry, integer } from "./arguments.ts";

export interface Metric extends Entry {
  /** The name as usually written within a sentence. */
  readonly title: string;
  /** The targets that it measures: category words and class indices, or numbers to predict. 0 and 1, and −1 and 1, are both. */
  readonly measures: "classes" | "numbers";
  /** Whether a higher or a lower value is better. */
  readonly better: "higher" | "lower";
  /** The smallest and the largest possible value. */
  readonly range: readonly [number, number];
  /** When it has no value, as words that follow "because". */
  readonly undefinedIf?: string;
}

const AVERAGED =
  "With one output, the positive class is an output above ½ (above 0 with hinge). With several outputs, the value is the unweighted mean over the classes that occur.";

export const metrics = {
  accuracy: {
    title: "accuracy",
    summary: "The share of rows that are classified correctly.",
    formula: "correctly classified rows / rows",
    source: "Keras 3, BinaryAccuracy and CategoricalAccuracy",
    note: "Keras' class Accuracy compares for equality instead: an output of 0.9 and the target 1 count as wrong there. A single output means class 1 if it is above ½ (above 0 with hinge), else class 0. With several outputs, the class is the largest one. With binary_crossentropy, each of several outputs counts by itself.",
    arguments: {},
    measures: "classes",
    better: "higher",
    range: [0, 1],
  },
  top_k_accuracy: {
    title: "top-k accuracy",
    summary: "The share of rows whose class is among the `k` classes with the largest outputs.",
    formula: "rows with fewer than k classes above the right one / rows",
    source: "Keras 3, TopKCategoricalAccuracy",
    note: "With one output it is `accuracy`.",
    arguments: { k: integer("The number of classes that count as right.", { default: 5, min: 1, max: 1_000_000 }) },
    measures: "classes",
    better: "higher",
    range: [0, 1],
  },
  mae: {
    title: "MAE",
    summary: "Mean absolute error, in the target's own units.",
    formula: "mean |t − a|",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    measures: "numbers",
    better: "lower",
    range: [0, Number.POSITIVE_INFINITY],
  },
  mse: {
    title: "MSE",
    summary: "Mean squared error, in the target's own units squared.",
    formula: "mean (t − a)²",
    source: "Keras 3, MeanSquaredError",
    arguments: {},
    measures: "numbers",
    better: "lower",
    range: [0, Number.POSITIVE_INFINITY],
  },
  rmse: {
    title: "RMSE",
    summary: "Root of the mean squared error, in the target's own units.",
    formula: "√ mean (t − a)²",
    source: "Keras 3, RootMeanSquaredError",
    arguments: {},
    measures: "numbers",
    better: "lower",
    range: [0, Number.POSITIVE_INFINITY],
  },
  r2: {
    title: "R²",
    summary: "The share of the target's variance that is explained: 1 is perfect, 0 is no better than the mean.",
    formula: "1 − Σ(t − a)² / Σ(t − t̄)²",
    source: "Keras 3, R2Score",
    note: "With several columns, the value is the unweighted mean over the columns. A column whose target is constant has no value.",
    arguments: {},
    measures: "numbers",
    better: "higher",
    range: [Number.NEGATIVE_INFINITY, 1],
    undefinedIf: "a target column is constant",
  },
  mape: {
    title: "MAPE",
    summary: "Mean absolute percentage error: each error relative to its target, in percent.",
    formula: "100 · mean |t − a| / max(|t|, 1e-7)",
    source: "Keras 3, MeanAbsolutePercentageError",
    arguments: {},
    measures: "numbers",
    better: "lower",
    range: [0, Number.POSITIVE_INFINITY],
  },
  precision: {
    title: "precision",
    summary: "The share of rows predicted as the class that are of the class.",
    formula: "true positives / (true positives + false positives)",
    source: "Keras 3, Precision",
    note: AVERAGED,
    arguments: {},
    measures: "classes",
    better: "higher",
    range: [0, 1],
  },
  recall: {
    title: "recall",
    summary: "The share of rows of the class that are predicted as the class.",
    formula: "true positives / (true positives + false negatives)",
    source: "Keras 3, Recall",
    note: AVERAGED,
    arguments: {},
    measures: "classes",
    better: "higher",
    range: [0, 1],
  },
  f1: {
    title: "F1",
    summary: "Precision and recall in one number, which is low if either of them is low.",
    formula: "2 · precision · recall / (precision + recall)",
    source: "Keras 3, F1Score",
    note: AVERAGED,
    arguments: {},
    measures: "classes",
    better: "higher",
    range: [0, 1],
  },
  auc: {
    title: "AUC",
    summary: "The probability that a row of the class scores higher than a row of another class: 1 is perfect, ½ is chance.",
    formula: "(pairs in the right order + ½ ties) / pairs",
    source: "Hanley and McNeil 1982; Keras 3, AUC",
    note: `Computed exactly, by ranks; Keras uses 200 thresholds. ${AVERAGED} If all rows are of one class, there is no value.`,
    arguments: {},
    measures: "classes",
    better: "higher",
    range: [0, 1],
    undefinedIf: "all rows are of one class",
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

/** Returns the metric with this name (`r2`, `val_price_r2`), which may start with the name of an output; undefined for a part of the loss. */
function metricNamed(name: string): { readonly name: string; readonly metric: Metric } | undefined {
  const fitting = Object.entries<Metric>(metrics).filter(([own]) => name === own || name.endsWith(`_${own}`));
  // `top_k_accuracy` also ends in `accuracy`.
  const [longest] = fitting.sort(([a], [b]) => b.length - a.length);
  return longest && { name: longest[0], metric: longest[1] };
}

/** Returns why a metric with this name (`r2`, `val_price_r2`) is NaN. */
export const whyUndefined = (name: string): string | undefined => metricNamed(name)?.metric.undefinedIf;

/** Returns the title of a number of an epoch: `Validation MAE` for `val_mae`, `price R²` for the `price_r2` of the output `price`. */
export function metricTitle(full: string): string {
  const isValidation = full.startsWith("val_");
  const name = isValidation ? full.slice(4) : full;
  const found = metricNamed(name) ?? { name: "loss", metric: { title: "loss" } };
  const output = name.endsWith(`_${found.name}`) ? `${name.slice(0, -found.name.length - 1)} ` : "";
  const title = `${output}${name === PENALTY ? PENALTY : found.metric.title}`;
  if (isValidation) return `Validation ${title}`;
  // The name of an output is written as in the file.
  return output === "" ? `${title[0]?.toUpperCase() ?? ""}${title.slice(1)}` : title;
}

/** Returns whether higher or lower values of a loss or metric (`val_loss`, `price_mae`) are better. Lower losses are. */
export function direction(name: string): Metric["better"] {
  const metric = name.split("_").at(-1) ?? "";
  const known: Readonly<Record<string, Metric>> = metrics;
  return (Object.hasOwn(known, metric) ? known[metric]?.better : undefined) ?? "lower";
}

/** The name of the penalty of `l1` and `l2` in an epoch's numbers. */
export const PENALTY = "penalty";

/** Returns the name of an output's own loss in an epoch's numbers, as in Keras. */
export const lossName = (output: string): string => `${output}_loss`;

/** Returns whether an epoch's number with this name is a part of its loss (`penalty`, `price_loss`, `val_price_loss`) rather than a metric. */
export const isPartOfLoss = (name: string): boolean => name === PENALTY || name.endsWith("_loss");
