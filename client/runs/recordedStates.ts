/** The recorded states of a run (engine/training/recordedStates.ts), from which the weights of the other epochs are recomputed. */

/** The memory limit of a run's states, in bytes. Above it, every second state except the first is dropped. */
const MAX_BYTES = 64e6;

export class RecordedStates {
  /** In ascending order of epochs. */
  #states: { readonly epoch: number; readonly bytes: Uint8Array }[] = [];

  add(epoch: number, bytes: Uint8Array): void {
    this.#states.push({ epoch, bytes });
    while (this.#states.length > 2 && this.#bytes > MAX_BYTES) this.#states = this.#states.filter((_, k) => k % 2 === 0);
  }

  /** Returns the state nearest at or before the epoch; undefined if every state comes after it. */
  before(epoch: number): Uint8Array | undefined {
    return this.#states.findLast((state) => state.epoch <= epoch)?.bytes;
  }

  get #bytes(): number {
    return this.#states.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}
