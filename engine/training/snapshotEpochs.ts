/** The epochs whose snapshots a run retains. */

/** The first epochs, in which a network changes most. Each is retained, so that their playback is smooth. 0 is before the first epoch. */
const FIRST_EPOCHS: ReadonlySet<number> = new Set([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]);

/** Returns whether the epoch is one of the first ones, or a multiple of the stride. */
export const isSnapshotEpoch = (epoch: number, stride: number): boolean => FIRST_EPOCHS.has(epoch) || epoch % stride === 0;

/** Returns at most about `most` epochs from 0 to `last`: the first ones and evenly spaced ones, both ends among them. */
export function spacedEpochs(last: number, most: number): number[] {
  const stride = Math.max(1, 2 ** Math.ceil(Math.log2(Math.max(1, last / most))));
  const epochs = [...FIRST_EPOCHS].filter((epoch) => epoch <= last);
  for (let epoch = 0; epoch <= last; epoch += stride) epochs.push(epoch);
  return [...new Set([...epochs, last])].sort((a, b) => a - b);
}
