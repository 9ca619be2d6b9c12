/** A run trained by another program. Its events are polled from the folder that the program writes to. */
import { join } from "node:path";
import { isLast, type TrainingEvent } from "../../engine/events.ts";
import type { EpochRows } from "../messages/trainerMessages.ts";
import { foreignCheckpoint } from "../runs/foreignWeights.ts";
import { HistoryTail } from "../runs/historyTail.ts";
import type { RunEvent } from "../runs/runState.ts";
import { rowBuffer } from "./rowBuffer.ts";

export interface FollowOptions {
  /** The path of the folder with `history.jsonl`. */
  readonly folder: string;
  /** Calls `act` after `ms`. Returns a function that cancels the call. */
  readonly after: (ms: number, act: () => void) => () => void;
  /** Milliseconds. */
  readonly now: () => number;
  /** Receives events, and the epochs that came before them. */
  readonly onEvents: (events: readonly RunEvent[], epochs: EpochRows | null) => void;
  /** Receives the weights at the end, before the last event, if the program saves them. */
  readonly onWeights: (bytes: Uint8Array) => void;
  /** Called when earlier lines are no longer valid and the run must be followed from the start. Nothing more is read. */
  readonly onRestart: () => void;
  /** Called once when no line has arrived for the given number of seconds, and with null when the next one arrives or the following ends. */
  readonly onQuiet: (seconds: number | null) => void;
}

const POLL_MS = 1000;
/** A run is quiet after ten times the duration of its last epoch, but at least a minute. */
const QUIET_SECONDS = 60;
const QUIET_EPOCHS = 10;

const nothing = (): void => undefined;

export class FollowedRun {
  /** Resolves when the run has ended or is no longer followed. */
  readonly ended: Promise<void>;
  // The other program can't be paused or slowed down.
  readonly pause = nothing;
  readonly resume = nothing;
  readonly watch = nothing;
  readonly setPace = nothing;
  readonly step = nothing;
  readonly #options: FollowOptions;
  readonly #tail: HistoryTail;
  readonly #rows = rowBuffer();
  #markEnded: () => void = () => undefined;
  #cancel: () => void = () => undefined;
  #isDone = false;
  #isQuiet = false;
  #lineAt: number;
  #epoch = 0;
  #epochSeconds = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#tail = new HistoryTail(join(options.folder, "history.jsonl"));
    this.#lineAt = options.now();
    this.ended = new Promise<void>((resolve) => (this.#markEnded = resolve));
    this.#cancel = options.after(0, () => void this.#poll());
  }

  /** Stops following. The other program continues. */
  stop(): void {
    void this.#end([], { kind: "stopped", epoch: this.#epoch, seconds: 0 });
  }

  /** Returns the last checkpoint that the program has saved; undefined if it has none. */
  checkpoint(): Promise<Uint8Array | undefined> {
    return foreignCheckpoint(this.#options.folder, null);
  }

  async #poll(): Promise<void> {
    // A file that can't be read now, for example on a disconnected drive, may be readable later.
    const added = await this.#tail.read().catch(() => undefined);
    if (this.#isDone) return;
    if (added?.restarted) return this.#options.onRestart();
    if (added && added.events.length > 0) await this.#take(added.events);
    else this.#notice();
    if (!this.#isDone) this.#cancel = this.#options.after(POLL_MS, () => void this.#poll());
  }

  async #take(events: readonly TrainingEvent[]): Promise<void> {
    this.#lineAt = this.#options.now();
    this.#endQuiet();
    const others: RunEvent[] = [];
    for (const event of events) {
      if (event.kind === "epoch") {
        this.#epoch = event.epoch;
        this.#epochSeconds = event.seconds;
        this.#rows.add(event);
      } else if (isLast(event)) return await this.#end(others, event);
      else others.push(event);
    }
    this.#options.onEvents(others, this.#rows.take());
  }

  /** Passes on the events, then the weights, then the last event. */
  async #end(events: readonly RunEvent[], last: RunEvent): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#cancel();
    this.#endQuiet();
    const weights = await foreignCheckpoint(this.#options.folder, last.kind === "finished" ? last.restoredEpoch : null);
    if (weights) this.#options.onWeights(weights);
    this.#rows.addLast();
    this.#options.onEvents([...events, last], this.#rows.take());
    this.#markEnded();
  }

  #notice(): void {
    const seconds = (this.#options.now() - this.#lineAt) / 1000;
    if (this.#isQuiet || seconds < Math.max(QUIET_SECONDS, QUIET_EPOCHS * this.#epochSeconds)) return;
    this.#isQuiet = true;
    this.#options.onQuiet(seconds);
  }

  #endQuiet(): void {
    if (this.#isQuiet) this.#options.onQuiet(null);
    this.#isQuiet = false;
  }
}
