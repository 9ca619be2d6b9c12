/**
 * The training plan: the meaning of a `.nn` file, with every default filled in and every shape known.
 * It is plain JSON, and the only part of the language that the engine, the panel, and any exporter or debugger depend on.
 */

import type { Argument, Arguments, BooleanArgument, ChoiceArgument, NumberArgument } from "./catalog/arguments.ts";
import type { dataDirectives, trainDirectives } from "./catalog/directives.ts";
import type { Configured } from "./catalog/index.ts";
import type { LayerKind, layers } from "./catalog/layers.ts";
import type { StepScheduleName } from "./catalog/optimizers.ts";
import type { ParameterName } from "./catalog/parameters.ts";
import type { Shape } from "./catalog/shapes.ts";
import type { GeneratorName, sources } from "./catalog/sources.ts";
import type { CsvFormat } from "./data/csvFormat.ts";

export interface TrainingPlan {
  readonly version: 1;
  readonly network: NetworkPlan;
  readonly data: DataPlan;
  readonly training: TrainingSettings;
}

export interface NetworkPlan {
  readonly name: string;
  /** In file order. A layer follows its inputs. */
  readonly layers: readonly PlannedLayer[];
  /** Ids of the layers whose outputs are the model's outputs. */
  readonly outputs: readonly string[];
}

/** A model of a file without a training, with the rows to show it on. */
export interface UntrainedPlan {
  readonly network: NetworkPlan;
  /** A name for each number of a row. */
  readonly inputs: readonly string[];
  /** The file's expectations, the rows of its data, or all combinations of 0 and 1. */
  readonly rowsFrom: "expect" | "data" | "combinations";
  readonly rows: readonly UntrainedRow[];
  /** The total number of rows; `rows` may contain only the first ones. */
  readonly rowsOf: number;
}

export interface UntrainedRow {
  readonly x: readonly number[];
  /** The expected outputs; null if the file states none. */
  readonly expected: readonly number[] | null;
  /** The maximum deviation of a number from the expected one. */
  readonly tolerance: number;
}

/** The expectations of an `expect` block. */
export interface ExpectPlan {
  readonly tests: readonly ExpectationPlan[];
  /** The maximum deviation of a number from the expected one. */
  readonly tolerance: number;
}

/** An expectation: a row of inputs with its expected outputs, or a claim about a metric, such as `accuracy >= 0.9`. */
export type ExpectationPlan =
  | { readonly kind: "row"; readonly features: readonly (number | string)[]; readonly targets: readonly (number | string)[] }
  | { readonly kind: "claim"; readonly metric: string; readonly operator: string; readonly value: number };

export type ParameterStart =
  | { readonly kind: "initializer"; readonly use: Configured<"initializers"> }
  /** The shape's numbers, row by row. */
  | { readonly kind: "values"; readonly values: readonly number[] };

export interface PlannedParameter {
  readonly name: ParameterName;
  readonly shape: Shape;
  readonly start: ParameterStart;
  /** Whether training changes it by gradients. False for a frozen layer and for statistics of the data. */
  readonly trained: boolean;
}

/** The properties that every layer has in the plan. */
export interface PlannedFacts {
  /** The label, or the kind and a number: `hidden`, `dense_2`. */
  readonly id: string;
  readonly inputs: readonly string[];
  readonly output: Shape;
  readonly parameters: readonly PlannedParameter[];
}

/** In the plan, a threshold logic unit is a dense layer with a step. A line with only an activation's name is also a layer. */
export type PlannedKind = Exclude<LayerKind, "tlu"> | "activation";

/** The type of an argument's value in the plan. Initializers and input names have other places in the plan and map to never. */
type PlannedValue<A extends Argument> = A extends NumberArgument
  ? number
  : A extends BooleanArgument
    ? boolean
    : A extends ChoiceArgument
      ? A["options"][number]
      : A extends { readonly kind: "text" }
        ? string
        : A extends { readonly kind: "activation" }
          ? Configured<"activations">
          : A extends { readonly kind: "shape" }
            ? Shape
            : never;

/** Arguments that the plan omits, because the output's shape contains their values. */
type InShape = "units" | "shape";

type PlannedArguments<A extends Arguments> = {
  readonly [N in Exclude<keyof A, InShape> as PlannedValue<A[N]> extends never ? never : N]: PlannedValue<A[N]>;
};

/** The fields of a planned layer in addition to its arguments. */
interface PlannedExtras {
  readonly input: {
    /** null for all features in order. */
    readonly columns: readonly string[] | null;
  };
  readonly activation: { readonly activation: Configured<"activations"> };
  readonly neuron: {
    /** `input` is an index of `inputs`, `unit` an index of that input's units. */
    readonly terms: readonly { readonly input: number; readonly unit: number; readonly inhibits: boolean }[];
  };
}

export type PlannedLayerOf<K extends PlannedKind> = {
  [P in K]: PlannedFacts & { readonly kind: P } & (P extends LayerKind ? PlannedArguments<(typeof layers)[P]["arguments"]> : unknown) &
    (P extends keyof PlannedExtras ? PlannedExtras[P] : unknown);
}[K];
export type PlannedLayer = PlannedLayerOf<PlannedKind>;

type DataWords<N extends "scale" | "missing"> = (typeof dataDirectives)[N]["takes"]["options"][number];
export type Scaling = DataWords<"scale">;
export type MissingValues = DataWords<"missing">;

/** An option in the catalog that the CSV format lacks does not compile. */
type CsvSettings = { readonly [N in Exclude<keyof (typeof sources)["csv"]["arguments"], "path">]: CsvFormat[N] };

export type SourcePlan =
  | ({ readonly kind: "csv"; readonly path: string } & CsvSettings)
  | ({ readonly kind: "idx" } & PlannedArguments<(typeof sources)["idx"]["arguments"]>)
  /** Rows drawn by a generator: features first, then the target. */
  | { readonly kind: "generator"; readonly use: Configured<"sources", GeneratorName>; readonly columns: readonly string[] }
  /** The file's own rows: features first, then targets. */
  | { readonly kind: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly (number | string)[])[] };

export interface SplitPlan {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Whether rows are shuffled, with the same share of every class in each part. Otherwise the parts follow one another in file order. */
  readonly shuffle: boolean;
  /** The column that groups rows: rows with equal values stay in one part. null without groups. */
  readonly by: string | null;
}

/** A part that may have its own source. */
export type OwnPart = "validation" | "test";

export interface DataPlan {
  readonly name: string;
  readonly source: SourcePlan;
  /** The parts' own sources; null for a part that is split off `source`. */
  readonly ownSources: { readonly [P in OwnPart]: SourcePlan | null };
  /** The feature columns in order; null for images, because pixels have no names. */
  readonly features: readonly string[] | null;
  /** The shape of one row's features, such as [4] or [28, 28]. */
  readonly featureShape: Shape;
  readonly target: readonly string[];
  /** The class names in order; null for a text target's sorted words. */
  readonly classes: readonly string[] | null;
  /** Categorical columns to one-hot encode, with their categories in order. */
  readonly oneHot: readonly { readonly column: string; readonly words: readonly string[] }[];
  readonly scale: Scaling;
  readonly scaleTarget: Scaling;
  readonly missing: MissingValues;
  /** Texts and numbers that mean "no value" in addition to the usual ones. */
  readonly missingValues: readonly string[];
  /** The weight of each class in the training loss, 1 for an unnamed class; null if all classes have equal weight. */
  readonly classWeight: "balanced" | readonly { readonly name: string; readonly weight: number }[] | null;
  /** The column with each row's weight in the training loss; null if all rows have equal weight. */
  readonly sampleWeight: string | null;
  /** Fractions of the rows. The remaining rows are unused. */
  readonly split: SplitPlan;
}

export interface OutputPlan {
  /** The layer's id. */
  readonly layer: string;
  readonly loss: Configured<"losses">;
  readonly weight: number;
  readonly target: OutputTarget;
}

/** A range [from, to) of the data's target columns. */
export type ColumnRange = readonly [from: number, to: number];
/** What an output predicts: target columns, or the features as the network reads them. */
export type OutputTarget = ColumnRange | "features";

export type ClipName = (typeof trainDirectives)["clip"]["takes"]["names"][number];
/** The limits of the gradients; null for no limit. */
export type ClipPlan = { readonly [N in ClipName]: number | null };

export interface StopPlan {
  readonly monitor: string;
  readonly patience: number;
  readonly minDelta: number;
  readonly restoreBest: boolean;
}

/** A learning rate that is reduced if the monitored value does not improve. */
export type PlateauPlan = Configured<"schedules", "reduce_on_plateau"> & { readonly monitor: string };

/** A metric of one output, or of every output without its own metric of that name. */
export type MetricPlan = Configured<"metrics"> & {
  /** The layer's id; null for every output. */
  readonly output: string | null;
};

export interface TrainingSettings {
  /** The block's label, or the model's name. */
  readonly run: string;
  readonly outputs: readonly OutputPlan[];
  readonly optimizer: Configured<"optimizers">;
  readonly learningRate: number | Configured<"schedules", StepScheduleName> | PlateauPlan;
  readonly metrics: readonly MetricPlan[];
  /** Rows in a mini-batch; null for the whole training part. */
  readonly batch: number | null;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly reproducible: boolean;
  readonly clip: ClipPlan;
  readonly stop: StopPlan | null;
  /** The file with the initial weights; null to initialize them. */
  readonly start: string | null;
}

/** The ranges of the file's text from which a plan's parts come, by key: `layer:hidden`, `source`, `loss`. Offsets [start, end). */
export type SourceMap = Readonly<Record<string, { readonly start: number; readonly end: number }>>;

export const layerKey = (id: string): string => `layer:${id}`;

export const parameterCount = (layer: PlannedLayer): number =>
  layer.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
