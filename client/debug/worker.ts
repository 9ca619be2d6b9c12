/** The debugger's worker: the adapter and its training run in a thread of their own, so that the editor never waits for them. */
import { parentPort, workerData } from "node:worker_threads";
import { workerStart } from "../messages/trainerMessages.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { kernelFiles } from "../node/kernelFiles.ts";
import { DebugSession } from "./session.ts";

const port = parentPort;
if (!port) throw new Error("This script runs as a worker only.");

const session = new DebugSession({
  send: (message) => port.postMessage(message),
  kernels: kernelFiles(new URL(requireValue(workerStart, workerData).folder)),
  rest: () => new Promise((resolve) => setImmediate(resolve)),
  now: () => performance.now(),
  // The thread ends when the last message is sent.
  ended: () => port.unref(),
});
port.on("message", (message: unknown) => session.handle(message));
