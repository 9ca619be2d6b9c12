/** The language server through the window's life: started with the extension, and again by the user or for a training. */
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

/** The part of a language client that this file uses. `start` does nothing while the server runs. */
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

  /** `load` loads the client's code and returns a client that is not started. */
  constructor(load: () => Promise<Client>) {
    this.#load = load;
  }

  /** Returns the client after starting the server if it does not run. Rejects if it can't be started. */
  async running(): Promise<Client> {
    const client = await this.#loaded();
    await client.start();
    return client;
  }

  /** Returns the client if the server runs. */
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

  /** Asks for the trainings of a document, for a training. The server is started if it does not run, and again if it ends during the question. */
  async trainingsForCertain(document: string): Promise<readonly TrainingChoice[]> {
    const ask = async (): Promise<readonly TrainingChoice[]> =>
      await serverOf(await this.running())("backprop/trainings", { uri: document });
    return await ask().catch(ask);
  }

  /** Asks for the trainings of a document. Rejects if the server does not run. */
  async trainings(document: string): Promise<readonly TrainingChoice[]> {
    const client = await this.ifRunning();
    if (!client) throw new Error("The language server does not run.");
    return await serverOf(client)("backprop/trainings", { uri: document });
  }

  /** Asks for the models of a document without a training. The server is started if it does not run. */
  async untrained(document: string): Promise<readonly UntrainedChoice[]> {
    return await serverOf(await this.running())("backprop/untrained", { uri: document });
  }

  /** Asks for the expectations of a file. The server is started if it does not run. */
  async expectations(file: string): Promise<ExpectBlocks> {
    return await serverOf(await this.running())("backprop/expectations", { uri: file });
  }

  /** Asks for all that is needed to test a document. The server is started if it does not run, and again if it ends during the question. */
  async testsForCertain(document: string): Promise<TestChoices> {
    const ask = async (): Promise<TestChoices> => await serverOf(await this.running())("backprop/tests", { uri: document });
    return await ask().catch(ask);
  }

  /** Asks for the knobs of a document's trainings. The server is started if it does not run. */
  async knobs(document: string): Promise<readonly TrainingKnobs[]> {
    return await serverOf(await this.running())("backprop/knobs", { uri: document });
  }

  /** Asks for the changes that an edit takes. The server is started if it does not run. */
  async edit(document: string, edit: FileEdit): Promise<EditResult> {
    return await serverOf(await this.running())("backprop/edit", { uri: document, edit });
  }

  /** Asks for the `data` block of a table that is dropped into a document. */
  async dataBlock(drop: DropParams): Promise<WrittenBlock | null> {
    return await serverOf(await this.running())("backprop/dataBlock", drop);
  }

  #loaded(): Promise<Client> {
    if (!this.#client) {
      const loading = this.#load();
      this.#client = loading;
      // Code that could not be loaded is loaded again by the next call.
      loading.catch(() => (this.#client = undefined));
    }
    return this.#client;
  }
}

/** Deaths within this time count together. */
const WITHIN_MS = 180_000;
const MOST_DEATHS = 5;

/** Returns a function that counts the server's deaths and returns whether it should be started again by itself. */
export function restartPolicy(now: () => number = Date.now): () => boolean {
  let deaths: number[] = [];
  return () => {
    deaths = [...deaths.filter((death) => now() - death <= WITHIN_MS), now()];
    if (deaths.length < MOST_DEATHS) return true;
    // The user may start it again, which counts anew.
    deaths = [];
    return false;
  };
}
