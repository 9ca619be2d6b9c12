/** What is measured beside the loss. Nothing is trained by a metric. */
import type { Entry } from "./arguments.ts";

export interface Metric extends Entry {
  /** Whether more of it is better. */
  readonly better: "higher" | "lower";
  /** When it has no value, in words that follow "because". */
  readonly undefinedIf?: string;
}

const AVERAGED =
  "One output: the positive class is what lies above ½ (above 0 under hinge). Several: the plain mean over the classes that occur.";

export const metrics = {
  accuracy: {
    summary: "The share of rows that are classified right.",
    formula: "rows whose predicted class is the target's / rows",
    source: "Keras 3, Accuracy",
    note: "One output: the side of ½ (of 0 under hinge) it falls on; several: the largest one's class. Under binary_crossentropy each of several outputs counts alone.",
    arguments: {},
    better: "higher",
  },
  mae: {
    summary: "Mean absolute error, in the target's own units.",
    formula: "mean |t − y|",
    source: "Keras 3, MeanAbsoluteError",
    arguments: {},
    better: "lower",
  },
  mse: {
    summary: "Mean squared error, in the target's own units squared.",
    formula: "mean (t − y)²",
    source: "Keras 3, MeanSquaredError",
    arguments: {},
    better: "lower",
  },
  rmse: {
    summary: "Root of the mean squared error, in the target's own units.",
    formula: "√ mean (t − y)²",
    source: "Keras 3, RootMeanSquaredError",
    arguments: {},
    better: "lower",
  },
  r2: {
    summary: "The share of the target's variance that is explained: 1 is perfect, 0 is no better than the mean.",
    formula: "1 − Σ(t − y)² / Σ(t − t̄)²",
    source: "Keras 3, R2Score",
    note: "Several columns: the plain mean over the columns. A column whose target is constant has none.",
    arguments: {},
    better: "higher",
    undefinedIf: "a target column is constant",
  },
  precision: {
    summary: "Of what was taken for the class, the share that is of the class.",
    formula: "true positives / (true positives + false positives)",
    source: "Keras 3, Precision",
    note: AVERAGED,
    arguments: {},
    better: "higher",
  },
  recall: {
    summary: "Of what is of the class, the share that was taken for it.",
    formula: "true positives / (true positives + false negatives)",
    source: "Keras 3, Recall",
    note: AVERAGED,
    arguments: {},
    better: "higher",
  },
  f1: {
    summary: "Precision and recall in one number, which is low when either is.",
    formula: "2 · precision · recall / (precision + recall)",
    source: "Keras 3, F1Score",
    note: AVERAGED,
    arguments: {},
    better: "higher",
  },
  auc: {
    summary: "How likely a row of the class scores higher than one that is not: 1 is perfect, ½ is chance.",
    formula: "(pairs in the right order + ½ ties) / pairs",
    source: "Hanley and McNeil 1982; Keras 3, AUC",
    note: `Exact, by ranks; Keras takes 200 thresholds. ${AVERAGED} Rows of one class alone have none.`,
    arguments: {},
    better: "higher",
    undefinedIf: "all rows are of one class",
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

/** Returns why a metric of this name (`r2`, `val_price_r2`) has no value where it is NaN. */
export function whyUndefined(name: string): string | undefined {
  const found = Object.entries<Metric>(metrics).find(([metric]) => name === metric || name.endsWith(`_${metric}`));
  return found?.[1].undefinedIf;
}
