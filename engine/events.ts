/** What a training says while it runs. Plain JSON, so that it crosses to a panel, a terminal or a file as it is. */
import type { Shape } from "./catalog/layers.ts";

/** The gradient of one layer's parameters over an epoch. */
export interface GradientStatistics {
  /** Length ‖g‖₂ of all the layer's gradients together, the mean over the epoch's batches. */
  readonly norm: number;
  /** Mean of the gradients, with their signs. */
  readonly mean: number;
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
  /** Of a layer under relu: units that were 0 for 90 % of the epoch's rows or more, and how many there are; null elsewhere. */
  readonly deadUnits: number | null;
  readonly units: number | null;
}

export interface LayerFacts {
  readonly id: string;
  readonly kind: string;
  readonly shape: Shape;
  readonly parameters: number;
}

export type TrainingEvent =
  | {
      readonly kind: "started";
      readonly model: string;
      readonly run: string;
      readonly layers: readonly LayerFacts[];
      readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
      readonly epochs: number;
      readonly batchesPerEpoch: number;
      readonly precision: "float32" | "float64";
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
