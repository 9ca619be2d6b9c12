/** The training worker: runs the engine in its own thread, so that the editor never waits for it. */
import { parentPort, workerData } from "node:worker_threads";
import type { TrainingEvent } from "../../engine/events.ts";
import { isLast } from "../../engine/events.ts";
import { parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { train } from "../../engine/training/trainer.ts";
import { type FromWorker, toWorker, workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import type { RunEvent } from "../runs/runState.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { remoteReader } from "./remoteReads.ts";
import { rowBuffer } from "./rowBuffer.ts";
import { kernelThreadsFrom, threadCount } from "./threads.ts";
import { unpack } from "./unpack.ts";

const POST_EVERY_MS = 33;

const port = parentPort;
if (!port) throw new Error("This script runs as a worker only.");
const post = (message: FromWorker): void => port.postMessage(message);

const folder = new URL(requireValue(workerStart, workerData).folder);
const kernels = kernelFiles(folder);
let requested: "go" | "pause" | "stop" = "go";
let wake: () => void = () => undefined;
const reader = remoteReader(post);

let waiting: RunEvent[] = [];
const epochs = rowBuffer();
let lastPost = 0;
let epoch = 0;
let isWatched = false;
let stateNow: (() => Uint8Array) | undefined;

function emit(event: TrainingEvent): void {
  if (event.kind === "epoch") {
    epoch = event.epoch;
    epochs.add(event);
  } else {
    if (isLast(event) || event.kind === "paused") epochs.addLast();
    waiting.push(event);
  }
  if (isLast(event)) postCheckpoint();
  if (isLast(event) || performance.now() - lastPost >= POST_EVERY_MS) flush();
}

function postCheckpoint(): void {
  const bytes = stateNow?.() ?? null;
  port?.postMessage({ kind: "weights", bytes } satisfies FromWorker, bytes ? [bytes.buffer as ArrayBuffer] : []);
}

function flush(): void {
  const rows = epochs.take();
  if (waiting.length === 0 && !rows) return;
  // Of several progress events only the last one matters.
  const lastProgress = waiting.findLast(({ kind }) => kind === "progress");
  const events = waiting.filter((event) => event.kind !== "progress" || event === lastProgress);
  port?.postMessage({ kind: "events", epochs: rows, events } satisfies FromWorker, rows ? [rows.rows.buffer as ArrayBuffer] : []);
  waiting = [];
  lastPost = performance.now();
}

/** Returns the available memory in bytes. Editors with an older Node can't measure it. */
const availableMemory = (): number => process.availableMemory?.() ?? Number.POSITIVE_INFINITY;

/** Receives messages, and waits while the training is paused. */
async function rest(): Promise<"go" | "stop"> {
  if (performance.now() - lastPost >= POST_EVERY_MS) flush();
  await new Promise((resolve) => setImmediate(resolve));
  if (requested === "pause") {
    emit({ kind: "paused", epoch });
    flush();
    while (requested === "pause") await new Promise<void>((resolve) => (wake = resolve));
    if (requested === "go") {
      emit({ kind: "resumed", epoch });
      flush();
    }
  }
  return requested === "stop" ? "stop" : "go";
}

port.on("message", (given: unknown) => {
  const message = requireValue(toWorker, given);
  switch (message.kind) {
    case "start": {
      const { checkpoint, text } = message;
      isWatched = message.isWatched;
      void train(message.plan, {
        precision: message.precision,
        ...(kernels && { kernels }),
        threads: { count: threadCount(message.threads, "editor"), start: kernelThreadsFrom(folder) },
        emit,
        isWatched: () => isWatched,
        onReady: (take) => (stateNow = take),
        ...(checkpoint && {
          resume: (network) => parseCheckpoint(checkpoint, network),
          fit: () => trainedWithFrom(checkpoint)?.fit,
        }),
        text,
        host: { now: () => performance.now(), rest, memory: availableMemory },
        files: {
          unpack,
          read: reader.read,
        },
      });
      return;
    }
    case "watch":
      isWatched = message.isWatched;
      return;
    case "look":
      postCheckpoint();
      return;
    case "pause":
      if (requested === "go") requested = "pause";
      return;
    case "resume":
      if (requested === "pause") requested = "go";
      wake();
      return;
    case "stop":
      requested = "stop";
      wake();
      return;
    case "bytes":
    case "unreadable":
      reader.take(message);
  }
});
