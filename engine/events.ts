/** The events of a training. They are plain JSON, so that they can be sent to a panel or a terminal, or stored, unchanged. */
import type { Shape } from "./catalog/shapes.ts";

/**
 * Statistics of one layer's gradients over an epoch's sampled batches. Up to 63 batches are all sampled. Of more, 32 to 48 evenly spaced ones and the
 * last are sampled.
 */
export interface GradientStatistics {
  /** ‖g‖₂ of all the layer's gradients, averaged over the batches. */
  readonly norm: number;
  /** Mean of the gradients. */
  readonly mean: number;
  /** Standard deviation of all batches' gradients. */
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
  /** The number of units of a layer followed by relu or relu6 that were 0 in at least 90 % of the sampled rows; null for other layers. */
  readonly deadUnits: number | null;
  /** The number of units of a layer followed by relu or relu6; null for other layers. */
  readonly units: number | null;
}

export interface LayerFacts {
  readonly id: string;
  readonly kind: string;
  /** Ids of the layers that provide its inputs. */
  readonly inputs: readonly string[];
  readonly shape: Shape;
  readonly parameters: number;
  /** The names of its units if known: columns of an input, classes or target columns of an output. */
  readonly names?: readonly string[];
}

/** The settings of a training that a comparison of runs shows. */
export interface RunSettings {
  readonly optimizer: string;
  /** The learning rate in the file: the highest of `one_cycle`, the first of any other schedule. */
  readonly learningRate: number;
  /** The schedule's name; null for a constant learning rate. */
  readonly schedule: string | null;
  /** Rows in a mini-batch; null for all rows. */
  readonly batch: number | null;
}

/** The loss, without penalties, and the metrics of a part of the data, by name. */
export interface MeasuredPart {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The distribution of numbers: exact statistics, and a histogram of equal bins from the smallest to the largest number. */
export interface Distribution {
  /** The number of values, including non-finite ones. */
  readonly count: number;
  /** The number of non-finite values. The other statistics exclude them. */
  readonly unsound: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation. */
  readonly spread: number;
  /** ‖x‖₂ */
  readonly norm: number;
  /** The share of values that are exactly 0. */
  readonly zeros: number;
  /** The number of values in each bin; a single bin if all values are equal. */
  readonly bins: readonly number[];
}

export interface ParameterSnapshot {
  readonly layer: string;
  readonly name: string;
  readonly shape: Shape;
  /** After the epoch's last update. */
  readonly weights: Distribution;
  /** Of the epoch's last mini-batch; null if the parameter is not trained. */
  readonly gradient: Distribution | null;
  /** ‖Δw‖ / ‖w‖ of the last update. */
  readonly updateRatio: number | null;
  /** The weights themselves, row by row, for a small network; else null. */
  readonly values: readonly number[] | null;
  readonly gradients: readonly number[] | null;
}

export interface OutputSnapshot {
  readonly layer: string;
  readonly values: Distribution;
  /** The mean of each unit over the rows, for a small network; else null. */
  readonly means: readonly number[] | null;
}

export type TrainingEvent =
  /** Distributions of the last mini-batch of some epochs, taken while a panel shows the run. */
  | {
      readonly kind: "snapshot";
      /** 0 for a mini-batch before the first epoch, without an update. */
      readonly epoch: number;
      /** The number of rows in the outputs: the epoch's last mini-batch, or its last piece. */
      readonly rows: number;
      /**
       * A receiver retains the snapshots of the first epochs and of the multiples of this number (training/snapshotEpochs.ts), and drops the other
       * earlier ones.
       */
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
      /**
       * The kernels: `wasm fused` (a · b + c is rounded once), `wasm strict` (twice, the same bits everywhere) or `reference` (plain
       * loops).
       */
      readonly kernels: string;
      readonly loadSeconds: number;
      /** Hashes of the plan and the data (training/origin.ts); absent in runs of older versions. */
      readonly origin?: { readonly plan: string; readonly data: string };
      /** Absent in runs of older versions. */
      readonly settings?: RunSettings;
    }
  /** Data are being read: the share read so far, from 0 to 1, and its rows. */
  | { readonly kind: "loading"; readonly share: number; readonly rows: number }
  /** `batch` counts the mini-batches of all epochs so far. */
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
      /** The mean over the epoch's rows, computed as each batch was trained, including penalties. */
      readonly loss: number;
      readonly valLoss: number | null;
      /** By name. Metrics of the validation part have the prefix val_. */
      readonly metrics: Readonly<Record<string, number>>;
      readonly learningRate: number;
      readonly seconds: number;
      readonly layers: readonly LayerStatistics[];
    }
  /** A finding (NN602 to NN611); the run continues. `epoch` is the epoch that it follows, 0 for the first rows; absent in runs of older versions. */
  | { readonly kind: "warning"; readonly code: string; readonly message: string; readonly at: string; readonly epoch?: number }
  | { readonly kind: "paused"; readonly epoch: number }
  | { readonly kind: "resumed"; readonly epoch: number }
  /** A value became non-finite. The run ends with the weights of the last epoch with only finite values. */
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
      /** The epoch whose weights early stopping restored; null if it restored none. */
      readonly restoredEpoch: number | null;
      /** The loss and metrics of the final weights on the test part; absent without a test part, and in runs of older versions. */
      readonly test?: MeasuredPart;
    }
  /** Training could not start or continue. `at` is a key of the source map. */
  | { readonly kind: "failed"; readonly code: string | null; readonly message: string; readonly at: string };

export type TrainingEventOf<K extends TrainingEvent["kind"]> = Extract<TrainingEvent, { kind: K }>;

/** Returns whether this is the last event of a training. */
export const isLast = ({ kind }: TrainingEvent): boolean =>
  kind === "finished" || kind === "stopped" || kind === "diverged" || kind === "failed";
