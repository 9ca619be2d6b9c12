/** What an inspector answers about single rows and single units: plain data for the screen, as in views.ts. */

/** The part of the data that a result was computed on. */
export type Part = "training" | "validation" | "test";

/** What a row consists of that a user writes: the cells of its columns, or the pixels of an image. */
export interface RowForm {
  /** The number of rows of the data, which can be chosen by their numbers. */
  readonly rows: number;
  /** The columns in the order of the data; none if they are too many, or pixels. */
  readonly cells: readonly FormCell[];
  /** The size of an image to draw, and the range of its pixels; null for cells. */
  readonly image: { readonly width: number; readonly height: number; readonly from: number; readonly to: number } | null;
}

/** A column of numbers with its range in the data, or a column of words. */
export type FormCell =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly from: number;
      readonly to: number;
      /** Whether an empty cell is filled in. */
      readonly canBeEmpty: boolean;
    }
  | { readonly kind: "words"; readonly name: string; readonly words: readonly string[] };

/** The network's answer for one row, and the output of each of its layers. */
export interface AnsweredRow {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  /** The row's number in the data and the part that it belongs to; null for a row that the user has written. */
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
      /** A score for each class. */
      readonly scores: readonly number[];
      readonly areProbabilities: boolean;
      readonly chosen: string;
      /** The row's class in the data; null if the row is not in the data. */
      readonly truth: string | null;
    }
  | {
      readonly kind: "numbers";
      readonly layer: string;
      /** The number of the output's units. `values` may have only the first of them. */
      readonly width: number;
      readonly values: readonly { readonly name: string; readonly value: number; readonly truth: number | null }[];
    };

/** The output of every unit over the plane of two features. */
export interface UnitPlanes {
  /** Number of epochs that the weights were trained for. */
  readonly epoch: number;
  /** Grid points on each side, over the same part of the plane as `Surface`. */
  readonly size: number;
  /** units[unit · size² + y · size + x] */
  readonly layers: readonly { readonly layer: string; readonly units: Float32Array }[];
}

export interface LitLayer {
  readonly layer: string;
  readonly shape: readonly number[];
  /** The output of each unit; of a large layer, of the first ones. */
  readonly values: readonly number[];
}
