/** The debugger's worker. The adapter and its training run in a separate thread, so the editor never waits for them. */
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
  // The thread ends after the last message is sent.
  ended: () => port.unref(),
});
port.on("message", (message: unknown) => session.handle(message));
