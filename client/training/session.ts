/** One training: owns its worker from start to end, answers its wishes for files, and passes its events on. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { isLast } from "../../engine/events.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { answerRead } from "../remoteReads.ts";
import { rowLength } from "../runs/history.ts";
import type { RunEvent } from "../runs/runState.ts";
import type { EpochRows, FromWorker, ToWorker, WorkerStart } from "./workerMessages.ts";

export interface Session {
  readonly pause: () => void;
  readonly resume: () => void;
  /** Asks the worker to end; one that does not within two seconds is ended. */
  readonly stop: () => void;
  /** Whether somebody looks at what happens inside the network. */
  readonly watch: (isWatched: boolean) => void;
  /** A checkpoint of the network as it is now; undefined where there is none, or not any more. */
  readonly look: () => Promise<Uint8Array | undefined>;
  /** When the last event has been passed on and the worker is gone. */
  readonly ended: Promise<void>;
}

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

export function startSession(options: SessionOptions): Session {
  const { workerFile, plan, precision, threads = 0, checkpoint = null, isWatched = false, read, onEvents, onWeights } = options;
  const start: WorkerStart = { folder: pathToFileURL(join(dirname(workerFile), "/")).href };
  const worker = new Worker(workerFile, { name: `Training ${plan.training.run}`, workerData: start });
  const say = (message: ToWorker): void => worker.postMessage(message);
  let isDone = false;
  let patience: NodeJS.Timeout | undefined;
  let lastEpoch = 0;
  let markEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (markEnded = resolve));

  let lookers: ((bytes: Uint8Array | undefined) => void)[] = [];
  const answerLookers = (bytes: Uint8Array | undefined): void => {
    for (const answer of lookers) answer(bytes);
    lookers = [];
  };

  const finish = (event?: RunEvent): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(patience);
    answerLookers(undefined);
    if (event) onEvents([event], null);
    void worker.terminate().finally(markEnded);
  };

  worker.on("message", (message: FromWorker) => {
    if (isDone) return;
    if (message.kind === "read") {
      answerRead(worker, message, read);
      return;
    }
    if (message.kind === "weights") {
      if (message.bytes) onWeights?.(message.bytes);
      answerLookers(message.bytes ?? undefined);
      return;
    }
    const { epochs, events } = message;
    if (epochs) lastEpoch = epochs.rows[epochs.rows.length - rowLength(epochs.layout)] ?? lastEpoch;
    onEvents(events, epochs);
    if (message.events.some(isLast)) finish();
  });
  worker.on("error", (error) => finish(crashed(`the training worker failed: ${error.message}`)));
  worker.on("exit", (code) => finish(crashed(`the training worker ended with code ${code}`)));
  say({ kind: "start", plan, precision, threads, checkpoint, isWatched });

  return {
    pause: () => say({ kind: "pause" }),
    resume: () => say({ kind: "resume" }),
    stop() {
      say({ kind: "stop" });
      patience ??= setTimeout(() => finish({ kind: "stopped", epoch: lastEpoch, seconds: 0 }), PATIENCE_MS);
    },
    watch: (isOn) => say({ kind: "watch", isWatched: isOn }),
    look() {
      if (isDone) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        lookers.push(resolve);
        say({ kind: "look" });
      });
    },
    ended,
  };
}

const crashed = (what: string): RunEvent => ({
  kind: "failed",
  code: null,
  message: `The training broke off: ${what}. The editor is not affected; train again, perhaps with a smaller batch or model.`,
  at: "train",
});
