/** What may stand in `data`, `train` and `expect` blocks. */
import { boolean, type Entry, integer } from "./arguments.ts";

/** One of the words. `default`, here and below: what holds without the line. */
export interface ChoiceForm {
  readonly form: "choice";
  readonly options: readonly string[];
  readonly default: string;
}

/** A number, or one of the words. */
export interface NumberForm {
  readonly form: "number";
  readonly integer: boolean;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
  readonly default: number;
}

export interface BooleanForm {
  readonly form: "boolean";
  readonly default: boolean;
}

/** How a directive's line is read. */
export type DirectiveForm =
  | ChoiceForm
  | NumberForm
  | BooleanForm
  /** column names and ranges */
  | { readonly form: "columns" }
  /** any text or names */
  | { readonly form: "words" }
  /** name=number */
  | { readonly form: "fractions"; readonly names: readonly string[] }
  /** an entry of that part of the catalog, with its arguments */
  | { readonly form: "entry"; readonly of: "sources" | "losses" | "optimizers" | "metrics" | "stops" }
  /** output=number */
  | { readonly form: "weights" };

export interface Directive {
  readonly summary: string;
  readonly example: string;
  readonly takes: DirectiveForm;
}

export const dataDirectives = {
  source: {
    summary: "Where the rows come from: a CSV file, a pair of IDX files (paths are relative to this file), or a generator.",
    example: 'source csv("iris.csv")',
    takes: { form: "entry", of: "sources" },
  },
  features: {
    summary:
      "The columns to learn from, in order; `a..d` is a range. Left out: those that the model's inputs name, or every column but the target.",
    example: "features sepal_length..petal_width",
    takes: { form: "columns" },
  },
  target: { summary: "The column or columns to predict.", example: "target species", takes: { form: "columns" } },
  classes: {
    summary: "The order of the class names. Left out: sorted.",
    example: "classes setosa, versicolor, virginica",
    takes: { form: "words" },
  },
  one_hot: {
    summary: "Text columns to expand, one number for each of their words.",
    example: "one_hot ocean_proximity",
    takes: { form: "columns" },
  },
  scale: {
    summary:
      "Brings the features to one scale, fitted on the training part alone: `standard` to mean 0 and deviation 1, `minmax` to 0 to 1.",
    example: "scale standard",
    takes: { form: "choice", options: ["standard", "minmax", "none"], default: "none" },
  },
  scale_target: {
    summary: "Scales the numbers to predict. The loss is then in scaled units; predictions and metrics stay in the column's own.",
    example: "scale_target standard",
    takes: { form: "choice", options: ["standard", "minmax", "none"], default: "none" },
  },
  missing: {
    summary: "What to do with gaps: stop with an `error` that names file, row and column, `drop` the row, or fill in the column's `mean`.",
    example: "missing mean",
    takes: { form: "choice", options: ["error", "drop", "mean"], default: "error" },
  },
  split: {
    summary: "Fractions of the rows for training, validation and test; shuffled with the seed, in the same proportions of classes.",
    example: "split validation=0.2",
    takes: { form: "fractions", names: ["train", "validation", "test"] },
  },
} as const satisfies Record<string, Directive>;

export const trainDirectives = {
  loss: {
    summary: "What training makes small. `name=loss` for several outputs.",
    example: "loss mse",
    takes: { form: "entry", of: "losses" },
  },
  optimizer: {
    summary: "How the gradients move the weights.",
    example: "optimizer adam(learning_rate=0.01)",
    takes: { form: "entry", of: "optimizers" },
  },
  metrics: { summary: "What is measured beside the loss.", example: "metrics accuracy", takes: { form: "entry", of: "metrics" } },
  batch: {
    summary: "Rows in a mini-batch; `all` for the whole training part at once.",
    example: "batch 32",
    takes: { form: "number", integer: true, min: 1, max: 1e9, words: ["all"], default: 32 },
  },
  epochs: {
    summary: "How often the whole training part is gone through.",
    example: "epochs 30",
    takes: { form: "number", integer: true, min: 1, max: 1e9, default: 10 },
  },
  seed: {
    summary: "The start of all randomness: the same seed gives the same numbers.",
    example: "seed 42",
    takes: { form: "number", integer: true, min: 0, max: 4294967295, default: 42 },
  },
  shuffle: {
    summary: "Whether the rows are shuffled before each epoch.",
    example: "shuffle true",
    takes: { form: "boolean", default: true },
  },
  reproducible: {
    summary: "The same bits on every machine, somewhat slower.",
    example: "reproducible true",
    takes: { form: "boolean", default: false },
  },
  clip: {
    summary: "Limits each gradient: `norm=` the length of all together, `value=` each number.",
    example: "clip norm=1",
    takes: { form: "fractions", names: ["norm", "value"] },
  },
  stop: {
    summary: "When to stop before the last epoch.",
    example: "stop early_stopping(patience=5)",
    takes: { form: "entry", of: "stops" },
  },
  loss_weights: { summary: "How much each output's loss counts.", example: "loss_weights price=0.9 aux=0.1", takes: { form: "weights" } },
} as const satisfies Record<string, Directive>;

export const expectDirectives = {
  tolerance: {
    summary: "How far an output may be from the one written.",
    example: "tolerance 0.01",
    takes: { form: "number", integer: false, min: 0, max: 1e9, default: 1e-6 },
  },
} as const satisfies Record<string, Directive>;

export const stops = {
  early_stopping: {
    summary: "Stops when the monitored value has not improved for `patience` epochs.",
    formula: "best − value ≤ min_delta for patience epochs",
    source: "Keras 3, EarlyStopping",
    note: "Keras' own defaults are patience 0 and no restoring; here 10 and true.",
    arguments: {
      monitor: { kind: "text", summary: "loss, val_loss, a metric, or val_ and a metric.", default: "val_loss" },
      patience: integer("Epochs without improvement to wait.", { default: 10, min: 0 }),
      min_delta: { kind: "number", summary: "What counts as an improvement.", default: 0, min: 0 },
      restore_best: boolean("Goes back to the best epoch's weights.", true),
    },
  },
} as const satisfies Record<string, Entry>;
