/** The training worker: the engine in a thread of its own, so that the editor never waits for it. */
import { parentPort, workerData } from "node:worker_threads";
import type { TrainingEvent } from "../../engine/events.ts";
import { isLast } from "../../engine/events.ts";
import { parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { train } from "../../engine/training/trainer.ts";
import { type FromWorker, toWorker, workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import type { RunEvent } from "../runs/runState.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { remoteReader } from "./remoteReads.ts";
import { rowBuffer } from "./rowBuffer.ts";
import { kernelThreadsFrom, threadCount } from "./threads.ts";
import { unpack } from "./unpack.ts";

const POST_EVERY_MS = 33;

const port = parentPort;
if (!port) throw new Error("This script runs as a worker only.");
const say = (message: FromWorker): void => port.postMessage(message);

const folder = new URL(requireValue(workerStart, workerData).folder);
const kernels = kernelFiles(folder);
let wants: "go" | "pause" | "stop" = "go";
let wake: () => void = () => undefined;
const reader = remoteReader(say);

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
  if (isLast(event)) sayWeights();
  if (isLast(event) || performance.now() - lastPost >= POST_EVERY_MS) flush();
}

function sayWeights(): void {
  const bytes = stateNow?.() ?? null;
  port?.postMessage({ kind: "weights", bytes } satisfies FromWorker, bytes ? [bytes.buffer as ArrayBuffer] : []);
}

function flush(): void {
  const rows = epochs.take();
  if (waiting.length === 0 && !rows) return;
  // Of several reports of progress only the last one says anything.
  const lastProgress = waiting.findLast(({ kind }) => kind === "progress");
  const events = waiting.filter((event) => event.kind !== "progress" || event === lastProgress);
  port?.postMessage({ kind: "events", epochs: rows, events } satisfies FromWorker, rows ? [rows.rows.buffer as ArrayBuffer] : []);
  waiting = [];
  lastPost = performance.now();
}

/** Editors with an older Node can't say. */
const availableMemory = (): number => process.availableMemory?.() ?? Number.POSITIVE_INFINITY;

/** Lets messages in, and waits as long as the training is paused. */
async function rest(): Promise<"go" | "stop"> {
  if (performance.now() - lastPost >= POST_EVERY_MS) flush();
  await new Promise((resolve) => setImmediate(resolve));
  if (wants === "pause") {
    emit({ kind: "paused", epoch });
    flush();
    while (wants === "pause") await new Promise<void>((resolve) => (wake = resolve));
    if (wants === "go") {
      emit({ kind: "resumed", epoch });
      flush();
    }
  }
  return wants === "stop" ? "stop" : "go";
}

port.on("message", (given: unknown) => {
  const message = requireValue(toWorker, given);
  switch (message.kind) {
    case "start": {
      const { checkpoint } = message;
      isWatched = message.isWatched;
      void train(message.plan, {
        precision: message.precision,
        ...(kernels && { kernels }),
        threads: { count: threadCount(message.threads), start: kernelThreadsFrom(folder) },
        emit,
        isWatched: () => isWatched,
        onReady: (take) => (stateNow = take),
        ...(checkpoint && { resume: (network) => parseCheckpoint(checkpoint, network) }),
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
      sayWeights();
      return;
    case "pause":
      if (wants === "go") wants = "pause";
      return;
    case "resume":
      if (wants === "pause") wants = "go";
      wake();
      return;
    case "stop":
      wants = "stop";
      wake();
      return;
    case "bytes":
    case "unreadable":
      reader.take(message);
  }
});
