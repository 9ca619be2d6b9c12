/** What the extension and the training worker say to each other. */
import type { TrainingEvent } from "../../engine/events.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";

export type ToWorker =
  | { readonly kind: "start"; readonly plan: TrainingPlan; readonly precision: Precision; readonly threads: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" }
  /** The answer to a `read`. */
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "unreadable"; readonly id: number; readonly message: string };

export type FromWorker =
  /** Several events at once, at most 30 times a second. */
  | { readonly kind: "events"; readonly events: readonly TrainingEvent[] }
  /** A data file, whose bytes only the editor can fetch. */
  | { readonly kind: "read"; readonly id: number; readonly path: string };

/** What a worker knows from its beginning. */
export interface WorkerStart {
  /** Where the compiled kernels lie, as a URL. */
  readonly folder: string;
}
