/** The results of an inspection, as plain data for display. They are computed with the run's own weights on its own data. */
import type { Distribution } from "../events.ts";
import type { Part, RowForm } from "./rowViews.ts";

export type { AnsweredRow, FormCell, LitLayer, Part, RowForm, RowOutput, UnitPlanes } from "./rowViews.ts";

export interface Place {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  readonly part: Part;
  /** Number of evaluated rows, out of `of` rows in the part. */
  readonly rows: number;
  readonly of: number;
}

export interface Feature {
  readonly name: string;
  readonly value: string;
}

/** A row with a wrong prediction. */
export interface Mistake {
  /** The row's number among the used rows of the data, from 1. */
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
      /** matrix[truth][predicted] is the number of rows with these classes. */
      readonly matrix: readonly (readonly number[])[];
      /** `right` of the `asked` rows are classified correctly. */
      readonly right: number;
      readonly asked: number;
      readonly mistakes: readonly Mistake[];
    }
  | {
      readonly kind: "numbers";
      readonly layer: string;
      /** The number of units of the output. */
      readonly width: number;
      /** One entry per unit; for an output with many units, only the first ones. */
      readonly units: readonly {
        readonly name: string;
        readonly truth: readonly number[];
        readonly predicted: readonly number[];
        /** The numbers of the listed rows, as in `Mistake.row`. */
        readonly rows: readonly number[];
        /** truth − prediction for every row, not only the listed ones. */
        readonly residuals: Distribution;
        /** NaN if every row has the same target. */
        readonly r2: number;
      }[];
      readonly mistakes: readonly Mistake[];
    };

/** A place between a grid point and its neighbour at which a step output jumps. */
export interface Crossing {
  /** Index of the grid point. */
  readonly point: number;
  readonly towards: "right" | "up";
  /** The fraction of the distance to the neighbour. */
  readonly share: number;
}

/** The network's output over the plane of its two features, or along its single feature. */
export interface Surface {
  readonly features: readonly string[];
  /** The range of each feature in its own units, with a margin around the data. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Grid points on each side. */
  readonly size: number;
  /** values[unit][y · size + x] in a plane, values[unit][x] along a line; in the target's own units, or scores. */
  readonly values: readonly (readonly number[])[];
  readonly classes: readonly string[] | null;
  /** The value at which a single score changes class; null for numbers. */
  readonly boundary: number | null;
  /** In a plane, the weighted sum z of a single sigmoid or tanh unit at each point: the boundary is at z = 0. null for other outputs. */
  readonly sums: readonly number[] | null;
  /** In a plane, where a single step output jumps; null for outputs that change gradually. */
  readonly crossings: readonly Crossing[] | null;
  readonly points: readonly {
    readonly at: readonly number[];
    /** The target: a class index, or a value in its own units. */
    readonly target: number;
    readonly part: Part;
    /** The row's number, as in `Mistake.row`. */
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
  /** [height, width] if each unit's weights form an image of the input; else null. */
  readonly image: readonly [number, number] | null;
}

export interface WalkMatrix {
  readonly name: string;
  /** The shape of the whole matrix; `values` may contain only its top left part. */
  readonly shape: readonly number[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
  /** The formula of the values, in symbols; "" if they are given or stored from an earlier stage. */
  readonly formula: string;
  /** The computation of each value with this step's numbers; null if the values are given. */
  readonly workings: readonly (readonly Working[])[] | null;
  /** The cells of the stage's other matrices from which a value is computed. */
  readonly uses: readonly CellUse[];
}

/** The cells of a matrix from which the value in row i and column j is computed. */
export interface CellUse {
  /** The matrix's name. */
  readonly matrix: string;
  /** Row i, the row with the number j, or all rows. `column` works likewise. */
  readonly row: "i" | "j" | "all";
  readonly column: "i" | "j" | "all";
}

export interface Working {
  /** Each line's arithmetic yields the displayed result, to the digits shown. The last line contains the value itself. */
  readonly lines: readonly string[];
  /** Likely wrong answers. */
  readonly slips: readonly Slip[];
}

export interface Slip {
  readonly value: number;
  /** A description of the mistake: "The factor f′(z) is missing." */
  readonly says: string;
}

export type Pass = "data" | "forward" | "loss" | "error" | "backward" | "update";

export interface WalkStage {
  readonly pass: Pass;
  /** null if the stage does not belong to a single layer. */
  readonly layer: string | null;
  readonly title: string;
  /** The part of the title that distinguishes the stage from others of its pass: `hidden`, `hidden's bias`. */
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
  /** From the weight's layer to the output. In the weight's layer, only the weight's unit is shown. */
  readonly layers: readonly PathLayer[];
  readonly edges: readonly PathEdge[];
  /** The arithmetic along the path, from the output back to the weight. */
  readonly lines: readonly string[];
}

export interface PathLayer {
  readonly id: string;
  /** The number of units of the layer; `units` may contain only some of them. */
  readonly of: number;
  readonly units: readonly PathUnit[];
}

export interface PathUnit {
  readonly name: string;
  /** f′(z); null for an output, because its ∂L/∂z is the output error. */
  readonly slope: number | null;
  /** ∂L/∂z */
  readonly error: number;
}

/** A weight between two shown units, by their indices in `layers[layer]` and in the next layer. */
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
  /** The row's number, from 1; null if the rows are a mini-batch of the training. */
  readonly row: number | null;
  /** Whether one unit learns by Rosenblatt's rule, so that it can be traced row by row. */
  readonly hasRule: boolean;
  /** Why the rows differ from the requested ones; "" if they do not. */
  readonly note: string;
  /** Whether rows are right or wrong, or have errors of different sizes. */
  readonly judges: "classes" | "numbers";
  readonly loss: number;
  readonly learningRate: number;
  readonly stages: readonly WalkStage[];
  /** The path of the requested weight, or of the weight with the largest gradient; null if its layers are not a chain of weighted sums. */
  readonly path: WeightPath | null;
}

/** A model of a file without a training: its wiring, and its outputs for the file's rows. */
export interface UntrainedView {
  readonly name: string;
  /** The units; empty if they are too many to draw. */
  readonly nodes: readonly WiredNode[];
  readonly edges: readonly WiredEdge[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rowsFrom: "expect" | "data" | "combinations";
  readonly rows: readonly TableRow[];
  readonly rowsOf: number;
  /** null unless the outputs depend on two inputs through thresholds only. */
  readonly plane: HalfPlanes | null;
  /** Sentences about what the view omits; "" if nothing. */
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

/** A connection between two units, by their indices in `nodes`. */
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
  /** null if the file does not state outputs. */
  readonly expected: readonly number[] | null;
  readonly isRight: boolean | null;
  /** The output of each unit in `nodes`. */
  readonly values: readonly number[];
}

/** The plane of two inputs, divided into regions by the thresholds' lines. The outputs are constant in each region. */
export interface HalfPlanes {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly lines: readonly BoundaryLine[];
  readonly regions: readonly { readonly corners: readonly (readonly [number, number])[]; readonly outputs: readonly number[] }[];
}

/** The line w₁ · x₁ + w₂ · x₂ + b = 0, and its ends in the displayed part of the plane. */
export interface BoundaryLine {
  readonly unit: string;
  readonly weights: readonly [number, number];
  readonly bias: number;
  readonly ends: readonly (readonly [number, number])[];
}

/** Rosenblatt's rule traced row by row from the initial weights: one unit that learns from one row at a time. */
export interface RuleTrace {
  /** The names of the weights, then of the bias, in the order of `start` and `after`. */
  readonly weightNames: readonly string[];
  readonly start: readonly number[];
  /** Each row in training order, up to the first epoch without a mistake or the end of the training. */
  readonly steps: readonly RuleStep[];
  /** Whether later rows are omitted. */
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
  /** The row's number in the data, from 1. */
  readonly row: number;
  readonly z: number;
  readonly a: number;
  readonly t: number;
  /** The change after a mistake; null if the row was right. */
  readonly change: {
    /** The weights and the bias after the row. */
    readonly after: readonly number[];
    /** The arithmetic of each number in `after`. */
    readonly lines: readonly string[];
    /** The ends of the new line in the plane; empty if the line does not cross the plane. */
    readonly line: readonly (readonly [number, number])[];
  } | null;
}

/** The bound on the number of mistakes (Novikoff 1962), or the reason why there is none. */
export interface MistakeBound {
  /** The arithmetic, line by line; empty without a bound. */
  readonly lines: readonly string[];
  readonly says: string;
  /** (R/γ)², for zero initial weights; null if there is no bound. */
  readonly fromZero: number | null;
  /** The bound for the run's initial weights; null if there is none. */
  readonly fromStart: number | null;
}
