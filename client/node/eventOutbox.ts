/** Collects a training's events and epochs and posts them together, so a fast training does not flood the editor with messages. */
import type { TrainingEvent } from "../../engine/events.ts";
import { isLast } from "../../engine/events.ts";
import type { FromWorker } from "../messages/trainerMessages.ts";
import type { RunEvent } from "../runs/runState.ts";
import { rowBuffer } from "./rowBuffer.ts";

const POST_EVERY_MS = 33;

/** Posts a message. Moves the buffers in `moved` to the receiver instead of copying them. */
export type Post = (message: FromWorker, moved?: readonly ArrayBuffer[]) => void;

export interface EventOutbox {
  readonly add: (event: TrainingEvent) => void;
  /** Posts all events and epochs now. */
  readonly flush: () => void;
  /** Posts them if enough time has passed since the last post. */
  readonly flushIfDue: () => void;
  /** The last epoch so far; 0 before the first. */
  readonly epoch: () => number;
}

export function eventOutbox(post: Post): EventOutbox {
  const epochs = rowBuffer();
  let waiting: RunEvent[] = [];
  // A short training needs one message.
  let lastPost = performance.now();
  let epoch = 0;
  const flush = (): void => {
    const rows = epochs.take();
    if (waiting.length === 0 && !rows) return;
    // Of several progress events only the last one matters.
    const lastProgress = waiting.findLast(({ kind }) => kind === "progress");
    const events = waiting.filter((event) => event.kind !== "progress" || event === lastProgress);
    post({ kind: "events", epochs: rows, events }, rows ? [rows.rows.buffer as ArrayBuffer] : []);
    waiting = [];
    lastPost = performance.now();
  };
  return {
    add(event) {
      if (event.kind === "epoch") {
        epoch = event.epoch;
        epochs.add(event);
        return;
      }
      if (isLast(event) || event.kind === "paused") epochs.addLast();
      waiting.push(event);
    },
    flush,
    flushIfDue() {
      if (performance.now() - lastPost >= POST_EVERY_MS) flush();
    },
    epoch: () => epoch,
  };
}
