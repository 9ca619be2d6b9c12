/** The workers of one script. One may be started in advance, so that the next task does not wait for the start of a thread. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { WorkerStart } from "../messages/trainerMessages.ts";

/** The next one is started a little later, since its start takes time from the task of the last one. */
const LATER_MS = 250;

export class ReadyWorkers {
  readonly #file: string;
  #spare: Worker | undefined;
  #isKept = false;
  #later: NodeJS.Timeout | undefined;

  /** `file` is the path of the script. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Sets whether one is started in advance. */
  keep(isKept: boolean): void {
    if (this.#isKept === isKept) return;
    this.#isKept = isKept;
    if (isKept) this.#prepare();
    else this.dispose();
  }

  /** Returns a worker that belongs to the caller. `name` is shown by a debugger. */
  take(name: string): Worker {
    const spare = this.#spare;
    this.#spare = undefined;
    spare?.removeAllListeners();
    if (this.#isKept) {
      clearTimeout(this.#later);
      this.#later = setTimeout(() => this.#prepare(), LATER_MS);
      this.#later.unref();
    }
    return spare ?? this.#start(name);
  }

  dispose(): void {
    clearTimeout(this.#later);
    void this.#spare?.terminate();
    this.#spare = undefined;
  }

  #prepare(): void {
    if (this.#spare) return;
    const worker = this.#start("Ready");
    const lose = (): void => {
      if (this.#spare === worker) this.#spare = undefined;
    };
    worker.on("error", lose);
    worker.on("exit", lose);
    this.#spare = worker;
  }

  #start(name: string): Worker {
    const workerData: WorkerStart = { folder: pathToFileURL(join(dirname(this.#file), "/")).href };
    return new Worker(this.#file, { name, workerData });
  }
}
