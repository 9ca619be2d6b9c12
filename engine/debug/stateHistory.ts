/** Records states of a training within a memory limit. A place is recomputed from a recorded state before it. */
import type { BatchState } from "./cursor.ts";
import type { Position } from "./places.ts";

/** The number of most recent states that are never dropped to save memory. */
const RECENT = 16;
const MOST_STATES = 4096;
/** The size of a state without its arrays, in bytes. */
const OVERHEAD = 1024;

export interface StateHistory {
  readonly add: (state: BatchState) => void;
  /**
   * Returns the nearest state from which the position can be computed: a state of the same epoch, or the start of an earlier epoch. An earlier epoch
   * must be computed from its start, because its end needs measurements of all its batches.
   */
  readonly before: (position: Pick<Position, "epoch" | "batch">) => BatchState | undefined;
  /** Drops the states after the position. */
  readonly forgetAfter: (position: Pick<Position, "epoch" | "batch">) => void;
  readonly bytes: () => number;
  /** The current spacing of recorded states relative to the initial spacing: a power of 2. */
  readonly stride: () => number;
}

/** Returns a negative number if the state comes before the position's batch. */
const compare = (state: BatchState, { epoch, batch }: Pick<Position, "epoch" | "batch">): number =>
  state.epoch + 1 - epoch || state.batch - batch;

export function stateHistory(mostBytes: number): StateHistory {
  /** In training order. */
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
  /** Drops states within epochs first, then every second epoch's. The first state is never dropped. */
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
