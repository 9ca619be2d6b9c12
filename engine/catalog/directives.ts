/** The directives of `data`, `train` and `expect` blocks. */
import { type Arguments, boolean, type Entry, integer } from "./arguments.ts";
import type { Turn } from "./turns.ts";

/** One of several words. Here and below, `default` is the value if the block has no such line. */
export interface ChoiceForm {
  readonly form: "choice";
  readonly options: readonly string[];
  readonly default: string;
  /** The name of a list of values that may be written with or without the word. */
  readonly list?: string;
}

/** A number, or one of `words`. */
export interface NumberForm {
  readonly form: "number";
  readonly integer: boolean;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
  readonly default: number;
  /** The values that completion offers, the likeliest first. If absent, it offers the default. */
  readonly offer?: readonly number[];
  /** How a knob turns it. If absent, there is no knob. */
  readonly turn?: Turn;
}

export interface BooleanForm {
  readonly form: "boolean";
  readonly default: boolean;
}

/** The form of a directive's values. */
export type DirectiveForm =
  | ChoiceForm
  | NumberForm
  | BooleanForm
  /** Column names and ranges. */
  | { readonly form: "columns" }
  /** Any strings or names. */
  | { readonly form: "words" }
  /** `name=number` */
  | { readonly form: "fractions"; readonly names: readonly string[]; readonly offer?: readonly number[] }
  /** `name=number` and options */
  | {
      readonly form: "split";
      readonly names: readonly string[];
      readonly offer: readonly number[];
      readonly turn: Turn;
      readonly options: Arguments;
    }
  /** An entry in that part of the catalog, with its arguments. */
  | { readonly form: "entry"; readonly of: "sources" | "losses" | "optimizers" | "metrics" | "stops" | "starts" }
  /** `output=number` */
  | { readonly form: "weights" }
  /** One of `words`, or `class=number`. */
  | { readonly form: "classWeights"; readonly words: readonly string[] };

export interface Directive {
  readonly summary: string;
  readonly example: string;
  readonly takes: DirectiveForm;
}

/** A word that may appear in a directive's line, or before an equals sign there. */
export interface Option {
  readonly word: string;
  readonly summary: string;
}

/** Returns the options of a directive. An option without its own explanation has the directive's. */
export function optionsOf({ summary, takes }: Directive): readonly Option[] {
  const words = (list: readonly string[] = []): Option[] => list.map((word) => ({ word, summary }));
  switch (takes.form) {
    case "choice":
      return words([...takes.options, ...(takes.list === undefined ? [] : [takes.list])]);
    case "number":
    case "classWeights":
      return words(takes.words);
    case "fractions":
      return words(takes.names);
    case "split":
      return [...words(takes.names), ...Object.entries(takes.options).map(([word, spec]) => ({ word, summary: spec.summary }))];
    default:
      return [];
  }
}

export const dataDirectives = {
  source: {
    summary: "The source of the rows: a CSV file, a pair of IDX files (with paths relative to this file), or a generator.",
    example: 'source csv("iris.csv")',
    takes: { form: "entry", of: "sources" },
  },
  validation: {
    summary: "A source of its own for the validation part, as `source` has it. Scales, words and classes are those of the training part.",
    example: 'validation csv("validation.csv")',
    takes: { form: "entry", of: "sources" },
  },
  test: {
    summary: "A source of its own for the test part, as `source` has it. Scales, words and classes are those of the training part.",
    example: 'test idx("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")',
    takes: { form: "entry", of: "sources" },
  },
  ignore: {
    summary:
      "Columns to leave out, such as a table's index or ids; `a..d` is a range. A column without a name is called by its place: `column_1`.",
    example: "ignore column_1",
    takes: { form: "columns" },
  },
  features: {
    summary:
      "The columns to learn from, in order; `a..d` is a range. Without this line: the columns that the model's inputs name, or all columns except the target and those that `ignore` names.",
    example: "features sepal_length..petal_width",
    takes: { form: "columns" },
  },
  target: {
    summary:
      "The column or columns to predict. With several outputs, each takes its columns in order, or those that its name stands before: `target kind=species size=petal_width`, several as `out=[p, q]`. `target features` makes an autoencoder, which learns the features as the network reads them: scaled, images flattened.",
    example: "target species",
    takes: { form: "columns" },
  },
  classes: {
    summary: "The class names in order. Without this line, they are sorted.",
    example: "classes setosa, versicolor, virginica",
    takes: { form: "words" },
  },
  one_hot: {
    summary: "Columns of words or whole numbers to encode as one number, 0 or 1, for each of their values.",
    example: "one_hot ocean_proximity",
    takes: { form: "columns" },
  },
  scale: {
    summary:
      "Scales the features, fitted on the training part only: `standard` to mean 0 and deviation 1, `minmax` to the range from 0 to 1.",
    example: "scale standard",
    takes: { form: "choice", options: ["standard", "minmax", "none"], default: "none" },
  },
  scale_target: {
    summary: "Scales the numbers to predict. The loss is then in scaled units; predictions and metrics are in the column's own units.",
    example: "scale_target standard",
    takes: { form: "choice", options: ["standard", "minmax", "none"], default: "none" },
  },
  missing: {
    summary:
      'What to do with missing values: stop with an `error` that names file, row and column, `drop` the row, or fill in the column\'s `mean`. `values=[-999, "n.a."]` names texts and numbers that mean "no value" besides empty cells, NA and the like.',
    example: "missing mean",
    takes: { form: "choice", options: ["error", "drop", "mean"], default: "error", list: "values" },
  },
  class_weight: {
    summary:
      "How much each class counts in the training loss: `balanced` for n / (k · nₖ), with nₖ of the training part's n rows in one of k classes, or a weight by class; a class that is not named has 1. The validation loss and all metrics stay unweighted.",
    example: "class_weight no=1 yes=8",
    takes: { form: "classWeights", words: ["balanced"] },
  },
  sample_weight: {
    summary:
      "The column that says how much each row counts in the training loss; it is then no feature. With `class_weight` both are multiplied. The validation loss and all metrics stay unweighted.",
    example: "sample_weight exposure",
    takes: { form: "columns" },
  },
  split: {
    summary:
      "Fractions of the rows for training, validation and test. The rows are shuffled with the seed, and each part has the same proportions of classes. With `shuffle=false` the parts follow one another in file order: training, validation, test. With `by=column` rows with the same value stay in one part, and the column is no feature unless it is named as one.",
    example: "split validation=0.2",
    takes: {
      form: "split",
      names: ["train", "validation", "test"],
      offer: [0.2, 0.1, 0.15, 0.7, 0.8],
      turn: { from: 0.05, to: 0.5, by: 0.05 },
      options: {
        shuffle: boolean("Whether rows are shuffled with the seed.", true),
        by: { kind: "text", summary: "The column whose equal values stay in one part." },
      },
    },
  },
} as const satisfies Record<string, Directive>;

export const trainDirectives = {
  loss: {
    summary: "The loss that training minimizes. For several outputs, write `name=loss` for each.",
    example: "loss mse",
    takes: { form: "entry", of: "losses" },
  },
  optimizer: {
    summary: "The rule by which gradients change the weights.",
    example: "optimizer adam(learning_rate=0.01)",
    takes: { form: "entry", of: "optimizers" },
  },
  metrics: { summary: "The values to measure beside the loss.", example: "metrics accuracy", takes: { form: "entry", of: "metrics" } },
  batch: {
    summary: "The number of rows in a mini-batch; `all` for the whole training part at once.",
    example: "batch 32",
    takes: {
      form: "number",
      integer: true,
      min: 1,
      max: 1e9,
      words: ["all"],
      default: 32,
      offer: [32, 16, 64, 128],
      turn: { from: 1, to: 1024, by: "doubling" },
    },
  },
  epochs: {
    summary: "The number of passes through the training part. 0 trains nothing: the start weights are shown and saved.",
    example: "epochs 30",
    takes: {
      form: "number",
      integer: true,
      min: 0,
      max: 1e9,
      default: 10,
      offer: [10, 50, 100, 200],
      turn: { from: 1, to: 10_000, by: "1-2-5" },
    },
  },
  seed: {
    summary: "The seed of all random draws. The same seed gives the same numbers.",
    example: "seed 42",
    takes: { form: "number", integer: true, min: 0, max: 4294967295, default: 42, turn: { from: 0, to: 99, by: 1 } },
  },
  seeds: {
    summary:
      "How many trainings to run, each from its own start weights: with `seed`, the next one, and so on. A table shows where each ended, and how many reached what. `expect` tests the first one.",
    example: "seeds 20",
    takes: { form: "number", integer: true, min: 1, max: 1000, default: 1, offer: [20, 10, 5] },
  },
  shuffle: {
    summary: "Whether the rows are shuffled before each epoch.",
    example: "shuffle true",
    takes: { form: "boolean", default: true },
  },
  reproducible: {
    summary: "Whether to compute the same bits on every machine, at somewhat lower speed.",
    example: "reproducible true",
    takes: { form: "boolean", default: false },
  },
  clip: {
    summary:
      "Limits the gradients: `norm=` limits the norm of all together, `value=` limits each number. With both, each number is limited first, then the norm. Keras calls them `global_clipnorm` and `clipvalue`, and takes only one of them.",
    example: "clip norm=1",
    takes: { form: "fractions", names: ["norm", "value"], offer: [1, 5, 0.5] },
  },
  stop: {
    summary: "The rule to stop before the last epoch.",
    example: "stop early_stopping(patience=5)",
    takes: { form: "entry", of: "stops" },
  },
  start: {
    summary:
      "Weights to begin with instead of fresh ones, from a file of an earlier training. Start values that the model writes go before the file's. Scales and classes are fitted anew.",
    example: 'start weights("run/weights.safetensors")',
    takes: { form: "entry", of: "starts" },
  },
  loss_weights: {
    summary: "The weight of each output's loss in the total loss.",
    example: "loss_weights price=0.9 aux=0.1",
    takes: { form: "weights" },
  },
} as const satisfies Record<string, Directive>;

export const expectDirectives = {
  tolerance: {
    summary: "The largest allowed difference between an output and the expected one.",
    example: "tolerance 0.01",
    takes: { form: "number", integer: false, min: 0, max: 1e9, default: 1e-6, offer: [0.01, 0.1, 0.5] },
  },
} as const satisfies Record<string, Directive>;

export const starts = {
  weights: {
    summary: "The parameters of a safetensors file, by their names: `hidden/kernel`. A layer that the file lacks begins fresh.",
    formula: "w₀ = the file's w",
    source: "safetensors; Keras 3, load_weights",
    arguments: { path: { kind: "text", summary: "The file's path, relative to this file." } },
  },
} as const satisfies Record<string, Entry>;

export const stops = {
  early_stopping: {
    summary: "Stops if the monitored value has not improved for `patience` epochs.",
    formula: "best − value ≤ min_delta for patience epochs",
    source: "Keras 3, EarlyStopping",
    note: "Keras' defaults are patience 0 and restore_best_weights false; here they are 10 and true.",
    arguments: {
      monitor: { kind: "text", summary: "The value to monitor: loss, val_loss, a metric, or val_ and a metric.", default: "val_loss" },
      patience: integer("The number of epochs to wait for an improvement.", {
        default: 10,
        min: 0,
        turn: { from: 1, to: 100, by: "1-2-5" },
      }),
      min_delta: { kind: "number", summary: "The smallest change that counts as an improvement.", default: 0, min: 0 },
      restore_best: boolean("Restores the weights of the best epoch.", true),
    },
  },
} as const satisfies Record<string, Entry>;
