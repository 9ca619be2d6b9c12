/** One training: owns its worker from start to end, answers its wishes for files, and passes its events on. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { isLast } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type EpochRows, fromWorker, type ToWorker, type WorkerStart } from "../messages/trainerMessages.ts";
import { read } from "../messages/valueSchemas.ts";
import { rowLength } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";
import { answerRead } from "./remoteReads.ts";

export interface SessionOptions {
  readonly workerFile: string;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
  /** 0: as many as the machine has to spare. */
  readonly threads?: number;
  /** Goes on from here. */
  readonly checkpoint?: Uint8Array | undefined;
  readonly isWatched?: boolean;
  /** A data file's bytes by the path in the plan; throws with a message for the user. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** The epochs came before the events. */
  readonly onEvents: (events: readonly RunEvent[], epochs: EpochRows | null) => void;
  /** The last checkpoint, before the last event. */
  readonly onWeights?: (bytes: Uint8Array) => void;
}

const PATIENCE_MS = 2000;

export const startSession = (options: SessionOptions): Session => new Session(options);

export class Session {
  /** When the last event has been passed on and the worker is gone. */
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #worker: Worker;
  #markEnded: () => void = () => undefined;
  #isDone = false;
  #patience: NodeJS.Timeout | undefined;
  #lastEpoch = 0;
  #lookers: ((bytes: Uint8Array | undefined) => void)[] = [];

  constructor(options: SessionOptions) {
    const { workerFile, plan, precision, threads = 0, checkpoint = null, isWatched = false } = options;
    this.#options = options;
    this.ended = new Promise<void>((resolve) => (this.#markEnded = resolve));
    const start: WorkerStart = { folder: pathToFileURL(join(dirname(workerFile), "/")).href };
    this.#worker = new Worker(workerFile, { name: `Training ${plan.training.run}`, workerData: start });
    this.#worker.on("message", (message: unknown) => this.#hear(message));
    this.#worker.on("error", (error) => this.#finish(crashed(`the training worker failed: ${error.message}`)));
    this.#worker.on("exit", (code) => this.#finish(crashed(`the training worker ended with code ${code}`)));
    this.#say({ kind: "start", plan, precision, threads, checkpoint, isWatched });
  }

  pause(): void {
    this.#say({ kind: "pause" });
  }

  resume(): void {
    this.#say({ kind: "resume" });
  }

  /** Asks the worker to end; one that does not within two seconds is ended. */
  stop(): void {
    this.#say({ kind: "stop" });
    this.#patience ??= setTimeout(() => this.#finish({ kind: "stopped", epoch: this.#lastEpoch, seconds: 0 }), PATIENCE_MS);
  }

  /** Whether somebody looks at what happens inside the network. */
  watch(isWatched: boolean): void {
    this.#say({ kind: "watch", isWatched });
  }

  /** Returns a checkpoint of the network as it is now; undefined where there is none, or not any more. */
  look(): Promise<Uint8Array | undefined> {
    if (this.#isDone) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#lookers.push(resolve);
      this.#say({ kind: "look" });
    });
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(given: unknown): void {
    if (this.#isDone) return;
    const message = read(fromWorker, given);
    if (!message) {
      this.#finish(crashed("the training worker sent a message of an unknown form"));
      return;
    }
    switch (message.kind) {
      case "read":
        answerRead(this.#worker, message, this.#options.read);
        return;
      case "weights":
        if (message.bytes) this.#options.onWeights?.(message.bytes);
        this.#answerLookers(message.bytes ?? undefined);
        return;
      case "events": {
        const { epochs, events } = message;
        if (epochs) this.#lastEpoch = epochs.rows[epochs.rows.length - rowLength(epochs.layout)] ?? this.#lastEpoch;
        this.#options.onEvents(events, epochs);
        if (events.some(isLast)) this.#finish();
      }
    }
  }

  #answerLookers(bytes: Uint8Array | undefined): void {
    for (const answer of this.#lookers) answer(bytes);
    this.#lookers = [];
  }

  #finish(event?: RunEvent): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#patience);
    this.#answerLookers(undefined);
    if (event) this.#options.onEvents([event], null);
    void this.#worker.terminate().finally(this.#markEnded);
  }
}

const crashed = (what: string): RunEvent => ({
  kind: "failed",
  code: null,
  message: `The training broke off: ${what}. The editor is not affected; train again, perhaps with a smaller batch or model.`,
  at: "train",
});
