/** The language server during the window's lifetime. It starts with the extension, and again when the user or a request needs it. */
import {
  type DropParams,
  type EditResult,
  type ExpectBlocks,
  type FileEdit,
  serverOf,
  type TestChoices,
  type TrainingChoice,
  type TrainingKnobs,
  type UntrainedChoice,
  type WrittenBlock,
} from "../../server/protocol.ts";

/** The part of a language client that this file uses. `start` does nothing if the server is running. */
export interface ServerClient {
  isRunning(): boolean;
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  sendRequest<Result>(method: string, params: unknown): Promise<Result>;
}

export class LanguageServer<Client extends ServerClient = ServerClient> {
  readonly #load: () => Promise<Client>;
  #client: Promise<Client> | undefined;

  /** `load` loads the client's code and returns a client without starting it. */
  constructor(load: () => Promise<Client>) {
    this.#load = load;
  }

  /** Returns the client. Starts the server if it is not running. Rejects if the server can't be started. */
  async running(): Promise<Client> {
    const client = await this.#loaded();
    await client.start();
    return client;
  }

  /** Returns the client if the server is running. */
  async ifRunning(): Promise<Client | undefined> {
    const client = await this.#client?.catch(() => undefined);
    return client?.isRunning() ? client : undefined;
  }

  async restart(): Promise<void> {
    const client = await this.#loaded();
    if (client.isRunning()) await client.restart();
    else await client.start();
  }

  async stop(): Promise<void> {
    await (await this.ifRunning())?.stop();
  }

  /** Requests a document's trainings in order to train. Starts the server if it is not running, and again if it ends during the request. */
  async trainingsForCertain(document: string): Promise<readonly TrainingChoice[]> {
    const ask = async (): Promise<readonly TrainingChoice[]> =>
      await serverOf(await this.running())("backprop/trainings", { uri: document });
    return await ask().catch(ask);
  }

  /** Requests a document's trainings. Rejects if the server is not running. */
  async trainings(document: string): Promise<readonly TrainingChoice[]> {
    const client = await this.ifRunning();
    if (!client) throw new Error("The language server does not run.");
    return await serverOf(client)("backprop/trainings", { uri: document });
  }

  /** Requests the models of a document without a training. Starts the server if it is not running. */
  async untrained(document: string): Promise<readonly UntrainedChoice[]> {
    return await serverOf(await this.running())("backprop/untrained", { uri: document });
  }

  /** Requests a file's expectations. Starts the server if it is not running. */
  async expectations(file: string): Promise<ExpectBlocks> {
    return await serverOf(await this.running())("backprop/expectations", { uri: file });
  }

  /** Requests everything needed to test a document. Starts the server if it is not running, and again if it ends during the request. */
  async testsForCertain(document: string): Promise<TestChoices> {
    const ask = async (): Promise<TestChoices> => await serverOf(await this.running())("backprop/tests", { uri: document });
    return await ask().catch(ask);
  }

  /** Requests the knobs of a document's trainings. Starts the server if it is not running. */
  async knobs(document: string): Promise<readonly TrainingKnobs[]> {
    return await serverOf(await this.running())("backprop/knobs", { uri: document });
  }

  /** Requests the text changes for an edit. Starts the server if it is not running. */
  async edit(document: string, edit: FileEdit): Promise<EditResult> {
    return await serverOf(await this.running())("backprop/edit", { uri: document, edit });
  }

  /** Requests the `data` block for a table that is dropped into a document. */
  async dataBlock(drop: DropParams): Promise<WrittenBlock | null> {
    return await serverOf(await this.running())("backprop/dataBlock", drop);
  }

  #loaded(): Promise<Client> {
    if (!this.#client) {
      const loading = this.#load();
      this.#client = loading;
      // If loading fails, the next call loads the code again.
      loading.catch(() => (this.#client = undefined));
    }
    return this.#client;
  }
}

/** Only deaths within this time are counted. */
const WITHIN_MS = 180_000;
const MOST_DEATHS = 5;

/** Returns a function to call at each death of the server. It returns whether to restart the server automatically. */
export function restartPolicy(now: () => number = Date.now): () => boolean {
  let deaths: number[] = [];
  return () => {
    deaths = [...deaths.filter((death) => now() - death <= WITHIN_MS), now()];
    if (deaths.length < MOST_DEATHS) return true;
    // If the user starts the server again, counting starts over.
    deaths = [];
    return false;
  };
}
