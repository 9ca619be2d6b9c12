/** An inspector's answers about single rows and units: plain data for display, as in views.ts. */

/** The part of the data that a result was computed on. */
export type Part = "training" | "validation" | "test";

/** The parts of a row that a user enters: the cells of its columns, or the pixels of an image. */
export interface RowForm {
  /** The number of rows in the data. The user selects a row by its number. */
  readonly rows: number;
  /** The columns in the data's order; empty if they are too many, or pixels. */
  readonly cells: readonly FormCell[];
  /** The size of an image to draw, and the range of its pixels; null for cells. */
  readonly image: { readonly width: number; readonly height: number; readonly from: number; readonly to: number } | null;
}

/** A numeric column with its range in the data, or a categorical column. */
export type FormCell =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly from: number;
      readonly to: number;
      /** Whether an empty cell is filled in automatically. */
      readonly canBeEmpty: boolean;
    }
  | { readonly kind: "words"; readonly name: string; readonly words: readonly string[] };

/** The network's answer for one row, and the output of each of its layers. */
export interface AnsweredRow {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  /** The row's number in the data and its part; null for a row entered by the user. */
  readonly known: { readonly row: number; readonly part: Part | null } | null;
  /** The row's cells as texts, in the form's order. */
  readonly cells: readonly string[];
  /** The pixels of an image in the form's range; null for cells. */
  readonly pixels: readonly number[] | null;
  readonly outputs: readonly RowOutput[];
  readonly layers: readonly LitLayer[];
}

export type RowOutput =
  | {
      readonly kind: "class";
      readonly layer: string;
      readonly classes: readonly string[];
      /** One score per class. */
      readonly scores: readonly number[];
      readonly areProbabilities: boolean;
      readonly chosen: string;
      /** The row's class in the data; null if the row is not in the data. */
      readonly truth: string | null;
    }
  | {
      readonly kind: "numbers";
      readonly layer: string;
      /** The number of units of the output. `values` may contain only the first of them. */
      readonly width: number;
      readonly values: readonly { readonly name: string; readonly value: number; readonly truth: number | null }[];
    };

/** The output of every unit over the plane of two features. */
export interface UnitPlanes {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  /** Grid points on each side, over the same area as `Surface`. */
  readonly size: number;
  /** units[unit · size² + y · size + x] */
  readonly layers: readonly { readonly layer: string; readonly units: Float32Array }[];
}

export interface LitLayer {
  readonly layer: string;
  readonly shape: readonly number[];
  /** The output of each unit; for a large layer, only of the first units. */
  readonly values: readonly number[];
}
