/** Which epochs a run's record has, and which are missing from it, for example because the disk was full. */
import { type HistoryTable, rowLength } from "./history.ts";

/** Limits of a run's record on the disk: a small network trains a million epochs in a few seconds. */
const MOST_BYTES = 512e6;
const MOST_ROWS = 1_000_000;
const LEAST_ROWS = 10_000;

/** Returns how many epochs are recorded without gaps if each row has `width` numbers. */
export const everyEpochUpTo = (width: number, mostBytes = MOST_BYTES): number =>
  Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(mostBytes / (8 * width))));

/**
 * Returns the distance between the recorded epochs at `epoch`. Up to `most`, every epoch is recorded; after that, one in 10, then one in 100, and so on.
 * The record stays small even if a training never ends.
 */
export function recordedStride(epoch: number, most: number): number {
  let stride = 1;
  while (epoch > most * stride) stride *= 10;
  return stride;
}

/** The first and the last of epochs that follow one another. */
export type EpochRange = readonly [from: number, to: number];

/** Returns the epochs that the rows of the run's record lack. `table` has the run's first and last epoch. */
export function missingEpochs({ layout, columns, rows: count, last }: HistoryTable, rows: Float64Array): EpochRange[] {
  const width = rowLength(layout);
  const most = everyEpochUpTo(width);
  const missing: [number, number][] = [];
  let wasThere = true;
  let at = 0;
  const end = last?.[0] ?? 0;
  // A run that continues another one does not start at epoch 1.
  let epoch = Math.min(count > 0 ? (columns[0]?.[0] ?? end) : end, rows[0] ?? end);
  while (epoch <= end) {
    const stride = recordedStride(epoch, most);
    const beyond = epoch % stride;
    if (beyond > 0) {
      epoch += stride - beyond;
      continue;
    }
    while ((rows[at] ?? Number.POSITIVE_INFINITY) < epoch) at += width;
    const isThere = rows[at] === epoch;
    const gap = missing.at(-1);
    if (!isThere && !wasThere && gap) gap[1] = epoch;
    else if (!isThere) missing.push([epoch, epoch]);
    wasThere = isThere;
    epoch += stride;
  }
  return missing;
}
