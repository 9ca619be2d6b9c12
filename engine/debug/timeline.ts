/**
 * A training on which one can go to any instant, earlier or later. The training is deterministic, so an earlier place is computed again from a recorded
 * state. Changes by the user are made again whenever the training passes them.
 */
import { canRecord } from "../kernels/kernels.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import type { Learner } from "../training/learner.ts";
import { multiplications } from "../training/recordedEpoch.ts";
import { type BatchState, type Cursor, debugCursor } from "./cursor.ts";
import { comparePositions, type Place, type Position } from "./places.ts";
import { stateHistory } from "./stateHistory.ts";

/** A point of time: before a place is computed, within it, or right after it. */
export interface Instant extends Position {
  readonly isDone: boolean;
  /** How many of the place's formulas (formulas.ts) are computed, if only some are. */
  readonly part?: number;
}

export const compareInstants = (a: Instant, b: Instant): number =>
  comparePositions(a, b) || Number(a.isDone) - Number(b.isDone) || (a.part ?? 0) - (b.part ?? 0);

/** Asked often while the training runs. It is over soon after the answer true. */
export type Halt = () => Promise<boolean> | boolean;

/** A change of the training's numbers. Its effect does not depend on how often it is made. */
export type Change = () => void;

/** A state after an epoch that an earlier training saved. */
export interface SavedState {
  readonly checkpoint: Checkpoint;
  /** Whether this training arrives at the same state. Otherwise it begins with it, and nothing is before. */
  readonly isOnTheWay: boolean;
}

export interface TimelineOptions {
  /** The maximum number of bytes of recorded states. */
  readonly memory?: number | undefined;
  readonly saved?: SavedState | undefined;
  /** What moves along the timeline; by default the learner's training. */
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
  /** Returns the position before; undefined at the first. */
  readonly before: (position: Position) => Position | undefined;
  /** Goes to an instant, or to the end of the training if that comes first. Returns false if it was halted on the way. */
  readonly goTo: (to: Instant, halt?: Halt) => Promise<boolean>;
  /**
   * Computes forward to a position, or to the end of the training, without recording more states than usual. Returns false if it was halted. A change at
   * the position is made by `show`, or when the training goes on.
   */
  readonly runTo: (to: Position, halt: Halt) => Promise<boolean>;
  /** Computes the next place and shows it with its results. */
  readonly compute: () => Promise<void>;
  /** Shows the place that is computed with only some of its formulas. */
  readonly showPart: (part: number) => void;
  /** Shows what comes next after a place that is shown with its results. */
  readonly show: () => void;
  /** Goes to the nearest recorded state before the instant, and returns its instant; undefined if there is none. */
  readonly restore: (before: Instant) => Instant | undefined;
  /** Makes a change now. Recorded states after it are forgotten. */
  readonly change: (change: Change) => void;
  /** Returns the state before the batch of a position, and returns to the current instant. */
  readonly batchState: (of: Position) => Promise<BatchState>;
  /** Takes back the changes after an instant. Returns how many. */
  readonly takeBack: (after: Instant) => number;
  /** Returns a number that rises whenever the user's changes become others. */
  readonly edition: () => number;
  /** The bytes of the recorded states. */
  readonly bytes: () => number;
  /** Returns the weights that the training saves if it ends now: after a divergence those of the last whole epoch. */
  readonly finalWeights: () => Promise<BatchState["weights"]>;
}

const MEMORY = 256e6;
/** The work between two recorded states in multiplications, about 20 ms. */
const SPACING = { plain: 8e6, compiled: 4e8 } as const;
const BATCH_OVERHEAD = 20_000;
/** Before a place that one goes to, the states of so many batches are recorded, so that the next steps back are short. */
const NEAR = 8;

export function timelineOf(learner: Learner, { memory = MEMORY, saved, ...options }: TimelineOptions = {}): Timeline {
  const cursor = options.cursor ?? debugCursor(learner);
  const history = stateHistory(memory);
  const { layout, position } = cursor;
  const work = SPACING[canRecord(learner.network.kernels) ? "compiled" : "plain"] / (multiplications(learner) + BATCH_OVERHEAD);
  const spacing = (): number => Math.max(1, Math.round(work * history.stride()));
  /** How many formulas of the place before the cursor's are shown: all, some, or none, so that what comes next is shown. */
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
  /** Records the state of a batch that is passed: of an epoch's first batch, and within a long epoch. */
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
  /** Returns the first position with a change between now and `to`, else `to`. */
  const nextChange = (to: Position): Position => {
    let first = to;
    for (const { at } of changes) if (comparePositions(at, position()) > 0 && comparePositions(at, first) < 0) first = at;
    return first;
  };
  const computePlace = async (): Promise<void> => {
    if (cursor.place()?.phase === "epoch" && cursor.lacksMetrics()) {
      // The batches before were computed from a state within the epoch, so their metrics are missing.
      const to = position();
      restore({ epoch: to.epoch, batch: 0 });
      await forward(to, NEVER, "often");
    }
    makeChanges();
    await cursor.step();
  };
  /** Computes at most `most` whole batches. A batch with a number that is not finite is computed again, place by place, to where the training ends. */
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

/** Returns a checkpoint as the state before the first batch of the next epoch, which draws its own random numbers. */
const batchStateOf = (checkpoint: Checkpoint, cursor: Cursor): BatchState => ({
  ...cursor.state(),
  ...checkpoint,
  batch: 0,
  lossSum: 0,
  lastEpoch: undefined,
});
