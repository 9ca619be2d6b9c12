/** Who looks into which run: one worker a run, started with the first question, gone when nobody has asked for a while. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { answerRead } from "../remoteReads.ts";
import { read } from "../schemas/values.ts";
import type { WorkerStart } from "../training/workerMessages.ts";
import { type Answer, fromInspector, type Question, type ToInspector } from "./messages.ts";

export interface Inspected {
  readonly id: string;
  readonly plan: TrainingPlan;
  readonly precision: Precision;
  /** A data file's bytes by the path in the plan; throws with a message for the user. */
  readonly read: (path: string) => Promise<Uint8Array>;
}

export interface Inspections {
  /** Rejects with an Error for the user. */
  readonly ask: (run: Inspected, question: Question, checkpoint: Uint8Array) => Promise<Answer>;
  readonly close: (id: string) => void;
  readonly dispose: () => void;
}

interface Open {
  readonly worker: Worker;
  readonly asked: Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>;
  idle: NodeJS.Timeout | undefined;
}

/** Its data take memory as long as it lives. */
const IDLE_MS = 60_000;

export function createInspections(workerFile: string): Inspections {
  const open = new Map<string, Open>();
  let nextQuestion = 0;

  const close = (id: string, error = new Error("The view was closed.")): void => {
    const own = open.get(id);
    if (!own) return;
    open.delete(id);
    clearTimeout(own.idle);
    for (const { reject } of own.asked.values()) reject(error);
    void own.worker.terminate();
  };

  const start = ({ id, plan, precision, read: readFile }: Inspected): Open => {
    const folder: WorkerStart = { folder: pathToFileURL(join(dirname(workerFile), "/")).href };
    const worker = new Worker(workerFile, { name: `Inspecting ${plan.training.run}`, workerData: folder });
    const own: Open = { worker, asked: new Map(), idle: undefined };
    const failed = (what: string): void => close(id, new Error(`Looking into the network failed: ${what}.`));
    worker.on("message", (given: unknown) => {
      const message = read(fromInspector, given);
      if (!message) {
        failed("its worker sent a message of an unknown form");
        return;
      }
      if (message.kind === "read") {
        answerRead(worker, message, readFile);
        return;
      }
      const asker = own.asked.get(message.id);
      own.asked.delete(message.id);
      if (message.kind === "answer") asker?.resolve(message.answer);
      else asker?.reject(new Error(message.message));
    });
    worker.on("error", (error) => failed(error.message));
    worker.on("exit", (code) => {
      if (open.get(id) === own) failed(`its worker ended with code ${code}`);
    });
    worker.postMessage({ kind: "open", plan, precision } satisfies ToInspector);
    open.set(id, own);
    return own;
  };

  return {
    ask(run, question, checkpoint) {
      const own = open.get(run.id) ?? start(run);
      clearTimeout(own.idle);
      own.idle = setTimeout(() => close(run.id), IDLE_MS);
      own.idle.unref();
      const id = nextQuestion++;
      return new Promise((resolve, reject) => {
        own.asked.set(id, { resolve, reject });
        own.worker.postMessage({ kind: "ask", id, question, checkpoint } satisfies ToInspector);
      });
    },
    close,
    dispose() {
      for (const id of [...open.keys()]) close(id);
    },
  };
}
