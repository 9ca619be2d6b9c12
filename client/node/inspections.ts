/** Inspections of runs: one inspector worker per run, started by the first question and stopped when idle. */
import type { ExpectationResult, UntrainedSubject } from "../../engine/evaluate/expectationTests.ts";
import type { UntrainedView, WalkStage } from "../../engine/inspect/views.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { ExpectPlan, TrainingPlan, UntrainedPlan } from "../../engine/plan.ts";
import { type FromInspector, fromInspector, type ToInspector } from "../messages/inspectorMessages.ts";
import type { HostAnswer, HostQuestion } from "../messages/questions.ts";
import { read } from "../messages/valueSchemas.ts";
import { ReadyWorkers, type WorkerTask } from "./readyWorkers.ts";
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
  /** Returns a text that changes when the data file does. Without it, the data stay as they were first read. */
  readonly version?: (path: string) => Promise<string>;
}

/** The known weights of a run. */
export interface KnownWeights {
  /** The newest or the final weights. */
  readonly checkpoint: Uint8Array;
  /** A recorded state at or before the question's epoch; null if there is none. */
  readonly base: Uint8Array | null;
}

export interface InspectedAnswer {
  readonly answer: HostAnswer;
  /** A message for the user if the data have changed since the training; null if not. */
  readonly otherData: string | null;
}

/** A model without a training, to test. `id` identifies its file. */
export interface UntrainedTest extends UntrainedSubject, Pick<InspectedRun, "id" | "read"> {}

/** The results of each `expect` block. */
export type Results = readonly (readonly ExpectationResult[])[];

/** The data have changed since the training, so the weights can't be used with them. The message is for the user. */
export class OtherDataError extends Error {}

/** After this idle time a worker is stopped, since its data take memory. */
const IDLE_MS = 60_000;

export class Inspections {
  readonly #workers: ReadyWorkers;
  /** By the run's id. */
  readonly #open = new Map<string, InspectorWorker>();

  constructor(workerFile: string) {
    this.#workers = new ReadyWorkers(workerFile, "Inspecting");
  }

  /**
   * Answers a question about the run's network with a checkpoint's weights, or with the weights of the question's epoch. Those are
   * recomputed from the recorded state `base`, or from the beginning. Rejects with an Error for the user.
   */
  async ask(run: InspectedRun, question: HostQuestion, { checkpoint, base }: KnownWeights): Promise<InspectedAnswer> {
    await this.#open.get(run.id)?.look();
    const { kind: _kind, ...reply } = await this.#workerOf(run.id, run).request((id) => ({ kind: "ask", id, question, checkpoint, base }));
    if (!("answer" in reply)) throw new Error("The inspector's worker answered another question.");
    return reply;
  }

  /** Returns the views of the models in a file without a training. Rejects with an Error for the user. */
  async look(file: string, plans: readonly UntrainedPlan[]): Promise<readonly UntrainedView[]> {
    const reply = await this.#workerOf(file).request((id) => ({ kind: "look", id, plans: [...plans] }));
    return reply.kind === "looked" ? reply.views : [];
  }

  /** Returns the stages of a row's path through a model without a training. Rejects with an Error for the user. */
  async walkRow(file: string, plan: UntrainedPlan, row: number): Promise<readonly WalkStage[]> {
    const reply = await this.#workerOf(file).request((id) => ({ kind: "walkRow", id, plan, row }));
    return reply.kind === "walkedRow" ? reply.stages : [];
  }

  /** Tests each `expect` block on the run's network with a checkpoint's weights. Returns the results. Rejects with an Error for the user. */
  async test(run: InspectedRun, checkpoint: Uint8Array, expects: readonly ExpectPlan[]): Promise<Results> {
    const reply = await this.#workerOf(run.id, run).request((id) => ({ kind: "test", id, checkpoint, expects: [...expects] }));
    return reply.kind === "tested" ? reply.results : [];
  }

  /**
   * Tests each `expect` block on a model without a training, with the weights written in the file. Returns the results. Rejects with an
   * Error for the user.
   */
  async testUntrained({ id: file, network, plan, read: readFile }: UntrainedTest, expects: readonly ExpectPlan[]): Promise<Results> {
    const worker = this.#workerOf(file, { read: readFile });
    const reply = await worker.request((id) => ({ kind: "testUntrained", id, network, plan, expects: [...expects] }));
    return reply.kind === "tested" ? reply.results : [];
  }

  /** `id` is a run's id, or the URI of a file without a training. */
  close(id: string): void {
    this.#open.get(id)?.close(new Error("The view was closed."));
  }

  /** Sets whether a worker is started in advance for the next run. */
  keepReady(isKept: boolean): void {
    this.#workers.keep(isKept);
  }

  dispose(): void {
    this.#workers.dispose();
    for (const id of [...this.#open.keys()]) this.close(id);
  }

  /** Returns the worker of a run or of a file without a training. */
  #workerOf(id: string, of: Inspected = WITHOUT_FILES): InspectorWorker {
    const known = this.#open.get(id);
    if (known) return known;
    const worker = new InspectorWorker(this.#workers, of, () => this.#open.delete(id));
    this.#open.set(id, worker);
    return worker;
  }
}

type Reply = Exclude<FromInspector, { kind: "read" | "problem" }>;

/** A run, or a file without a training. */
type Inspected = InspectedRun | Pick<InspectedRun, "read">;

/** A file without a training has its rows in its text. */
const WITHOUT_FILES: Inspected = {
  async read() {
    throw new Error("No data file belongs to this model.");
  },
};

class InspectorWorker {
  readonly #task: WorkerTask;
  readonly #of: Inspected;
  /** The versions of the data files when they were last read, by path. */
  readonly #versions = new Map<string, string>();
  /** The last look at the data files. */
  #looked = Promise.resolve();
  readonly #onClosed: () => void;
  readonly #pending = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #isClosed = false;
  #nextQuestion = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(workers: ReadyWorkers, of: Inspected, onClosed: () => void) {
    this.#of = of;
    this.#onClosed = onClosed;
    this.#task = workers.take((reason) => this.#fail(`its worker failed: ${reason}`));
    this.#task.port.on("message", (message: unknown) => this.#receive(message));
    this.#openRun();
  }

  /** Opens the network again if its data files have changed. Looks follow one another, so questions are still answered in order. */
  async look(): Promise<void> {
    this.#looked = this.#looked.then(async () => {
      const read = [...this.#versions];
      const now = await Promise.all(read.map(([path]) => this.#versionOf(path)));
      if (this.#isClosed || read.every(([, version], k) => version === now[k])) return;
      this.#versions.clear();
      this.#openRun();
    });
    await this.#looked;
  }

  #openRun(): void {
    if ("plan" in this.#of) this.#post({ kind: "open", plan: this.#of.plan, precision: this.#of.precision, data: this.#of.data });
  }

  async #versionOf(path: string): Promise<string | undefined> {
    return "plan" in this.#of ? await this.#of.version?.(path).catch(() => undefined) : undefined;
  }

  async #read(path: string): Promise<Uint8Array> {
    const version = await this.#versionOf(path);
    if (version !== undefined) this.#versions.set(path, version);
    return await this.#of.read(path);
  }

  request(message: (id: number) => ToInspector): Promise<Reply> {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(new Error("The view was closed.")), IDLE_MS);
    this.#idle.unref();
    const id = this.#nextQuestion++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post(message(id));
    });
  }

  /** Ends the inspection. Rejects open questions with the error. */
  close(error: Error): void {
    this.#end(error, this.#pending.size === 0 ? "idle" : "busy");
  }

  #end(error: Error, worker: "idle" | "busy"): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#onClosed();
    void this.#task.end(worker);
  }

  #fail(what: string): void {
    this.#end(new Error(`The network could not be inspected: ${what}.`), "busy");
  }

  #post(message: ToInspector): void {
    this.#task.port.postMessage(message);
  }

  #receive(given: unknown): void {
    if (this.#isClosed) return;
    const message = read(fromInspector, given);
    if (!message) {
      this.#fail("its worker sent an invalid message");
      return;
    }
    if (message.kind === "read") {
      answerRead(this.#task.port, message, (path) => this.#read(path));
      return;
    }
    const question = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "problem") question?.reject(new (message.isOtherData ? OtherDataError : Error)(message.message));
    else question?.resolve(message);
  }
}
