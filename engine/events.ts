/** What a training says while it runs. Plain JSON, so that it crosses to a panel, a terminal or a file as it is. */
import type { Shape } from "./catalog/layers.ts";

/** The gradient of one layer's parameters over an epoch: of all its batches, or of some (from 32 on, evenly, and the last) where there are many. */
export interface GradientStatistics {
  /** Length ‖g‖₂ of all the layer's gradients together, the mean over the batches. */
  readonly norm: number;
  /** Mean of the gradients, with their signs. */
  readonly mean: number;
  /** Standard deviation of the gradients of all the batches. */
  readonly spread: number;
  /** The largest absolute gradient. */
  readonly max: number;
  /** Share of the gradients that are exactly 0, from 0 to 1. */
  readonly zeros: number;
}

export interface LayerStatistics {
  readonly layer: string;
  readonly gradient: GradientStatistics;
  /** ‖Δw‖ / ‖w‖ of the epoch's last step; about 1e-3 is healthy. */
  readonly updateRatio: number;
  /** ‖w‖₂ of the layer's weights after the epoch. */
  readonly weightNorm: number;
  /** Of a layer under relu: units that were 0 for 90 % of those batches' rows or more, and how many there are; null elsewhere. */
  readonly deadUnits: number | null;
  readonly units: number | null;
}

export interface LayerFacts {
  readonly id: string;
  readonly kind: string;
  /** Ids of the layers that it takes. */
  readonly inputs: readonly string[];
  readonly shape: Shape;
  readonly parameters: number;
}

/** Numbers as they are spread: their figures exact, their histogram of equal bins from the smallest to the largest. */
export interface Distribution {
  /** How many there are, those that are no numbers among them. */
  readonly count: number;
  /** NaN and infinities: they are in no other figure. */
  readonly unsound: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation. */
  readonly spread: number;
  /** ‖x‖₂ */
  readonly norm: number;
  /** Share that is exactly 0. */
  readonly zeros: number;
  /** How many lie in each bin; one bin where all are alike. */
  readonly bins: readonly number[];
}

export interface ParameterSnapshot {
  readonly layer: string;
  readonly name: string;
  readonly shape: Shape;
  /** After the epoch's last update. */
  readonly weights: Distribution;
  /** Of the epoch's last mini-batch; null where nothing is learned. */
  readonly gradient: Distribution | null;
  /** ‖Δw‖ / ‖w‖ of the last update. */
  readonly updateRatio: number | null;
  /** The numbers themselves, row by row, of a small network. */
  readonly values: readonly number[] | null;
  readonly gradients: readonly number[] | null;
}

export interface OutputSnapshot {
  readonly layer: string;
  readonly values: Distribution;
  /** The mean of each unit over the rows, of a small network. */
  readonly means: readonly number[] | null;
}

export type TrainingEvent =
  /** What one mini-batch looked like from inside, of some epochs, while somebody watches. */
  | {
      readonly kind: "snapshot";
      readonly epoch: number;
      /** Rows that the outputs are of: the epoch's last mini-batch, or its last piece. */
      readonly rows: number;
      /** Of earlier snapshots only the first, and those whose epoch is a multiple of this, are to be kept. */
      readonly stride: number;
      readonly parameters: readonly ParameterSnapshot[];
      readonly outputs: readonly OutputSnapshot[];
    }
  | {
      readonly kind: "started";
      readonly model: string;
      readonly run: string;
      readonly layers: readonly LayerFacts[];
      readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
      readonly epochs: number;
      readonly batchesPerEpoch: number;
      readonly precision: "float32" | "float64";
      /** What computes: `wasm fused` (a · b + c rounded once), `wasm strict` (twice, the same bits everywhere), `reference` (plain loops). */
      readonly kernels: string;
      readonly loadSeconds: number;
    }
  /** Data are read: a share from 0 to 1. */
  | { readonly kind: "loading"; readonly share: number; readonly rows: number }
  /** `batch` counts those done in all epochs. */
  | {
      readonly kind: "progress";
      readonly epoch: number;
      readonly batch: number;
      readonly samplesPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly kind: "epoch";
      /** From 1. */
      readonly epoch: number;
      /** Mean over the epoch's rows as they were trained on, penalties included. */
      readonly loss: number;
      readonly valLoss: number | null;
      /** By name; those on the validation part begin with val_. */
      readonly metrics: Readonly<Record<string, number>>;
      readonly learningRate: number;
      readonly seconds: number;
      readonly layers: readonly LayerStatistics[];
    }
  /** Found while training (NN602 to NN608); the run goes on. */
  | { readonly kind: "warning"; readonly code: string; readonly message: string; readonly at: string }
  | { readonly kind: "paused"; readonly epoch: number }
  | { readonly kind: "resumed"; readonly epoch: number }
  /** The loss stopped being a number; the weights of the last good epoch are kept. */
  | {
      readonly kind: "diverged";
      readonly code: "NN601";
      readonly epoch: number;
      readonly batch: number;
      readonly message: string;
      readonly at: string;
    }
  | { readonly kind: "stopped"; readonly epoch: number; readonly seconds: number }
  | {
      readonly kind: "finished";
      readonly epochs: number;
      readonly seconds: number;
      readonly loadSeconds: number;
      readonly threads: number;
      readonly samplesPerSecond: number;
      /** The epoch whose weights were kept, where early stopping went back to the best one. */
      readonly restoredEpoch: number | null;
    }
  /** Nothing was trained, or no more can be: `at` is a key of the source map. */
  | { readonly kind: "failed"; readonly code: string | null; readonly message: string; readonly at: string };

export type TrainingEventOf<K extends TrainingEvent["kind"]> = Extract<TrainingEvent, { kind: K }>;

/** After one of these nothing follows. */
export const isLast = ({ kind }: TrainingEvent): boolean =>
  kind === "finished" || kind === "stopped" || kind === "diverged" || kind === "failed";
