/** What an inspection of a network gives: plain data for a screen. All of it is computed, with the run's own weights on its own data. */
import type { Distribution } from "../events.ts";

/** Of which rows the figures are. */
export type Part = "training" | "validation" | "test";

export interface Place {
  /** Whole epochs that the weights have learned from. */
  readonly epoch: number;
  /** Rows that were looked at, and of how many. */
  readonly part: Part;
  readonly rows: number;
  readonly of: number;
}

export interface Feature {
  readonly name: string;
  readonly value: string;
}

/** A row that went wrong. */
export interface Mistake {
  /** Among the rows that were kept of the data, from 1. */
  readonly row: number;
  readonly truth: string;
  readonly predicted: string;
  /** The row's own loss. */
  readonly loss: number;
  readonly features: readonly Feature[];
  /** Row by row, from 0 (least) to 1. */
  readonly image: { readonly width: number; readonly height: number; readonly pixels: readonly number[] } | null;
}

export type OutputResult =
  | {
      readonly kind: "classes";
      readonly layer: string;
      readonly classes: readonly string[];
      /** matrix[truth][predicted] counts rows. */
      readonly matrix: readonly (readonly number[])[];
      /** Rows whose class is the one that was chosen, and those that were asked. */
      readonly right: number;
      readonly asked: number;
      readonly mistakes: readonly Mistake[];
    }
  | {
      readonly kind: "numbers";
      readonly layer: string;
      /** One a unit. */
      readonly units: readonly {
        readonly name: string;
        readonly truth: readonly number[];
        readonly predicted: readonly number[];
        /** true − predicted, of every row, not only the listed ones. */
        readonly residuals: Distribution;
        /** NaN if every row has the same target. */
        readonly r2: number;
      }[];
      readonly mistakes: readonly Mistake[];
    };

/** The network's answer all over the plane of its two features, or along its one. */
export interface Surface {
  readonly features: readonly string[];
  /** In the features' own units, the least and the largest of the data with a little room. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Points a side. */
  readonly size: number;
  /** values[unit][y · size + x] for the plane, values[unit][x] along a line; own units, or scores. */
  readonly values: readonly (readonly number[])[];
  readonly classes: readonly string[] | null;
  /** The value at which a single score changes its class; null for numbers. */
  readonly boundary: number | null;
  readonly points: readonly {
    readonly at: readonly number[];
    /** The target: a class's number or the value itself. */
    readonly target: number;
    readonly part: Part;
  }[];
  readonly pointsOf: number;
}

export interface ResultView {
  readonly place: Place;
  readonly outputs: readonly OutputResult[];
  readonly surface: Surface | null;
}

/** A parameter and its gradient over one mini-batch. */
export interface TensorView {
  readonly layer: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly epoch: number;
  /** Rows of the mini-batch. */
  readonly rows: number;
  readonly weights: Float32Array;
  readonly gradient: Float32Array | null;
  /** Where each unit's weights are an image of the input: [height, width]. */
  readonly image: readonly [number, number] | null;
}

export interface WalkMatrix {
  readonly name: string;
  /** All of it, of which the values may be a corner. */
  readonly shape: readonly number[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
  /** How each value comes about, with this step's numbers. */
  readonly workings: readonly (readonly string[])[] | null;
}

export type Pass = "data" | "forward" | "loss" | "error" | "backward" | "update";

export interface WalkStage {
  readonly pass: Pass;
  /** null: of no single layer. */
  readonly layer: string | null;
  readonly title: string;
  readonly formula: string;
  readonly words: string;
  readonly matrices: readonly WalkMatrix[];
}

export interface Walk {
  /** Whole epochs that the weights have learned from; the step is the next epoch's first. */
  readonly epoch: number;
  readonly rows: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly stages: readonly WalkStage[];
}
