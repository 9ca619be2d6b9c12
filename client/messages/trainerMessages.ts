/** The messages between the extension and a training worker. */
import * as v from "valibot";
import { readAnswer, readRequest } from "../node/remoteReads.ts";
import { areRows, layout, ROWS_ARE_WHOLE } from "../runs/runSchemas.ts";
import { runEvent } from "./eventSchemas.ts";
import { trainingPlan } from "./planSchemas.ts";
import { byteArray, count, float64Array, list, MOST, object, pace, precision, text } from "./valueSchemas.ts";

export const toWorker = v.variant("kind", [
  object({
    kind: v.literal("start"),
    plan: trainingPlan,
    precision,
    threads: count,
    /** A checkpoint of the same network to continue from; null to start from scratch. */
    checkpoint: v.nullable(byteArray),
    /** The .nn text, which is saved with the weights. */
    text: v.nullable(v.pipe(v.string(), v.maxLength(MOST.numbers))),
    isWatched: v.boolean(),
    pace,
    /** The Python in which PyTorch trains, empty for the first one found; null if the engine trains. */
    python: v.nullable(text),
  }),
  object({ kind: v.literal("pace"), pace }),
  /** Trains the next epoch, if the pace is one epoch per click. */
  object({ kind: v.literal("step") }),
  object({ kind: v.literal("pause") }),
  object({ kind: v.literal("resume") }),
  object({ kind: v.literal("stop") }),
  /** Whether a panel is visible and snapshots are therefore useful. */
  object({ kind: v.literal("watch"), isWatched: v.boolean() }),
  /** Requests `weights`. */
  object({ kind: v.literal("look") }),
  ...readAnswer.options,
]);
export type ToWorker = v.InferOutput<typeof toWorker>;

/** Rows of epochs (runs/history.ts), one after another. */
const epochRows = v.pipe(
  object({ layout, rows: float64Array }),
  v.check((value) => areRows(value), ROWS_ARE_WHOLE),
);
export type EpochRows = v.InferOutput<typeof epochRows>;

export const fromWorker = v.variant("kind", [
  /** Several events, and the epochs before them. Sent at most 30 times a second, apart from pauses and ends. */
  object({ kind: v.literal("events"), epochs: v.nullable(epochRows), events: list(runEvent) }),
  readRequest,
  /** A checkpoint of the network's current state. Also sent at the end, before the last event. null if there is no network yet. */
  object({ kind: v.literal("weights"), bytes: v.nullable(byteArray) }),
  /** A note about the training for the user, sent once. */
  object({ kind: v.literal("note"), text }),
  /** The state after an epoch, recorded so that the weights of later epochs can be recomputed (engine/training/recordedStates.ts). */
  object({ kind: v.literal("state"), epoch: count, bytes: byteArray }),
]);
export type FromWorker = v.InferOutput<typeof fromWorker>;

/** The data a worker starts with: the URL of the folder with the compiled kernels. */
export const workerStart = object({ folder: text });
export type WorkerStart = v.InferOutput<typeof workerStart>;
