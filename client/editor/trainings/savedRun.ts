/** Saves a run repeatedly from start to end, with weights at most half a minute old, and appends every epoch to its record. */
import type { TrainingPlan } from "../../../engine/plan.ts";
import type { RecordWriter } from "../../runs/epochRecord.ts";
import { whyUnwritable } from "../../runs/fileProblems.ts";
import { newTable } from "../../runs/history.ts";
import { epochsDone, isOver, type RunState } from "../../runs/runState.ts";
import type { RunStore } from "../runs/runStore.ts";

/** A run with the plan and the precision that an inspector needs. */
export interface OpenRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
  /** The missing or damaged files of a stored run, in sentences. */
  readonly damages?: readonly string[];
}

/** The time and timers of a saved run. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Calls `act` after `ms`. Returns a function that cancels the call. */
  readonly after: (ms: number, act: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

const FIRST_SAVE_MS = 250;
const SAVE_EVERY_MS = 5000;
/** New weights are requested when the saved weights are this old, so that new ones are on the disk before the old ones reach 30 s. */
const WEIGHTS_EVERY_MS = 15_000;

export interface SavedRunOptions {
  readonly open: OpenRun;
  readonly store: RunStore;
  readonly clock: Clock;
  /** Returns a checkpoint of the training; undefined while there is none. */
  readonly weights: () => Promise<Uint8Array | undefined>;
  /** Called with the reason when the run can't be saved, and with undefined when it can be saved again. */
  readonly onProblem: (reason: string | undefined) => void;
}

export class SavedRun {
  readonly #options: SavedRunOptions;
  /** Resolves when the record is open and its rows' layout saved. Rows wait for it. Resolves with undefined if it can't be opened; saves retry. */
  #record: Promise<RecordWriter | undefined>;
  #saved: Promise<void>;
  #cancelNext: () => void = () => undefined;
  #hasLayout = false;
  /** Whether rows reach the record. Until then, a saved run has its table's layout but no epochs, because a killed window would lose their rows. */
  #isRecording = false;
  #recordProblem: string | undefined;
  #saveProblem: string | undefined;
  #weightsAt: number;
  /** The number of epochs when weights were last requested; undefined if they never were. */
  #weightsOf: number | undefined;
  #finalWeights: Uint8Array | undefined;

  constructor(options: SavedRunOptions) {
    this.#options = options;
    this.#weightsAt = options.clock.now();
    this.#record = this.#openRecord();
    this.#saved = this.#record.then(() => this.#save());
    this.#saveAfter(FIRST_SAVE_MS);
  }

  append(rows: Float64Array): void {
    if (!this.#hasLayout) {
      this.#hasLayout = true;
      // Without the layout in run.json, the rows would be unreadable after a kill.
      this.#saved = this.#saved.then(() => this.#save());
      const [record, saved] = [this.#record, this.#saved];
      this.#record = saved.then(() => {
        this.#isRecording = true;
        return record;
      });
    }
    void this.#record.then((writer) => writer?.append(rows));
    if (this.#options.clock.now() - this.#weightsAt >= WEIGHTS_EVERY_MS) void this.#saveWeights();
  }

  /** Receives the final weights. `finish` saves them. */
  takeFinalWeights(bytes: Uint8Array): void {
    this.#finalWeights = bytes;
  }

  /** Saves the final weights and state and closes the record. Returns whether everything is on the disk. If not, it can be called again. */
  async finish(): Promise<boolean> {
    this.#cancelNext();
    const { store, open } = this.#options;
    await this.#saved;
    const record = await this.#record;
    if (record) await this.#checkRecord(record);
    await record?.close().catch((error: unknown) => this.#reportRecord(error));
    // Weights first, because a run saved as ended must not have older weights.
    await this.#try(async () => {
      if (this.#finalWeights) await store.saveWeights(open.run.facts.id, this.#finalWeights);
      await store.save(open.run, open.plan, open.precision);
    });
    return this.#saveProblem === undefined && this.#recordProblem === undefined;
  }

  /** Saves after `ms`, then after intervals that double up to five seconds. A killed window loses at most half of a young run. */
  #saveAfter(ms: number): void {
    void this.#saved.then(() => {
      if (isOver(this.#options.open.run)) return;
      this.#cancelNext = this.#options.clock.after(ms, () => {
        this.#saved = this.#save();
        const isDue = this.#weightsOf === undefined || this.#options.clock.now() - this.#weightsAt >= WEIGHTS_EVERY_MS;
        if (isDue) void this.#saveWeights();
        this.#saveAfter(Math.min(2 * ms, SAVE_EVERY_MS));
      });
    });
  }

  async #save(): Promise<void> {
    const { store, open } = this.#options;
    const isRecording = this.#isRecording;
    // `finish` saves the end, once: another window may change an ended run.
    if (isRecording && isOver(open.run)) return;
    await this.#try(() => store.save(isRecording ? open.run : withoutEpochs(open.run), open.plan, open.precision));
    if (!isRecording) return;
    const record = await this.#record;
    if (record) {
      await this.#checkRecord(record);
      return;
    }
    this.#record = this.#openRecord();
    await this.#record;
  }

  async #openRecord(): Promise<RecordWriter | undefined> {
    const { store, open } = this.#options;
    try {
      const record = await store.begin(open.run.facts, (error) => this.#reportRecord(error));
      this.#recordProblem = undefined;
      return record;
    } catch (error) {
      this.#reportRecord(error);
      return undefined;
    }
  }

  /** Reports when the record was deleted or moved, and when it is back in its place. */
  async #checkRecord(record: RecordWriter): Promise<void> {
    const before = this.#recordProblem;
    this.#recordProblem = await record.check().then(() => undefined, whyUnwritable);
    if (this.#recordProblem !== before) this.#report();
  }

  /** Saves the current weights, unless the run is paused and no epoch has ended since the last request. */
  async #saveWeights(): Promise<void> {
    const { store, open, clock, weights } = this.#options;
    const epochs = epochsDone(open.run);
    if (epochs === this.#weightsOf && open.run.status === "paused") return;
    const before = this.#weightsOf;
    this.#weightsAt = clock.now();
    this.#weightsOf = epochs;
    const bytes = await weights();
    if (!bytes) this.#weightsOf = before;
    // A training that has ended delivers its own, newer weights.
    if (bytes && !isOver(open.run)) await this.#try(() => store.saveWeights(open.run.facts.id, bytes));
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.#saveProblem = undefined;
    } catch (error) {
      this.#saveProblem = whyUnwritable(error);
    }
    this.#report();
  }

  #reportRecord(error: unknown): void {
    this.#recordProblem = whyUnwritable(error);
    this.#report();
  }

  #report(): void {
    this.#options.onProblem(this.#saveProblem ?? this.#recordProblem);
  }
}

/** Returns the run before its first epoch: it has not ended either, since a killed window would leave an ended run without its epochs. */
const withoutEpochs = (run: RunState): RunState => ({
  ...run,
  ...(run.history && { history: newTable(run.history.layout), status: "training", end: null }),
  snapshots: [],
});
