/** Events and epochs that arrive while a panel is busy drawing. Epochs are thinned to the rows that the run's table stores. */
import { type Delta, deltaOf, type HistoryTable, joinedRows, MOST_ROWS, rowLength } from "../../runs/history.ts";
import type { RunEvent } from "../../runs/runState.ts";

export class Backlog {
  #rows: Float64Array[] = [];
  #events: RunEvent[] = [];
  #numbers = 0;
  #isTooLarge = false;

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#events.length === 0;
  }

  /** Whether a snapshot of the run is smaller than the backlog. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** Replaces the backlog with these events. */
  restart(events: readonly RunEvent[]): void {
    this.#rows = [];
    this.#events = [...events];
    this.#numbers = 0;
    this.#isTooLarge = false;
  }

  addEvents(events: readonly RunEvent[]): void {
    this.#events.push(...events);
  }

  /** `added` contains the rows just added to the table. */
  addEpochs(table: HistoryTable, added: Float64Array): void {
    const { rows } = deltaOf(table, added);
    this.#numbers += rows.length;
    this.#isTooLarge ||= this.#numbers > MOST_ROWS * rowLength(table.layout);
    if (this.#isTooLarge) this.#rows = [rows];
    else this.#rows.push(rows);
  }

  /** Returns the backlog and empties it. */
  take(table: HistoryTable | null): { readonly epochs: Delta | null; readonly events: readonly RunEvent[] } {
    const epochs = table && this.#rows.length > 0 ? deltaOf(table, joinedRows(this.#rows)) : null;
    const events = this.#events;
    this.restart([]);
    return { epochs, events };
  }
}
