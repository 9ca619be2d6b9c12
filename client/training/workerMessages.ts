/** What the extension and the training worker say to each other. */
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { ReadAnswer, ReadWish } from "../remoteReads.ts";
import type { Layout } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";

export type ToWorker =
  | {
      readonly kind: "start";
      readonly plan: TrainingPlan;
      readonly precision: Precision;
      readonly threads: number;
      /** Goes on from here: a checkpoint of the same network. */
      readonly checkpoint: Uint8Array | null;
      readonly isWatched: boolean;
    }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" }
  /** Whether somebody looks, so that snapshots are worth taking. */
  | { readonly kind: "watch"; readonly isWatched: boolean }
  /** Asks for `weights`. */
  | { readonly kind: "look" }
  | ReadAnswer;

/** Epochs as rows (runs/history.ts), one after another. */
export interface EpochRows {
  readonly layout: Layout;
  readonly rows: Float64Array;
}

export type FromWorker =
  /** Several events at once, at most 30 times a second; the epochs came before them. */
  | { readonly kind: "events"; readonly epochs: EpochRows | null; readonly events: readonly RunEvent[] }
  | ReadWish
  /** A checkpoint of the network as it is now; also sent at the end, before the last event. null: there is no network yet. */
  | { readonly kind: "weights"; readonly bytes: Uint8Array | null };

/** What a worker knows from its beginning. */
export interface WorkerStart {
  /** Where the compiled kernels lie, as a URL. */
  readonly folder: string;
}
