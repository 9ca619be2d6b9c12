/** Saves a run repeatedly from its start to its end, and appends every epoch to its record. */
import type * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import type { RecordWriter } from "../../runs/epochRecord.ts";
import { isOver, type RunState } from "../../runs/runState.ts";
import type { RunStore } from "../runs/runStore.ts";

/** A run with the plan and the precision that an inspector needs. */
export interface OpenRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: "float32" | "float64";
}

const FIRST_SAVE_MS = 250;
const SAVE_EVERY_MS = 5000;

export class SavedRun {
  /** The newest checkpoint. It is saved with the run. */
  checkpoint: Uint8Array | undefined;
  readonly #open: OpenRun;
  readonly #store: RunStore;
  readonly #log: vscode.LogOutputChannel;
  /** Resolves when the record is open; earlier rows wait for it. undefined if the record can't be written. */
  readonly #record: Promise<RecordWriter | undefined>;
  #saved: Promise<void>;
  #next: NodeJS.Timeout | undefined;

  constructor(open: OpenRun, store: RunStore, log: vscode.LogOutputChannel) {
    this.#open = open;
    this.#store = store;
    this.#log = log;
    const { id, fileName } = open.run.facts;
    this.#record = store.record(id).catch((error: unknown) => {
      log.error(`The epochs of ${fileName} can't be recorded: ${String(error)}`);
      return undefined;
    });
    this.#saved = this.#save();
    this.#saveAfter(FIRST_SAVE_MS);
  }

  append(rows: Float64Array): void {
    void this.#record.then((writer) => writer?.append(rows));
  }

  /** Closes the record and saves the run's final state. Resolves when both are on the disk. */
  async finish(): Promise<void> {
    clearTimeout(this.#next);
    const record = await this.#record;
    await record
      ?.close()
      .catch((error: unknown) =>
        this.#log.error(`The epochs of ${this.#open.run.facts.fileName} are not completely recorded: ${String(error)}`),
      );
    await this.#saved;
    await this.#save();
  }

  /** Saves after `ms`, then after twice that, up to every five seconds. A killed window loses at most half of a young run. */
  #saveAfter(ms: number): void {
    void this.#saved.then(() => {
      if (isOver(this.#open.run)) return;
      this.#next = setTimeout(() => {
        this.#saved = this.#save();
        this.#saveAfter(Math.min(2 * ms, SAVE_EVERY_MS));
      }, ms);
    });
  }

  async #save(): Promise<void> {
    const { run, plan, precision } = this.#open;
    try {
      await this.#store.save(run, plan, precision, this.checkpoint);
    } catch (error) {
      this.#log.error(`The run of ${run.facts.fileName} could not be saved: ${String(error)}`);
    }
  }
}
