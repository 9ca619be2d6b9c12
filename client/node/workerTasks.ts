/** The worker's side of readyWorkers.ts. */
import { type MessagePort, parentPort } from "node:worker_threads";

/** Calls `begin` with the port of each task. All messages of the task use this port, which closes when the task ends. */
export function onTask(begin: (port: MessagePort) => void): void {
  if (!parentPort) throw new Error("This script runs as a worker only.");
  parentPort.on("message", begin);
}
