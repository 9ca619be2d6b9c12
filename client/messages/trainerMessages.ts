/** What the extension and the training worker say to each other. */
import * as v from "valibot";
import { readAnswer, readRequest } from "../node/remoteReads.ts";
import { areRows, layout, ROWS_ARE_WHOLE } from "../runs/runSchemas.ts";
import { runEvent } from "./eventSchemas.ts";
import { trainingPlan } from "./planSchemas.ts";
import { byteArray, count, float64Array, list, object, precision, text } from "./valueSchemas.ts";

export const toWorker = v.variant("kind", [
  object({
    kind: v.literal("start"),
    plan: trainingPlan,
    precision,
    threads: count,
    /** Goes on from here: a checkpoint of the same network. */
    checkpoint: v.nullable(byteArray),
    isWatched: v.boolean(),
  }),
  object({ kind: v.literal("pause") }),
  object({ kind: v.literal("resume") }),
  object({ kind: v.literal("stop") }),
  /** Whether somebody looks, so that snapshots are worth taking. */
  object({ kind: v.literal("watch"), isWatched: v.boolean() }),
  /** Asks for `weights`. */
  object({ kind: v.literal("look") }),
  ...readAnswer.options,
]);
export type ToWorker = v.InferOutput<typeof toWorker>;

/** Epochs as rows (runs/history.ts), one after another. */
const epochRows = v.pipe(
  object({ layout, rows: float64Array }),
  v.check((value) => areRows(value), ROWS_ARE_WHOLE),
);
export type EpochRows = v.InferOutput<typeof epochRows>;

export const fromWorker = v.variant("kind", [
  /** Several events at once, at most 30 times a second; the epochs came before them. */
  object({ kind: v.literal("events"), epochs: v.nullable(epochRows), events: list(runEvent) }),
  readRequest,
  /** A checkpoint of the network as it is now; also sent at the end, before the last event. null: there is no network yet. */
  object({ kind: v.literal("weights"), bytes: v.nullable(byteArray) }),
]);
export type FromWorker = v.InferOutput<typeof fromWorker>;

/** What a worker knows from its beginning: where the compiled kernels lie, as a URL. */
export const workerStart = object({ folder: text });
export type WorkerStart = v.InferOutput<typeof workerStart>;
