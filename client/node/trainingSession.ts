/** One training: owns its worker from start to end, answers its requests for files, and passes on its events. */
import { isLast } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { Pace } from "../../engine/training/pace.ts";
import { type EpochRows, fromWorker, type ToWorker } from "../messages/trainerMessages.ts";
import { read } from "../messages/valueSchemas.ts";
import { rowLength } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";
import { ReadyWorkers, type WorkerTask } from "./readyWorkers.ts";
import { answerRead } from "./remoteReads.ts";

export interface SessionOptions {
  readonly workerFile: string;
  /** The workers of that file. One of them may be ready. */
  readonly workers?: ReadyWorkers;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
  /** 0: all processors but one, at most 4. */
  readonly threads?: number;
  /** The checkpoint from which the training continues. */
  readonly checkpoint?: Uint8Array | undefined;
  /** The .nn text, which is saved with the weights; null or absent if unknown. */
  readonly text?: string | null;
  readonly isWatched?: boolean;
  readonly pace?: Pace;
  /** The Python in which PyTorch trains, empty for the first one found; absent or null if the engine trains. */
  readonly python?: string | null;
  /** Receives a sentence about the training for the user. */
  readonly onNote?: (text: string) => void;
  /** Returns a data file's bytes by its path in the plan. Throws an Error with a message for the user. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Receives events, and the epochs before them. */
  readonly onEvents: (events: readonly RunEvent[], epochs: EpochRows | null) => void;
  /** Receives each checkpoint; the last one comes before the last event. */
  readonly onWeights?: (bytes: Uint8Array) => void;
  /** Receives the recorded states. */
  readonly onState?: (epoch: number, bytes: Uint8Array) => void;
}

/** A worker that does not stop within this time is terminated. */
const STOP_TIMEOUT_MS = 2000;
/** PyTorch stops at the end of a batch, and its process needs a moment to exit. */
const TORCH_STOP_TIMEOUT_MS = 15_000;

export const trainingWorkers = (workerFile: string): ReadyWorkers => new ReadyWorkers(workerFile, "Training");

export const startSession = (options: SessionOptions): Session => new Session(options);

export class Session {
  /** Resolves when the last event has been passed on and the worker is ready for another training or has exited. */
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #task: WorkerTask;
  #markEnded: () => void = () => undefined;
  #isDone = false;
  #stopTimeout: NodeJS.Timeout | undefined;
  #lastEpoch = 0;
  #checkpointRequests: ((bytes: Uint8Array | undefined) => void)[] = [];

  constructor(options: SessionOptions) {
    const {
      workerFile,
      workers,
      plan,
      precision,
      threads = 0,
      checkpoint = null,
      text = null,
      isWatched = false,
      pace = "full",
      python = null,
    } = options;
    this.#options = options;
    this.ended = new Promise<void>((resolve) => (this.#markEnded = resolve));
    this.#task = (workers ?? trainingWorkers(workerFile)).take((reason) =>
      this.#finish("busy", crashed(`the training worker failed: ${reason}`)),
    );
    this.#task.port.on("message", (message: unknown) => this.#receive(message));
    this.#post({ kind: "start", plan, precision, threads, checkpoint, text, isWatched, pace, python });
  }

  pause(): void {
    this.#post({ kind: "pause" });
  }

  resume(): void {
    this.#post({ kind: "resume" });
  }

  /** Tells the worker to stop. If it doesn't within two seconds, or 15 with PyTorch, it is terminated. */
  stop(): void {
    this.#post({ kind: "stop" });
    const patience = typeof this.#options.python === "string" ? TORCH_STOP_TIMEOUT_MS : STOP_TIMEOUT_MS;
    this.#stopTimeout ??= setTimeout(() => this.#finish("busy", { kind: "stopped", epoch: this.#lastEpoch, seconds: 0 }), patience);
  }

  /** Sets whether a panel is visible and snapshots are therefore useful. */
  watch(isWatched: boolean): void {
    this.#post({ kind: "watch", isWatched });
  }

  setPace(pace: Pace): void {
    this.#post({ kind: "pace", pace });
  }

  /** Trains the next epoch, if the pace is one epoch per click. */
  step(): void {
    this.#post({ kind: "step" });
  }

  /** Returns a checkpoint of the network's current state; undefined if there is no network yet or the training is over. */
  checkpoint(): Promise<Uint8Array | undefined> {
    if (this.#isDone) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#checkpointRequests.push(resolve);
      this.#post({ kind: "look" });
    });
  }

  #post(message: ToWorker): void {
    this.#task.port.postMessage(message);
  }

  #receive(given: unknown): void {
    if (this.#isDone) return;
    const message = read(fromWorker, given);
    if (!message) {
      this.#finish("busy", crashed("the training worker sent an invalid message"));
      return;
    }
    switch (message.kind) {
      case "read":
        answerRead(this.#task.port, message, this.#options.read);
        return;
      case "weights":
        if (message.bytes) this.#options.onWeights?.(message.bytes);
        this.#resolveCheckpoints(message.bytes ?? undefined);
        return;
      case "note":
        this.#options.onNote?.(message.text);
        return;
      case "state":
        this.#options.onState?.(message.epoch, message.bytes);
        return;
      case "events": {
        const { epochs, events } = message;
        if (epochs) this.#lastEpoch = epochs.rows[epochs.rows.length - rowLength(epochs.layout)] ?? this.#lastEpoch;
        this.#options.onEvents(events, epochs);
        if (events.some(isLast)) this.#finish("idle");
      }
    }
  }

  #resolveCheckpoints(bytes: Uint8Array | undefined): void {
    for (const resolve of this.#checkpointRequests) resolve(bytes);
    this.#checkpointRequests = [];
  }

  #finish(worker: "idle" | "busy", event?: RunEvent): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#stopTimeout);
    this.#resolveCheckpoints(undefined);
    if (event) this.#options.onEvents([event], null);
    void this.#task.end(worker).finally(this.#markEnded);
  }
}

const crashed = (what: string): RunEvent => ({
  kind: "failed",
  code: null,
  message: `The training stopped unexpectedly: ${what}. The editor is not affected; train again, perhaps with a smaller batch or model.`,
  at: "train",
});
