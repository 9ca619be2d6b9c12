/** Recorded states of a training within a limit of memory. A place is computed again from a recorded state before it. */
import type { BatchState } from "./cursor.ts";
import type { Position } from "./places.ts";

/** So many of the states that were recorded last are not forgotten to save memory. */
const RECENT = 16;
const MOST_STATES = 4096;
/** The bytes of a state besides its arrays. */
const OVERHEAD = 1024;

export interface StateHistory {
  readonly add: (state: BatchState) => void;
  /**
   * Returns the nearest state from which the position can be computed: of the same epoch, or of the beginning of an earlier one, since the end of an
   * epoch needs what all of its batches measured.
   */
  readonly before: (position: Pick<Position, "epoch" | "batch">) => BatchState | undefined;
  /** Forgets the states after the position. */
  readonly forgetAfter: (position: Pick<Position, "epoch" | "batch">) => void;
  readonly bytes: () => number;
  /** By how much farther than at first recorded states have to be apart: a power of 2. */
  readonly stride: () => number;
}

/** Returns a negative number if the state comes before the position's batch. */
const compare = (state: BatchState, { epoch, batch }: Pick<Position, "epoch" | "batch">): number =>
  state.epoch + 1 - epoch || state.batch - batch;

export function stateHistory(mostBytes: number): StateHistory {
  /** In the order of the training. */
  let states: BatchState[] = [];
  let recent: BatchState[] = [];
  let stride = 1;
  let bytes = 0;

  const bytesOf = ({ weights, slots }: BatchState): number => (1 + slots.length) * weights.byteLength + OVERHEAD;
  const keep = (kept: BatchState[]): void => {
    states = kept;
    const best = new Set(states.flatMap(({ stopping }) => stopping?.bestWeights ?? []));
    bytes = states.reduce((sum, state) => sum + bytesOf(state), 0) + [...best].reduce((sum, weights) => sum + weights.byteLength, 0);
  };
  /** Forgets states within epochs first, then every second epoch's. The first state is never forgotten. */
  const thin = (): void => {
    const isRecent = new Set(recent);
    const withoutInner = states.filter((state) => state.batch === 0 || isRecent.has(state));
    if (withoutInner.length < states.length) {
      keep(withoutInner);
      return;
    }
    stride *= 2;
    let k = 0;
    keep(states.filter((state) => isRecent.has(state) || k++ % 2 === 0));
  };
  const isFull = (): boolean => (bytes > mostBytes || states.length > MOST_STATES) && states.length > RECENT + 1;

  return {
    add(state) {
      const at = states.findLastIndex((other) => compare(other, { epoch: state.epoch + 1, batch: state.batch }) <= 0);
      const found = states[at];
      if (found && found.epoch === state.epoch && found.batch === state.batch) return;
      states.splice(at + 1, 0, state);
      recent = [...recent, state].slice(-RECENT);
      bytes += bytesOf(state);
      if (isFull()) keep(states);
      while (isFull()) thin();
    },
    before: (position) =>
      states.findLast((state) => compare(state, position) <= 0 && (state.batch === 0 || state.epoch + 1 === position.epoch)),
    forgetAfter(position) {
      keep(states.filter((state) => compare(state, position) <= 0));
      recent = recent.filter((state) => states.includes(state));
    },
    bytes: () => bytes,
    stride: () => stride,
  };
}
