/** Kernel threads: Node workers that share a large network's computation and memory with the engine's thread. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { KernelThreadWork, StartKernelThreads } from "../../engine/host.ts";

/** The data a kernel thread starts with. */
export interface KernelThreadStart extends Omit<KernelThreadWork, "count"> {
  readonly slot: number;
}

/** The maximum number of threads. With more, each has too little work. */
const MOST_THREADS = 8;

/** The terminal uses every processor. The editor leaves one free for itself. */
const DEFAULTS = { terminal: { free: 0, most: MOST_THREADS }, editor: { free: 1, most: 4 } } as const;

/** Returns the number of threads. `wanted` 0 means the default of the place. */
export function threadCount(wanted: number, place: keyof typeof DEFAULTS, processors = availableParallelism()): number {
  const { free, most } = DEFAULTS[place];
  return Math.max(1, wanted > 0 ? Math.min(MOST_THREADS, wanted) : Math.min(most, processors - free));
}

/** Returns the function that starts kernel threads. `folder` is the bundle's folder. */
export function kernelThreadsFrom(folder: URL): StartKernelThreads {
  return async ({ bytes, memory, block, count }) => {
    const workers = await Promise.all(
      Array.from({ length: count }, (_, k) => {
        const start: KernelThreadStart = { bytes, memory, block, slot: k + 1 };
        const worker = new Worker(new URL("kernelThread.js", folder), { name: `Kernels ${k + 2}`, workerData: start });
        return new Promise<Worker>((ready, fail) => {
          worker.once("message", () => ready(worker));
          worker.once("error", fail);
        });
      }),
    );
    // The engine has told the threads to end. Each exits when its part of the last job is done.
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
