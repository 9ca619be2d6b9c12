/** The training worker: runs the engine in its own thread, so that the editor never waits for it. */
import { parentPort, workerData } from "node:worker_threads";
import { isLast, type TrainingEvent } from "../../engine/events.ts";
import { parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { train } from "../../engine/training/trainer.ts";
import { toWorker, workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { eventOutbox, type Post } from "./eventOutbox.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { remoteReader } from "./remoteReads.ts";
import { slowMotion } from "./slowMotion.ts";
import { kernelThreadsFrom, threadCount } from "./threads.ts";
import { unpack } from "./unpack.ts";

const port = parentPort;
if (!port) throw new Error("This script runs as a worker only.");
const post: Post = (message, moved = []) => port.postMessage(message, moved);

const folder = new URL(requireValue(workerStart, workerData).folder);
const kernels = kernelFiles(folder);
const reader = remoteReader(post);
const outbox = eventOutbox(post);
const pause = pauseSwitch();
const slow = slowMotion(() => performance.now());
/** Set by messages and by the training, read by the other. */
const shared: { isWatched: boolean; stateNow: (() => Uint8Array) | undefined } = { isWatched: false, stateNow: undefined };

interface PauseSwitch {
  readonly ask: (kind: "pause" | "resume" | "stop") => void;
  readonly state: () => "go" | "pause" | "stop";
  /** Resolves when the training is resumed or stopped. */
  readonly ended: () => Promise<void>;
}

/** A stopped training can neither be paused nor resumed. */
function pauseSwitch(): PauseSwitch {
  let state: "go" | "pause" | "stop" = "go";
  let wake = (): void => undefined;
  return {
    ask(kind) {
      if (state === "stop") return;
      state = kind === "resume" ? "go" : kind;
      if (state !== "pause") wake();
    },
    state: () => state,
    ended: () => (state === "pause" ? new Promise((resolve) => (wake = resolve)) : Promise.resolve()),
  };
}

function emit(event: TrainingEvent): void {
  outbox.add(event);
  if (isLast(event)) {
    postCheckpoint();
    outbox.flush();
  } else outbox.flushIfDue();
}

function postCheckpoint(): void {
  const bytes = shared.stateNow?.() ?? null;
  post({ kind: "weights", bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []);
}

/** Returns the available memory in bytes. Editors with an older Node can't measure it. */
const availableMemory = (): number => process.availableMemory?.() ?? Number.POSITIVE_INFINITY;

/** Receives messages, and waits while the training is paused. */
async function rest(): Promise<"go" | "stop"> {
  outbox.flushIfDue();
  await new Promise((resolve) => setImmediate(resolve));
  if (pause.state() === "pause") {
    emit({ kind: "paused", epoch: outbox.epoch() });
    outbox.flush();
    while (pause.state() === "pause") await pause.ended();
    if (pause.state() === "go") {
      emit({ kind: "resumed", epoch: outbox.epoch() });
      outbox.flush();
    }
  }
  return pause.state() === "stop" ? "stop" : "go";
}

port.on("message", (given: unknown) => {
  const message = requireValue(toWorker, given);
  switch (message.kind) {
    case "start": {
      const { checkpoint, text } = message;
      shared.isWatched = message.isWatched;
      slow.set(message.pace);
      void train(message.plan, {
        precision: message.precision,
        ...(kernels && { kernels }),
        threads: { count: threadCount(message.threads, "editor"), start: kernelThreadsFrom(folder) },
        emit,
        isWatched: () => shared.isWatched,
        slowMotion: {
          isSlow: slow.isSlow,
          turn() {
            // Each epoch is seen before the next one is waited for.
            outbox.flush();
            return slow.turn();
          },
        },
        onReady: (take) => (shared.stateNow = take),
        onState: (epoch, bytes) => post({ kind: "state", epoch, bytes }, [bytes.buffer as ArrayBuffer]),
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
      shared.isWatched = message.isWatched;
      return;
    case "pace":
      slow.set(message.pace);
      return;
    case "step":
      slow.step();
      return;
    case "look":
      postCheckpoint();
      return;
    case "pause":
    case "resume":
    case "stop":
      pause.ask(message.kind);
      if (message.kind !== "resume") slow.wake();
      return;
    case "bytes":
    case "unreadable":
      reader.take(message);
  }
});
