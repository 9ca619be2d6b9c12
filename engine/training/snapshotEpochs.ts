/** The epochs whose snapshots a run retains. */

/** The first epochs, in which a network changes most. All are retained for smooth playback. 0 is before the first epoch. */
const FIRST_EPOCHS: ReadonlySet<number> = new Set([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]);

/** Returns whether the epoch is one of the first ones, or a multiple of the stride. */
export const isSnapshotEpoch = (epoch: number, stride: number): boolean => FIRST_EPOCHS.has(epoch) || epoch % stride === 0;

/** Returns about `most` epochs, at most, from 0 to `last`: the first epochs and evenly spaced ones, including both ends. */
export function spacedEpochs(last: number, most: number): number[] {
  const stride = Math.max(1, 2 ** Math.ceil(Math.log2(Math.max(1, last / most))));
  const epochs = [...FIRST_EPOCHS].filter((epoch) => epoch <= last);
  for (let epoch = 0; epoch <= last; epoch += stride) epochs.push(epoch);
  return [...new Set([...epochs, last])].sort((a, b) => a - b);
}
