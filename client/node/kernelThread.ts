/** One of the threads that share out a large network's products: all it does is in the compiled module. */
import { parentPort, workerData } from "node:worker_threads";
import { instantiate } from "../../engine/host.ts";
import type { KernelThreadStart } from "./threads.ts";

const { bytes, memory, block, slot } = workerData as KernelThreadStart;
void instantiate(bytes, memory).then(({ serve }) => {
  parentPort?.postMessage("ready");
  // Returns when the training has ended.
  serve?.(block, slot);
});
