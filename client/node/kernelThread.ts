/** A kernel thread: one of the threads that share a large network's computation. All its work happens in the compiled module. */
import { parentPort, workerData } from "node:worker_threads";
import { instantiate } from "../../engine/host.ts";
import type { KernelThreadStart } from "./threads.ts";

const { bytes, memory, block, slot } = workerData as KernelThreadStart;
void instantiate(bytes, memory).then(({ serve }) => {
  parentPort?.postMessage("ready");
  // Blocks until the training ends.
  serve?.(block, slot);
});
