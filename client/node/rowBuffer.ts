/** Epochs on their way out of the worker: rows in one growing piece of memory, and which epochs are recorded at all. */

import type { EpochRows } from "../messages/trainerMessages.ts";
import { type Epoch, type Layout, layoutOf, rowLength, writeRow } from "../runs/history.ts";

/** A run's record on the disk: a small network has a million epochs in a few seconds. */
const MOST_BYTES = 512e6;
const MOST_ROWS = 1_000_000;
const LEAST_ROWS = 10_000;

export interface RowBuffer {
  readonly add: (epoch: Epoch) => void;
  /** The newest epoch, even where its turn to be recorded it is not. */
  readonly addLast: () => void;
  /** What came since the last time; its memory can be handed over. */
  readonly take: () => EpochRows | null;
}

/**
 * Every epoch is recorded until the record has a million or 512 MB; from then on one in 10, one in 100, and so on, so that the record of a
 * training without end stays bounded, too.
 */
export function rowBuffer(mostBytes = MOST_BYTES): RowBuffer {
  let layout: Layout | undefined;
  let length = 0;
  let most = LEAST_ROWS;
  let rows = new Float64Array(0);
  let used = 0;
  let untold: Epoch | undefined;

  const isRecorded = (epoch: number): boolean => {
    let stride = 1;
    while (epoch > most * stride) stride *= 10;
    return epoch % stride === 0;
  };
  const write = (epoch: Epoch): void => {
    if (used + length > rows.length) {
      const larger = new Float64Array(Math.max(2 * rows.length, 64 * length));
      larger.set(rows.subarray(0, used));
      rows = larger;
    }
    writeRow(epoch, rows, used);
    used += length;
  };

  return {
    add(epoch) {
      if (!layout) {
        layout = layoutOf(epoch);
        length = rowLength(layout);
        most = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(mostBytes / (8 * length))));
      }
      untold = isRecorded(epoch.epoch) ? undefined : epoch;
      if (!untold) write(epoch);
    },
    addLast() {
      if (untold) write(untold);
      untold = undefined;
    },
    take() {
      if (!layout || used === 0) return null;
      const taken = rows.slice(0, used);
      used = 0;
      return { layout, rows: taken };
    },
  };
}
