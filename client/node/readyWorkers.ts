/** The workers of one script. One may be ready in advance, so that the next task does not wait for a thread to start or its code to compile. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { WorkerStart } from "../messages/trainerMessages.ts";

/** One task of a worker. Its messages have a separate port, so they never mix with the messages of the worker's next task. */
export interface WorkerTask {
  readonly port: MessagePort;
  /** Ends the task. An idle worker may do another one; a busy one is terminated. */
  readonly end: (state: "idle" | "busy") => Promise<void>;
}

interface OwnWorker {
  readonly thread: Worker;
  /** Called with the reason when the worker ends by itself. */
  onLost: (reason: string) => void;
  isLost: boolean;
}

export class ReadyWorkers {
  readonly #file: string;
  readonly #name: string;
  #ready: OwnWorker | undefined;
  #keepers = 0;

  /** `file` is the path of the script. `name` is shown by a debugger. */
  constructor(file: string, name: string) {
    this.#file = file;
    this.#name = name;
  }

  /** Keeps one worker ready until each caller that passed true has passed false. */
  keep(isKept: boolean): void {
    this.#keepers += isKept ? 1 : -1;
    if (this.#keepers > 0) this.#prepare();
    else this.dispose();
  }

  /** Starts a task. `onLost` is called with the reason if the worker ends before the task does. */
  take(onLost: (reason: string) => void): WorkerTask {
    const own = this.#ready ?? this.#start();
    this.#ready = undefined;
    own.onLost = onLost;
    const { port1, port2 } = new MessageChannel();
    own.thread.postMessage(port2, [port2]);
    return {
      port: port1,
      end: async (state) => {
        port1.close();
        own.onLost = () => undefined;
        if (state === "idle" && !own.isLost && this.#keepers > 0 && !this.#ready) this.#hold(own);
        else await own.thread.terminate();
        if (this.#keepers > 0) this.#prepare();
      },
    };
  }

  dispose(): void {
    void this.#ready?.thread.terminate();
    this.#ready = undefined;
  }

  #prepare(): void {
    if (!this.#ready) this.#hold(this.#start());
  }

  #hold(own: OwnWorker): void {
    this.#ready = own;
    own.onLost = () => {
      if (this.#ready === own) this.#ready = undefined;
    };
  }

  #start(): OwnWorker {
    const workerData: WorkerStart = { folder: pathToFileURL(join(dirname(this.#file), "/")).href };
    const thread = new Worker(this.#file, { name: this.#name, workerData });
    const own: OwnWorker = { thread, onLost: () => undefined, isLost: false };
    const lose = (reason: string): void => {
      own.isLost = true;
      own.onLost(reason);
    };
    thread.on("error", (error) => lose(error.message));
    thread.on("exit", (code) => lose(`it ended with code ${code}`));
    return own;
  }
}
