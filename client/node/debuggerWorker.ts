/** The debugger's worker thread, as the editor starts it: one for each session. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { WorkerStart } from "../messages/trainerMessages.ts";

export interface DebuggerWorker {
  readonly send: (message: unknown) => void;
  readonly stop: () => void;
}

/** Starts the worker. `onMessage` receives the adapter's messages, `onFailure` the reason if the worker fails. */
export function startDebugger(
  workerFile: string,
  onMessage: (message: unknown) => void,
  onFailure: (reason: string) => void,
): DebuggerWorker {
  const start: WorkerStart = { folder: pathToFileURL(join(dirname(workerFile), "/")).href };
  const worker = new Worker(workerFile, { name: "Debugger", workerData: start });
  worker.on("message", onMessage);
  worker.on("error", (error) => onFailure(error.message));
  return { send: (message) => worker.postMessage(message), stop: () => void worker.terminate() };
}
