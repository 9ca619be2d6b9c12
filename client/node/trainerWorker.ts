/** The training worker: runs the engine in its own thread, so the editor never waits for it. Each training is a task with a separate port. */
import { workerData } from "node:worker_threads";
import { isLast, type TrainingEvent } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { parseCheckpoint } from "../../engine/training/checkpoint.ts";
import { type TrainOptions, train } from "../../engine/training/trainer.ts";
import { type ToWorker, toWorker, workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { type EventOutbox, eventOutbox, type Post } from "./eventOutbox.ts";
import { kernelFiles } from "./kernelFiles.ts";
import { type RemoteReader, remoteReader } from "./remoteReads.ts";
import { type SlowMotionSwitch, slowMotion } from "./slowMotion.ts";
import { kernelThreadsFrom, threadCount } from "./threads.ts";
import { unpack } from "./unpack.ts";
import { onTask } from "./workerTasks.ts";

const folder = new URL(requireValue(workerStart, workerData).folder);
const kernels = kernelFiles(folder);

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

/** Returns the available memory in bytes. Editors with an older Node can't measure it, so the memory counts as infinite. */
const availableMemory = (): number => process.availableMemory?.() ?? Number.POSITIVE_INFINITY;

/** The state that a training shares with its message handler. */
interface TrainingParts {
  readonly post: Post;
  readonly reader: RemoteReader;
  readonly outbox: EventOutbox;
  readonly pause: PauseSwitch;
  readonly slow: SlowMotionSwitch;
  /** The message handler sets one, the training the other. */
  readonly shared: { isWatched: boolean; stateNow: (() => Uint8Array) | undefined };
}

function emit(event: TrainingEvent, parts: TrainingParts): void {
  const { outbox } = parts;
  outbox.add(event);
  if (isLast(event)) {
    postCheckpoint(parts);
    outbox.flush();
  } else outbox.flushIfDue();
}

function postCheckpoint({ post, shared }: TrainingParts): void {
  const bytes = shared.stateNow?.() ?? null;
  post({ kind: "weights", bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []);
}

/** Receives messages, and waits while the training is paused. */
async function rest(parts: TrainingParts): Promise<"go" | "stop"> {
  const { outbox, pause } = parts;
  outbox.flushIfDue();
  await new Promise((resolve) => setImmediate(resolve));
  if (pause.state() === "pause") {
    emit({ kind: "paused", epoch: outbox.epoch() }, parts);
    outbox.flush();
    while (pause.state() === "pause") await pause.ended();
    if (pause.state() === "go") {
      emit({ kind: "resumed", epoch: outbox.epoch() }, parts);
      outbox.flush();
    }
  }
  return pause.state() === "stop" ? "stop" : "go";
}

/** Trains with PyTorch. Its code is loaded only here. */
async function trainInPython(plan: TrainingPlan, options: TrainOptions, python: string, parts: TrainingParts): Promise<void> {
  const { post, outbox, pause } = parts;
  const { trainWithTorch } = await import("./torchTraining.ts");
  const wish = (): "go" | "pause" | "stop" => {
    outbox.flushIfDue();
    return pause.state();
  };
  await trainWithTorch(plan, { ...options, python, processes: 1, folder, wish, note: (text) => post({ kind: "note", text }) });
}

function start(
  { plan, precision, threads, checkpoint, text, isWatched, pace, python }: Extract<ToWorker, { kind: "start" }>,
  parts: TrainingParts,
): void {
  const { post, reader, outbox, slow, shared } = parts;
  shared.isWatched = isWatched;
  slow.set(pace);
  const options: TrainOptions = {
    precision,
    ...(kernels && { kernels }),
    threads: { count: threadCount(threads, "editor"), start: kernelThreadsFrom(folder) },
    emit: (event) => emit(event, parts),
    isWatched: () => shared.isWatched,
    slowMotion: {
      isSlow: slow.isSlow,
      turn() {
        // Each epoch is shown before the wait for the next one.
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
    host: { now: () => performance.now(), rest: () => rest(parts), memory: availableMemory },
    files: { unpack, read: reader.read },
  };
  void (python === null ? train(plan, options) : trainInPython(plan, options, python, parts));
}

onTask((port) => {
  const post: Post = (message, moved = []) => port.postMessage(message, moved);
  const parts: TrainingParts = {
    post,
    reader: remoteReader(post),
    outbox: eventOutbox(post),
    pause: pauseSwitch(),
    slow: slowMotion(() => performance.now()),
    shared: { isWatched: false, stateNow: undefined },
  };
  port.on("message", (message: unknown) => take(requireValue(toWorker, message), parts));
});

function take(message: ToWorker, parts: TrainingParts): void {
  const { reader, pause, slow, shared } = parts;
  switch (message.kind) {
    case "start":
      start(message, parts);
      return;
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
      postCheckpoint(parts);
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
}
