/**
 * A training's timeline, on which the debugger can go to any earlier or later instant. The training is deterministic, so an earlier place is
 * recomputed from a recorded state. User changes are repeated whenever the training passes them.
 */
import { canRecord } from "../kernels/kernels.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import type { Learner } from "../training/learner.ts";
import { multiplications } from "../training/recordedEpoch.ts";
import { type BatchState, type Cursor, debugCursor } from "./cursor.ts";
import { comparePositions, type Place, type Position } from "./places.ts";
import { stateHistory } from "./stateHistory.ts";

/** A point in time: before a place is computed, within it, or right after it. */
export interface Instant extends Position {
  readonly isDone: boolean;
  /** The number of computed formulas (formulas.ts) at a partly computed place. */
  readonly part?: number;
}

export const compareInstants = (a: Instant, b: Instant): number =>
  comparePositions(a, b) || Number(a.isDone) - Number(b.isDone) || (a.part ?? 0) - (b.part ?? 0);

/** Called often while the training runs. After it returns true, the training halts soon. */
export type Halt = () => Promise<boolean> | boolean;

/** A change of the training's numbers. It must be idempotent. */
export type Change = () => void;

/** A state after an epoch, saved by an earlier training. */
export interface SavedState {
  readonly checkpoint: Checkpoint;
  /** Whether this training reaches the same state. Otherwise it starts from the state and has no earlier instants. */
  readonly isOnTheWay: boolean;
}

export interface TimelineOptions {
  /** The maximum number of bytes of recorded states. */
  readonly memory?: number | undefined;
  readonly saved?: SavedState | undefined;
  /** The cursor that moves along the timeline; by default the learner's training. */
  readonly cursor?: Cursor;
}

export interface Timeline {
  readonly learner: Learner;
  readonly cursor: Cursor;
  readonly first: Instant;
  readonly now: () => Instant;
  /** Returns the place of `now`; undefined at the end of the training. */
  readonly place: () => Place | undefined;
  /** Returns the place at a position of the training. */
  readonly placeAt: (position: Position) => Place | undefined;
  /** Returns the previous position; undefined at the first. */
  readonly before: (position: Position) => Position | undefined;
  /** Goes to an instant, or to the end of the training if that comes first. Returns false if halted on the way. */
  readonly goTo: (to: Instant, halt?: Halt) => Promise<boolean>;
  /**
   * Computes forward to a position, or to the end of the training, without recording extra states. Returns false if halted. A change at the position
   * is made by `show`, or when the training continues.
   */
  readonly runTo: (to: Position, halt: Halt) => Promise<boolean>;
  /** Computes the next place and shows it with its results. */
  readonly compute: () => Promise<void>;
  /** Shows a computed place with only some of its formulas. */
  readonly showPart: (part: number) => void;
  /** Shows what comes next after a place shown with its results. */
  readonly show: () => void;
  /** Goes to the nearest recorded state before the instant and returns its instant; undefined if there is none. */
  readonly restore: (before: Instant) => Instant | undefined;
  /** Makes a change now. Drops recorded states after it. */
  readonly change: (change: Change) => void;
  /** Returns the state before the batch of a position. The timeline stays at the current instant. */
  readonly batchState: (of: Position) => Promise<BatchState>;
  /** Undoes the changes after an instant. Returns their number. */
  readonly takeBack: (after: Instant) => number;
  /** Returns a number that increases with every change to the list of user changes. */
  readonly edition: () => number;
  /** The bytes of the recorded states. */
  readonly bytes: () => number;
  /** Returns the weights that the training saves if it ends now; after a divergence, the weights of the last complete epoch. */
  readonly finalWeights: () => Promise<BatchState["weights"]>;
}

const MEMORY = 256e6;
/** The work between two recorded states, in multiplications: about 20 ms. */
const SPACING = { plain: 8e6, compiled: 4e8 } as const;
const BATCH_OVERHEAD = 20_000;
/** The number of batches before a target place whose states are recorded, to speed up the next steps back. */
const NEAR = 8;

export function timelineOf(learner: Learner, { memory = MEMORY, saved, ...options }: TimelineOptions = {}): Timeline {
  const cursor = options.cursor ?? debugCursor(learner);
  const history = stateHistory(memory);
  const { layout, position } = cursor;
  const work = SPACING[canRecord(learner.network.kernels) ? "compiled" : "plain"] / (multiplications(learner) + BATCH_OVERHEAD);
  const spacing = (): number => Math.max(1, Math.round(work * history.stride()));
  /** How many formulas are shown of the place before the cursor: all, some, or none. With none, the next place is shown. */
  let shown: "all" | number = 0;
  let changes: { readonly at: Position; readonly change: Change }[] = [];
  let edition = 0;
  /** The batches since the last recorded state. */
  let unrecorded = 0;

  const before = ({ epoch, batch, index }: Position): Position => {
    if (index > 0) return { epoch, batch, index: index - 1 };
    const own = batch > 0 ? { epoch, batch: batch - 1 } : { epoch: epoch - 1, batch: layout.batches - 1 };
    return { ...own, index: layout.placesOf(own.batch).length - 1 };
  };
  const after = ({ epoch, batch, index }: Position): Position => {
    if (index + 1 < layout.placesOf(batch).length) return { epoch, batch, index: index + 1 };
    return batch + 1 < layout.batches ? { epoch, batch: batch + 1, index: 0 } : { epoch: epoch + 1, batch: 0, index: 0 };
  };
  const now = (): Instant => {
    if (shown === 0) return { ...position(), isDone: false };
    return { ...before(position()), isDone: shown === "all", ...(shown !== "all" && { part: shown }) };
  };
  const placeAt = ({ batch, index }: Position): Place | undefined => layout.placesOf(batch)[index];
  const record = (): void => {
    if (position().index > 0 || cursor.ending()) return;
    history.add(cursor.state());
    unrecorded = 0;
  };
  /** Records the state of a passed batch: the first of each epoch, and others within a long epoch. */
  const recordOften = (): void => {
    const isDue = position().batch === 0 ? unrecorded >= Math.min(spacing(), layout.batches) : unrecorded >= spacing();
    if (isDue && (position().batch === 0 || layout.batches > spacing())) record();
  };
  const makeChanges = (): void => {
    for (const { at, change } of changes) if (comparePositions(at, position()) === 0) change();
  };
  const restore = (to: Pick<Position, "epoch" | "batch">): void => {
    const state = history.before(to);
    if (!state) throw new Error("The training's first state is not recorded.");
    cursor.restore(state);
    shown = 0;
    unrecorded = 0;
    makeChanges();
  };
  /** Returns the position of the first change between the current position and `to`, or else `to`. */
  const nextChange = (to: Position): Position => {
    let first = to;
    for (const { at } of changes) if (comparePositions(at, position()) > 0 && comparePositions(at, first) < 0) first = at;
    return first;
  };
  const computePlace = async (): Promise<void> => {
    if (cursor.place()?.phase === "epoch" && cursor.lacksMetrics()) {
      // The preceding batches were computed from a state within the epoch, so their metrics are missing.
      const to = position();
      restore({ epoch: to.epoch, batch: 0 });
      await forward(to, NEVER, "often");
    }
    makeChanges();
    await cursor.step();
  };
  /** Computes at most `most` whole batches. If a number becomes non-finite, repeats that batch place by place to find where the training ends. */
  const computeBatches = async (most: number): Promise<void> => {
    makeChanges();
    if (cursor.runBatches(most)) {
      unrecorded += most;
      return;
    }
    const failed = cursor.ending();
    if (failed?.kind !== "diverged") return;
    const to = { epoch: failed.epoch, batch: failed.batch - 1, index: 0 };
    restore(to);
    await forward(to, NEVER, "often");
    makeChanges();
    cursor.finishBatch();
  };
  const forward = async (to: Position, halt: Halt, records: "near" | "often"): Promise<boolean> => {
    while (!cursor.ending() && comparePositions(position(), to) < 0) {
      const stop = changes.length > 0 ? nextChange(to) : to;
      const { epoch, batch, index } = position();
      if (cursor.place()?.phase === "epoch" || (epoch === stop.epoch && batch === stop.batch)) {
        if (records === "near") record();
        await computePlace();
        continue;
      }
      if (index > 0) {
        makeChanges();
        cursor.finishBatch();
        continue;
      }
      const answer = halt();
      if (answer === true || (answer !== false && (await answer))) return false;
      const left = (stop.epoch - epoch) * layout.batches + stop.batch - batch;
      const isNear = records === "near" && left <= NEAR;
      if (isNear) record();
      else recordOften();
      const inEpoch = (epoch === stop.epoch ? stop.batch : layout.batches) - batch;
      await computeBatches(isNear ? 1 : Math.min(inEpoch, records === "near" ? left - NEAR : left, Math.max(1, spacing() - unrecorded)));
    }
    return true;
  };
  const goTo = async (to: Instant, halt: Halt = NEVER): Promise<boolean> => {
    const isWithin = to.isDone || to.part !== undefined;
    const target = isWithin ? after(to) : { epoch: to.epoch, batch: to.batch, index: to.index };
    const state = history.before(target);
    const isShorter = state && comparePositions({ epoch: state.epoch + 1, batch: state.batch, index: 0 }, position()) > 0;
    if (comparePositions(target, position()) < 0 || (isShorter && !cursor.ending())) restore(target);
    shown = 0;
    const arrived = await forward(target, halt, "near");
    if (isWithin && comparePositions(target, position()) === 0) shown = to.part ?? "all";
    else makeChanges();
    return arrived;
  };

  const savedState = saved && batchStateOf(saved.checkpoint, cursor);
  if (savedState && !saved.isOnTheWay) cursor.restore(savedState);
  const start = position();
  record();
  if (savedState && saved.isOnTheWay) history.add(savedState);
  return {
    learner,
    cursor,
    first: { ...start, isDone: false },
    now,
    place: () => (shown !== 0 ? placeAt(before(position())) : cursor.place()),
    placeAt,
    before: (at) => (comparePositions(at, start) === 0 ? undefined : before(at)),
    goTo,
    async runTo(to, halt) {
      shown = 0;
      return await forward(to, halt, "often");
    },
    async compute() {
      shown = 0;
      if (cursor.ending()) return;
      if (position().index === 0) record();
      await computePlace();
      shown = "all";
    },
    showPart(part) {
      if (shown !== 0) shown = part;
    },
    show() {
      shown = 0;
      makeChanges();
    },
    restore(instant) {
      const state = history.before(instant);
      const isAt = state && state.epoch + 1 === instant.epoch && state.batch === instant.batch && instant.index === 0 && !instant.isDone;
      const earlier = isAt ? history.before(before(instant)) : state;
      if (!earlier) return undefined;
      restore({ epoch: earlier.epoch + 1, batch: earlier.batch });
      return now();
    },
    change(change) {
      changes.push({ at: position(), change });
      edition++;
      history.forgetAfter(position());
      change();
    },
    takeBack(instant) {
      const limit = instant.isDone ? after(instant) : instant;
      const kept = changes.filter(({ at }) => comparePositions(at, limit) <= 0);
      const count = changes.length - kept.length;
      if (count > 0) history.forgetAfter(limit);
      changes = kept;
      if (count > 0) edition++;
      return count;
    },
    async batchState({ epoch, batch }) {
      const here = now();
      await goTo({ epoch, batch, index: 0, isDone: false });
      const state = cursor.state();
      await goTo(here);
      return state;
    },
    edition: () => edition,
    bytes: history.bytes,
    async finalWeights() {
      const ending = cursor.ending();
      if (ending?.kind !== "diverged") return cursor.finalWeights();
      const end = now();
      await goTo({ epoch: ending.epoch, batch: 0, index: 0, isDone: false });
      const weights = learner.network.weights.slice();
      await goTo(end);
      return weights;
    },
  };
}

const NEVER = (): boolean => false;

/** Converts a checkpoint to the state before the first batch of the next epoch. Each epoch draws its own random numbers. */
const batchStateOf = (checkpoint: Checkpoint, cursor: Cursor): BatchState => ({
  ...cursor.state(),
  ...checkpoint,
  batch: 0,
  lossSum: 0,
  lastEpoch: undefined,
});
