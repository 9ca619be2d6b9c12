/** Inspections of runs: one inspector worker per run, started by the first question and stopped when idle. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { fromInspector, type ToInspector } from "../messages/inspectorMessages.ts";
import type { Answer, Question } from "../messages/questions.ts";
import type { WorkerStart } from "../messages/trainerMessages.ts";
import { read } from "../messages/valueSchemas.ts";
import { answerRead } from "./remoteReads.ts";

/** A run to inspect. */
export interface InspectedRun {
  readonly id: string;
  readonly plan: TrainingPlan;
  readonly precision: Precision;
  /** The hash of the data that the run was trained on; null if it is not known. */
  readonly data: string | null;
  /** Returns a data file's bytes by its path in the plan. Throws an Error with a message for the user. */
  readonly read: (path: string) => Promise<Uint8Array>;
}

/** The weights of a run that are known. */
export interface KnownWeights {
  /** The newest or the final weights. */
  readonly checkpoint: Uint8Array;
  /** A recorded state at or before the question's epoch; null if there is none. */
  readonly base: Uint8Array | null;
}

export interface InspectedAnswer {
  readonly answer: Answer;
  /** A message for the user if the data have changed since the training; null if not. */
  readonly otherData: string | null;
}

/** The data have changed since the training, and the weights can't be used with them. The message is for the user. */
export class OtherDataError extends Error {}

/** An idle worker is stopped after this time, since its data take memory. */
const IDLE_MS = 60_000;

export class Inspections {
  readonly #workerFile: string;
  /** By the run's id. */
  readonly #open = new Map<string, InspectorWorker>();

  constructor(workerFile: string) {
    this.#workerFile = workerFile;
  }

  /**
   * Answers a question about the run's network with the weights of a checkpoint, or of the question's epoch, computed from the recorded state `base` or
   * from the beginning. Rejects with an Error for the user.
   */
  async ask(run: InspectedRun, question: Question, { checkpoint, base }: KnownWeights): Promise<InspectedAnswer> {
    return await (this.#open.get(run.id) ?? this.#start(run)).ask(question, { checkpoint, base });
  }

  close(id: string): void {
    this.#open.get(id)?.close(new Error("The view was closed."));
  }

  dispose(): void {
    for (const id of [...this.#open.keys()]) this.close(id);
  }

  #start(run: InspectedRun): InspectorWorker {
    const worker = new InspectorWorker(this.#workerFile, run, () => this.#open.delete(run.id));
    this.#open.set(run.id, worker);
    return worker;
  }
}

class InspectorWorker {
  readonly #worker: Worker;
  readonly #read: InspectedRun["read"];
  readonly #onClosed: () => void;
  readonly #pending = new Map<number, { resolve: (answer: InspectedAnswer) => void; reject: (error: Error) => void }>();
  #isClosed = false;
  #nextQuestion = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(workerFile: string, { plan, precision, data, read: readFile }: InspectedRun, onClosed: () => void) {
    const folder: WorkerStart = { folder: pathToFileURL(join(dirname(workerFile), "/")).href };
    this.#read = readFile;
    this.#onClosed = onClosed;
    this.#worker = new Worker(workerFile, { name: `Inspecting ${plan.training.run}`, workerData: folder });
    this.#worker.on("message", (message: unknown) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(error.message));
    this.#worker.on("exit", (code) => this.#fail(`its worker ended with code ${code}`));
    this.#post({ kind: "open", plan, precision, data });
  }

  ask(question: Question, weights: KnownWeights): Promise<InspectedAnswer> {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(new Error("The view was closed.")), IDLE_MS);
    this.#idle.unref();
    const id = this.#nextQuestion++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ kind: "ask", id, question, ...weights });
    });
  }

  /** Stops the worker. Rejects the questions that are still open with the error. */
  close(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#onClosed();
    void this.#worker.terminate();
  }

  #fail(what: string): void {
    this.close(new Error(`The network could not be inspected: ${what}.`));
  }

  #post(message: ToInspector): void {
    this.#worker.postMessage(message);
  }

  #receive(given: unknown): void {
    const message = read(fromInspector, given);
    if (!message) {
      this.#fail("its worker sent an invalid message");
      return;
    }
    if (message.kind === "read") {
      answerRead(this.#worker, message, this.#read);
      return;
    }
    const question = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "answer") question?.resolve({ answer: message.answer, otherData: message.otherData });
    else question?.reject(new (message.isOtherData ? OtherDataError : Error)(message.message));
  }
}
