/** Collects the epoch rows that the worker sends next, and decides which epochs are recorded. */
import type { EpochRows } from "../messages/trainerMessages.ts";
import { type Epoch, type Layout, layoutOf, rowLength, writeRow } from "../runs/history.ts";
import { everyEpochUpTo, recordedStride } from "../runs/recordedEpochs.ts";

export interface RowBuffer {
  readonly add: (epoch: Epoch) => void;
  /** Adds the newest epoch, unless it is already recorded. */
  readonly addLast: () => void;
  /** Returns the rows added since the last call, in a transferable buffer; null if there are none. */
  readonly take: () => EpochRows | null;
}

/** Every epoch is recorded until the record has a million rows or 512 MB; then one in 10, one in 100, and so on. */
export function rowBuffer(mostBytes?: number): RowBuffer {
  let layout: Layout | undefined;
  let length = 0;
  let most = 0;
  let rows = new Float64Array(0);
  let used = 0;
  let unrecorded: Epoch | undefined;

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
        most = everyEpochUpTo(length, mostBytes);
      }
      unrecorded = epoch.epoch % recordedStride(epoch.epoch, most) === 0 ? undefined : epoch;
      if (!unrecorded) write(epoch);
    },
    addLast() {
      if (unrecorded) write(unrecorded);
      unrecorded = undefined;
    },
    take() {
      if (!layout || used === 0) return null;
      const taken = rows.slice(0, used);
      used = 0;
      return { layout, rows: taken };
    },
  };
}
