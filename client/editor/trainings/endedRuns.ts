/** Saves runs that have ended. Retries a failed save after doubling pauses, and once more when the window closes. */
import type { Clock, SavedRun } from "./savedRun.ts";

const FIRST_RETRY_MS = 5000;

interface Unsaved {
  readonly saved: Pick<SavedRun, "finish">;
  readonly onSaved: () => void;
}

export class EndedRuns {
  readonly #clock: Clock;
  readonly #saving = new Set<Promise<void>>();
  /** The runs that could not be saved, each with a function that cancels the next attempt. */
  readonly #waiting = new Map<Unsaved, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Saves the end of a run. Calls `onSaved` when everything is on the disk. */
  finish(saved: Unsaved["saved"], onSaved: () => void): void {
    this.#try({ saved, onSaved }, FIRST_RETRY_MS);
  }

  /** Resolves when the saves in progress have finished. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving);
  }

  /** Saves what is not saved yet, without further retries. */
  async close(): Promise<void> {
    await this.settled();
    const last = [...this.#waiting];
    this.#waiting.clear();
    for (const [, cancel] of last) cancel();
    await Promise.all(last.map(([run]) => this.#save(run)));
  }

  #try(run: Unsaved, retryMs: number): void {
    const saving = this.#save(run).then((isSaved) => {
      this.#saving.delete(saving);
      if (!isSaved) this.#waiting.set(run, this.#retryAfter(run, retryMs));
    });
    this.#saving.add(saving);
  }

  #retryAfter(run: Unsaved, ms: number): () => void {
    return this.#clock.after(ms, () => {
      this.#waiting.delete(run);
      this.#try(run, 2 * ms);
    });
  }

  async #save({ saved, onSaved }: Unsaved): Promise<boolean> {
    const isSaved = await saved.finish();
    if (isSaved) onSaved();
    return isSaved;
  }
}
