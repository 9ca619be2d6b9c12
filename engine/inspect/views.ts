/** The results of an inspection: plain data for the screen. All of it is computed, with the run's own weights on its own data. */
import type { Distribution } from "../events.ts";
import type { Part, RowForm } from "./rowViews.ts";

export type { AnsweredRow, FormCell, LitLayer, Part, RowForm, RowOutput, UnitPlanes } from "./rowViews.ts";

export interface Place {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  readonly part: Part;
  /** Number of rows that were evaluated, out of `of` rows in the part. */
  readonly rows: number;
  readonly of: number;
}

export interface Feature {
  readonly name: string;
  readonly value: string;
}

/** A row with a wrong prediction. */
export interface Mistake {
  /** The row's number among the rows of the data that are used, from 1. */
  readonly row: number;
  readonly truth: string;
  readonly predicted: string;
  /** The row's own loss. */
  readonly loss: number;
  readonly features: readonly Feature[];
  /** The pixels from top left to bottom right, scaled from 0 (the image's minimum) to 1. */
  readonly image: { readonly width: number; readonly height: number; readonly pixels: readonly number[] } | null;
}

export type OutputResult =
  | {
      readonly kind: "classes";
      readonly layer: string;
      readonly classes: readonly string[];
      /** matrix[truth][predicted] is a number of rows. */
      readonly matrix: readonly (readonly number[])[];
      /** `right` of the `asked` rows have the correct class. */
      readonly right: number;
      readonly asked: number;
      readonly mistakes: readonly Mistake[];
    }
  | {
      readonly kind: "numbers";
      readonly layer: string;
      /** The number of the output's units. */
      readonly width: number;
      /** One for each unit, of an output of many units only the first ones. */
      readonly units: readonly {
        readonly name: string;
        readonly truth: readonly number[];
        readonly predicted: readonly number[];
        /** The numbers of these rows, as `Mistake.row`. */
        readonly rows: readonly number[];
        /** true − predicted for every row, not only the listed ones. */
        readonly residuals: Distribution;
        /** NaN if every row has the same target. */
        readonly r2: number;
      }[];
      readonly mistakes: readonly Mistake[];
    };

/** A place between a grid point and its neighbour where a step output jumps. */
export interface Crossing {
  /** Index of the grid point. */
  readonly point: number;
  readonly towards: "right" | "up";
  /** The share of the way to the neighbour. */
  readonly share: number;
}

/** The network's output over the plane of its two features, or along its only one. */
export interface Surface {
  readonly features: readonly string[];
  /** The range of each feature in its own units, with a margin around the data. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Grid points on each side. */
  readonly size: number;
  /** values[unit][y · size + x] on the plane, values[unit][x] along a line; in the target's own units, or scores. */
  readonly values: readonly (readonly number[])[];
  readonly classes: readonly string[] | null;
  /** The value at which a single score changes its class; null for numbers. */
  readonly boundary: number | null;
  /** On a plane, where a single output that is a step jumps; null for outputs that change gradually. */
  readonly crossings: readonly Crossing[] | null;
  readonly points: readonly {
    readonly at: readonly number[];
    /** The target: a class number or a value in its own units. */
    readonly target: number;
    readonly part: Part;
    /** The row's number, as `Mistake.row`. */
    readonly row: number;
  }[];
  readonly pointsOf: number;
}

export interface ResultView {
  readonly place: Place;
  readonly outputs: readonly OutputResult[];
  readonly surface: Surface | null;
  readonly form: RowForm;
}

/** A parameter and its gradient over one mini-batch. */
export interface TensorView {
  readonly layer: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly epoch: number;
  /** Number of rows in the mini-batch. */
  readonly rows: number;
  readonly weights: Float32Array;
  readonly gradient: Float32Array | null;
  /** [height, width] if each unit's weights form an image of the input, else null. */
  readonly image: readonly [number, number] | null;
}

export interface WalkMatrix {
  readonly name: string;
  /** The shape of the whole matrix; `values` may contain only a corner of it. */
  readonly shape: readonly number[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
  /** The formula in symbols that each value follows; "" if the values are given, or stored from an earlier stage. */
  readonly formula: string;
  /** How each value is computed, with this step's numbers; null if the values are given. */
  readonly workings: readonly (readonly Working[])[] | null;
  /** The cells of the stage's other matrices that a value is computed from. */
  readonly uses: readonly CellUse[];
}

/** The cells of a matrix that the value in row i and column j is computed from. */
export interface CellUse {
  /** The matrix's name. */
  readonly matrix: string;
  /** Row i, the row whose number is j, or all rows; and the columns likewise. */
  readonly row: "i" | "j" | "all";
  readonly column: "i" | "j" | "all";
}

export interface Working {
  /** Each line's arithmetic has the shown result, to the digits shown. The last line has the value itself. */
  readonly lines: readonly string[];
  /** Likely wrong answers. */
  readonly slips: readonly Slip[];
}

export interface Slip {
  readonly value: number;
  /** What is wrong: "The factor f′(z) is missing." */
  readonly says: string;
}

export type Pass = "data" | "forward" | "loss" | "error" | "backward" | "update";

export interface WalkStage {
  readonly pass: Pass;
  /** null if the stage belongs to no single layer. */
  readonly layer: string | null;
  readonly title: string;
  /** A part of the title that tells the stage from the others of its pass: `hidden`, `hidden's bias`. */
  readonly label: string;
  readonly formula: string;
  readonly words: string;
  readonly matrices: readonly WalkMatrix[];
}

/** One weight's path to the loss, for one row. */
export interface WeightPath {
  readonly title: string;
  readonly input: { readonly name: string; readonly x: number };
  readonly weight: number;
  /** From the weight's layer, of which only the weight's unit is shown, to the output. */
  readonly layers: readonly PathLayer[];
  readonly edges: readonly PathEdge[];
  /** The arithmetic along the path, from the output back to the weight. */
  readonly lines: readonly string[];
}

export interface PathLayer {
  readonly id: string;
  /** The number of its units, of which `units` may be only some. */
  readonly of: number;
  readonly units: readonly PathUnit[];
}

export interface PathUnit {
  readonly name: string;
  /** f′(z); null for an output, whose ∂L/∂z is the output error. */
  readonly slope: number | null;
  /** ∂L/∂z */
  readonly error: number;
}

/** A weight between two shown units, by their places in `layers[layer]` and in the layer after it. */
export interface PathEdge {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

export interface Walk {
  /** Number of epochs that the weights were trained for; the step is the next epoch's first. */
  readonly epoch: number;
  readonly rows: number;
  /** The number of the only row, from 1; null if the rows are a mini-batch of the training. */
  readonly row: number | null;
  /** Whether one unit learns by Rosenblatt's rule, so that its rows can be watched one by one. */
  readonly hasRule: boolean;
  /** Why the rows are not those that were asked for; "" if they are. */
  readonly note: string;
  /** Whether a row may be right or wrong, or has an error that may be larger or smaller. */
  readonly judges: "classes" | "numbers";
  readonly loss: number;
  readonly learningRate: number;
  readonly stages: readonly WalkStage[];
  /** The path of the asked weight, or of the one with the largest gradient; null if its layers are not all weighted sums in a row. */
  readonly path: WeightPath | null;
}

/** A model of a file without a training: its wiring, and its outputs for the rows of the file. */
export interface UntrainedView {
  readonly name: string;
  /** The units; none if they are too many to draw. */
  readonly nodes: readonly WiredNode[];
  readonly edges: readonly WiredEdge[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rowsFrom: "expect" | "data" | "combinations";
  readonly rows: readonly TableRow[];
  readonly rowsOf: number;
  /** null if the outputs do not depend on two inputs through thresholds alone. */
  readonly plane: HalfPlanes | null;
  /** What the view lacks, in sentences; "" if nothing. */
  readonly note: string;
}

/** A unit of the drawn network. */
export interface WiredNode {
  readonly layer: string;
  readonly name: string;
  /** The length of the longest path from an input. */
  readonly column: number;
  readonly kind: "input" | "threshold" | "neuron" | "other";
  /** A weighted sum's bias, or the threshold of a neuron; null if the unit has neither. */
  readonly constant: number | null;
  readonly isOutput: boolean;
}

/** A connection between two units, by their places in `nodes`. */
export interface WiredEdge {
  readonly from: number;
  readonly to: number;
  /** null if the connection has no weight. */
  readonly weight: number | null;
  readonly inhibits: boolean;
}

export interface TableRow {
  readonly x: readonly number[];
  readonly outputs: readonly number[];
  /** null if the file states no outputs. */
  readonly expected: readonly number[] | null;
  readonly isRight: boolean | null;
  /** The output of each unit of `nodes`. */
  readonly values: readonly number[];
}

/** The plane of two inputs, which the thresholds' lines cut into regions. The outputs are constant in each region. */
export interface HalfPlanes {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly lines: readonly BoundaryLine[];
  readonly regions: readonly { readonly corners: readonly (readonly [number, number])[]; readonly outputs: readonly number[] }[];
}

/** The line w₁ · x₁ + w₂ · x₂ + b = 0, and its ends in the shown part of the plane. */
export interface BoundaryLine {
  readonly unit: string;
  readonly weights: readonly [number, number];
  readonly bias: number;
  readonly ends: readonly (readonly [number, number])[];
}

/** Rosenblatt's rule watched from row to row, from the start weights on: one unit that learns from one row at a time. */
export interface RuleTrace {
  /** The numbers of the weights and then of the bias, as `start` and `after` have them. */
  readonly weightNames: readonly string[];
  readonly start: readonly number[];
  /** Each row in the order of the training, up to the first epoch without a mistake or the training's end. */
  readonly steps: readonly RuleStep[];
  /** Whether rows after these are left out. */
  readonly isCut: boolean;
  /** The plane of two features, in their own units; null for another number of features. */
  readonly plane: {
    readonly features: readonly string[];
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly startLine: readonly (readonly [number, number])[];
    readonly points: readonly { readonly row: number; readonly at: readonly [number, number]; readonly target: number }[];
  } | null;
  readonly bound: MistakeBound;
}

export interface RuleStep {
  readonly epoch: number;
  /** The row's number among the rows of the data, from 1. */
  readonly row: number;
  readonly z: number;
  readonly a: number;
  readonly t: number;
  /** The change after a mistake; null if the row is right. */
  readonly change: {
    /** The weights and the bias after the row. */
    readonly after: readonly number[];
    /** The arithmetic of each. */
    readonly lines: readonly string[];
    /** The ends of the new line in the plane; none if it does not cross it. */
    readonly line: readonly (readonly [number, number])[];
  } | null;
}

/** The bound on the number of mistakes (Novikoff 1962), or why there is none. */
export interface MistakeBound {
  /** The arithmetic, line by line; none without a bound. */
  readonly lines: readonly string[];
  readonly says: string;
  /** (R/γ)², for start weights of 0; null if there is no bound. */
  readonly fromZero: number | null;
  /** The bound for the start weights of the run; null if there is none. */
  readonly fromStart: number | null;
}
