/**
 * Follows the `history.jsonl` of a training in another program. It polls the file's size, since change notifications are unreliable on
 * network drives. Only whole lines count. Each epoch is returned once, with the columns of the first one.
 */
import type { FileHandle } from "node:fs/promises";
import { isLast, type TrainingEvent } from "../../engine/events.ts";
import { openRegular } from "../../server/regularFiles.ts";
import { historyFrom } from "../messages/eventReader.ts";
import type { Epoch } from "./history.ts";

/** The number of bytes read at once, and the maximum length of a line. A longer line is not one of our events. */
const PIECE = 2 ** 20;
const LONGEST_LINE = 2 ** 26;
/** The number of bytes before the position that must still be there at the next look. They contain an epoch's numbers. */
const COMPARED = 512;

/** What was added to the file. `restarted`: an earlier line is no longer valid, so discard everything returned before. */
export interface Added {
  readonly events: readonly TrainingEvent[];
  readonly restarted: boolean;
}

export class HistoryTail {
  readonly #path: string;
  /** The number of bytes read, and the bytes of the incomplete last line. */
  #position = 0;
  #rest = Buffer.alloc(0);
  /** The last bytes before the position. */
  #before = Buffer.alloc(0);
  /** The loss of each epoch so far. */
  readonly #losses = new Map<number, number>();
  #last = 0;
  #first: Epoch | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Returns what was added since the last call. Throws the system's error if the file can't be read. */
  async read(): Promise<Added> {
    const text = await this.#newText();
    if (text === undefined) return await this.#anew();
    const events = historyFrom(text);
    // A training that continued from a checkpoint repeats epochs, usually with the same numbers.
    const isChanged = (event: TrainingEvent): boolean =>
      event.kind === "epoch" && event.epoch <= this.#last && !Object.is(this.#losses.get(event.epoch), event.loss);
    if (events.some(isChanged)) return await this.#anew();
    return { events: this.#inOrder(withoutEarlierEnds(events)), restarted: false };
  }

  /** Reads the whole file again. */
  async #anew(): Promise<Added> {
    this.#position = 0;
    this.#rest = Buffer.alloc(0);
    this.#before = Buffer.alloc(0);
    this.#losses.clear();
    this.#last = 0;
    this.#first = undefined;
    const text = (await this.#newText()) ?? "";
    return { events: this.#inOrder(withoutEarlierEnds(historyFrom(text))), restarted: true };
  }

  /** Returns the new complete lines; undefined if the file has become shorter, or is another one. */
  async #newText(): Promise<string | undefined> {
    const file = await openRegular(this.#path);
    try {
      const { size } = await file.stat();
      if (size < this.#position || (size > this.#position && !(await this.#continues(file)))) return undefined;
      const lines: string[] = [];
      while (this.#position < size) {
        const piece = Buffer.alloc(Math.min(PIECE, size - this.#position));
        const { bytesRead } = await file.read(piece, 0, piece.length, this.#position);
        if (bytesRead === 0) break;
        this.#position += bytesRead;
        const added = piece.subarray(0, bytesRead);
        this.#before = Buffer.from(Buffer.concat([this.#before, added]).subarray(-COMPARED));
        const all = Buffer.concat([this.#rest, added]);
        const end = all.lastIndexOf(10) + 1;
        lines.push(all.toString("utf8", 0, end));
        this.#rest = all.length - end > LONGEST_LINE ? Buffer.alloc(0) : all.subarray(end);
      }
      return lines.join("");
    } finally {
      await file.close();
    }
  }

  /** Whether the bytes before the position are still those that were read. */
  async #continues(file: FileHandle): Promise<boolean> {
    const { length } = this.#before;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, this.#position - length);
    return this.#before.equals(buffer.subarray(0, bytesRead));
  }

  /** Returns the events with the epochs in ascending order, without known epochs. */
  #inOrder(events: readonly TrainingEvent[]): TrainingEvent[] {
    const epochs = events.filter((event) => event.kind === "epoch").sort((a, b) => a.epoch - b.epoch);
    const fresh = epochs.filter(({ epoch }) => epoch > this.#last);
    for (const epoch of fresh) {
      this.#losses.set(epoch.epoch, epoch.loss);
      this.#last = epoch.epoch;
    }
    let at = 0;
    // The sorted epochs fill the places of the epochs in the file, so other events keep their position.
    return events.flatMap((event): TrainingEvent[] => {
      if (event.kind !== "epoch") return [event];
      const next = fresh[at++];
      return next ? [this.#inColumns(next)] : [];
    });
  }

  /** Returns the epoch with the metrics and layers of the first one, which define a run's columns. */
  #inColumns(epoch: Epoch): Epoch {
    this.#first ??= epoch;
    const first = this.#first;
    const metrics = Object.fromEntries(Object.keys(first.metrics).map((name) => [name, epoch.metrics[name] ?? Number.NaN]));
    const layers = first.layers.map(
      (one) =>
        epoch.layers.find(({ layer }) => layer === one.layer) ?? {
          ...one,
          gradient: { norm: Number.NaN, mean: Number.NaN, spread: Number.NaN, max: Number.NaN, zeros: Number.NaN },
          updateRatio: Number.NaN,
          weightNorm: Number.NaN,
          deadUnits: null,
        },
    );
    return { ...epoch, metrics, layers };
  }
}

/** Removes the ends of trainings that were continued afterwards. */
const withoutEarlierEnds = (events: readonly TrainingEvent[]): TrainingEvent[] =>
  events.filter((event, k) => !isLast(event) || k === events.length - 1);
