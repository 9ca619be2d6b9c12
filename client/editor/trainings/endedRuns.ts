/** The saving of runs that have ended. A failed save is repeated, after pauses that double, and once more when the window closes. */
import type { Clock, SavedRun } from "./savedRun.ts";

const FIRST_RETRY_MS = 5000;

interface Unsaved {
  readonly saved: Pick<SavedRun, "finish">;
  readonly onSaved: () => void;
}

export class EndedRuns {
  readonly #clock: Clock;
  readonly #saving = new Set<Promise<void>>();
  /** The runs that could not be saved, with what cancels their next attempt. */
  readonly #waiting = new Map<Unsaved, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Saves the end of a run. `onSaved` is called when everything is on the disk. */
  finish(saved: Unsaved["saved"], onSaved: () => void): void {
    this.#try({ saved, onSaved }, FIRST_RETRY_MS);
  }

  /** Resolves when no save goes on. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving);
  }

  /** Saves what is not saved yet. Nothing is repeated afterwards. */
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
