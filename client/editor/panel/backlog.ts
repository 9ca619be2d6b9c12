/** What happened to a run while its panel was busy drawing. Epochs are thinned: only what the run's table keeps goes on. */
import { type Delta, deltaOf, type HistoryTable, MOST_ROWS, rowLength } from "../../runs/history.ts";
import type { RunEvent } from "../../runs/runState.ts";

export class Backlog {
  #rows: Float64Array[] = [];
  #events: RunEvent[] = [];
  #numbers = 0;
  #isTooMuch = false;

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#events.length === 0;
  }

  /** Whether so much waits that a snapshot of the run is less. */
  get isTooMuch(): boolean {
    return this.#isTooMuch;
  }

  /** Drops what waits, for these events. */
  restart(events: readonly RunEvent[]): void {
    this.#rows = [];
    this.#events = [...events];
    this.#numbers = 0;
    this.#isTooMuch = false;
  }

  addEvents(events: readonly RunEvent[]): void {
    this.#events.push(...events);
  }

  /** Rows that were just added to the table. */
  addEpochs(table: HistoryTable, added: Float64Array): void {
    const { rows } = deltaOf(table, added);
    this.#numbers += rows.length;
    this.#isTooMuch ||= this.#numbers > MOST_ROWS * rowLength(table.layout);
    if (this.#isTooMuch) this.#rows = [rows];
    else this.#rows.push(rows);
  }

  /** Returns all that waits, which then waits no more. */
  take(table: HistoryTable | null): { readonly epochs: Delta | null; readonly events: readonly RunEvent[] } {
    const epochs = table && this.#rows.length > 0 ? deltaOf(table, joined(this.#rows)) : null;
    const events = this.#events;
    this.restart([]);
    return { epochs, events };
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
