/** The threads that share a large network's work with the engine's own: Node's workers over its memory. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { KernelThreadWork, StartKernelThreads } from "../../engine/host.ts";

/** The data a kernel thread starts with. */
export interface KernelThreadStart extends Omit<KernelThreadWork, "count"> {
  readonly slot: number;
}

/** More share too little work each. */
const MOST_THREADS = 8;

/** One processor is left for the editor, where there is more than one; 0 asks for that, any other number for as many. */
export const threadCount = (wanted: number): number =>
  Math.max(1, Math.min(MOST_THREADS, wanted > 0 ? wanted : Math.min(4, availableParallelism() - 1)));

/** `folder`: where the bundle lies. */
export function kernelThreadsFrom(folder: URL): StartKernelThreads {
  return async ({ bytes, memory, block, count }) => {
    const workers = await Promise.all(
      Array.from({ length: count }, (_, k) => {
        const start: KernelThreadStart = { bytes, memory, block, slot: k + 1 };
        const worker = new Worker(new URL("kernelThread.cjs", folder), { name: `Kernels ${k + 2}`, workerData: start });
        return new Promise<Worker>((ready, fail) => {
          worker.once("message", () => ready(worker));
          worker.once("error", fail);
        });
      }),
    );
    // They were told to end: each does when its part of the last job is done.
    return async () => {
      await Promise.all(
        workers.map(
          (worker) =>
            new Promise<void>((gone) => {
              worker.once("exit", () => gone());
              if (worker.threadId < 0) gone();
            }),
        ),
      );
    };
  };
}
