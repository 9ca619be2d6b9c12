/**
 * The saved runs in one folder: reading, writing, and repairing the leftovers of a killed window. Writes to a run are queued, so a rename
 * or a deletion never overlaps a save. A removed run is not saved again.
 */
import * as v from "valibot";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { RecordWriter, Stretch } from "./epochRecord.ts";
import { addRows, type HistoryTable, joinedRows, newTable, rowLength } from "./history.ts";
import { trainsElsewhere, Watch } from "./owner.ts";
import { type FileVersion, finishedName, partOf, RUN_FILES, type RunFiles } from "./runFiles.ts";
import { type RunSummary, runId } from "./runSchemas.ts";
import { isOver, type RunState, restoredEpoch } from "./runState.ts";
import {
  endedFrom,
  factsAfter,
  type MovedRun,
  parseMoved,
  parseSnapshots,
  parseStored,
  type StoredRun,
  storedFrom,
  storedSummary,
  summaryOf,
  tableBytes,
  tableFrom,
} from "./storedRun.ts";

export interface LoadedRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: StoredRun["precision"];
  /** What is missing or damaged among the run's files, in sentences for the user. */
  readonly damages: readonly string[];
}

interface Cached {
  readonly version: FileVersion;
  readonly summary: RunSummary;
  readonly isElsewhere: boolean;
  /** Measures how long the file has been unchanged, if another window trains the run. */
  readonly watch?: Watch;
}

/** Files of an earlier window that are younger than this may still be in use. */
const LEFTOVER_MS = 60_000;

export class RunFolder {
  readonly files: RunFiles;
  readonly #cache = new Map<string, Cached>();
  /** The runs in progress in this window. */
  readonly #own = new Set<string>();
  readonly #removed = new Set<string>();
  /** The last write to each run. */
  readonly #turns = new Map<string, Promise<void>>();
  #repair: Promise<void> | undefined;

  constructor(files: RunFiles) {
    this.files = files;
  }

  /** Returns the summaries of all runs. Reads changed files again, since another window may have written them. */
  async summaries(): Promise<readonly RunSummary[]> {
    const names = new Set((await this.files.names()).filter(isRunId));
    this.#repair ??= this.#repairLeftovers([...names]);
    await this.#repair;
    for (const id of this.#cache.keys()) if (!names.has(id)) this.#cache.delete(id);
    await Promise.all([...names].map((id) => this.#refresh(id)));
    return [...this.#cache.values()].map(({ summary }) => summary);
  }

  /** Returns whether a training in this window or another one is writing the run. */
  isInProgress(id: string): boolean {
    return this.#own.has(id) || this.isElsewhere(id);
  }

  /** Returns whether another window was training the run at the last call of `summaries()`. */
  isElsewhere(id: string): boolean {
    return this.#cache.get(id)?.isElsewhere === true;
  }

  get hasRunsElsewhere(): boolean {
    return [...this.#cache.values()].some(({ isElsewhere }) => isElsewhere);
  }

  /** Returns whether the run is saved. Another window may have deleted it. */
  async has(id: string): Promise<boolean> {
    return isRunId(id) && (await this.files.version(id, RUN_FILES.run)) !== undefined;
  }

  /** Returns the run, or undefined if it does not exist or its `run.json` can't be read. */
  async load(id: string): Promise<LoadedRun | undefined> {
    if (!isRunId(id)) return undefined;
    await this.#refresh(id);
    return await this.#load(id);
  }

  async #load(id: string): Promise<LoadedRun | undefined> {
    const stored = await this.#stored(id);
    if (!stored) return undefined;
    const { plan, precision, state } = stored;
    const damages: string[] = [];
    const history = await this.#history(stored, damages);
    const snapshots = await this.files.read(id, RUN_FILES.snapshots);
    if (state.started && !(await this.files.version(id, RUN_FILES.checkpoint)))
      damages.push(`The run's weights are missing: its folder ${this.files.folder}/${id} has no ${RUN_FILES.checkpoint}.`);
    return {
      run: { ...state, history, snapshots: snapshots ? parseSnapshots(textOf(snapshots)) : [], progress: null },
      plan,
      precision,
      damages,
    };
  }

  /** Marks a run of this window as in progress and starts its record of epochs. */
  async begin(id: string, onFailure: (error: Error) => void): Promise<RecordWriter> {
    this.#own.add(id);
    const record = await this.files.record(id, onFailure);
    const check = async (): Promise<void> => {
      await record.check().catch((error: unknown) => {
        // A run that was removed from the history needs no record.
        if (!this.#removed.has(id)) throw error;
      });
    };
    return { ...record, check };
  }

  /** Saves the run, unless it was removed. Returns the saved facts, which have the file's new name if another window has renamed it. */
  async save(given: RunState, plan: TrainingPlan, precision: StoredRun["precision"]): Promise<RunState["facts"]> {
    const { id } = given.facts;
    return await this.#inTurn(id, async () => {
      if (this.#removed.has(id)) return given.facts;
      const moved = await this.#movedRun(id);
      const run = moved ? { ...given, facts: factsAfter(given.facts, moved) } : given;
      // run.json turns the folder into a run and has the layout of the tables. It comes first because the process may be killed before the
      // rest is written.
      await this.files.replace(id, RUN_FILES.run, JSON.stringify(storedFrom(run, plan, precision)));
      if (run.history) await this.files.replace(id, RUN_FILES.table, tableBytes(run.history));
      if (run.snapshots.length > 0) await this.files.replace(id, RUN_FILES.snapshots, JSON.stringify(run.snapshots));
      if (moved) await this.files.remove(id, RUN_FILES.moved);
      await this.#remember(id, summaryOf(run));
      if (isOver(run)) this.#own.delete(id);
      return run.facts;
    });
  }

  /** Saves the weights of a run, unless it was removed. */
  async saveWeights(id: string, checkpoint: Uint8Array): Promise<void> {
    await this.#inTurn(id, async () => {
      if (!this.#removed.has(id)) await this.files.replace(id, RUN_FILES.checkpoint, checkpoint);
    });
  }

  /** Returns every recorded epoch, in rows of `width` numbers. */
  async rows(id: string, width: number): Promise<Float64Array | undefined> {
    const parts: Float64Array[] = [];
    if (isRunId(id)) await this.files.rowsBehind(id, width, 0, (rows) => parts.push(rows));
    return parts.length === 0 ? undefined : joinedRows(parts);
  }

  async stretch(id: string, width: number, from: number, to: number, most: number): Promise<Stretch | undefined> {
    return isRunId(id) ? await this.files.stretch(id, width, from, to, most) : undefined;
  }

  async checkpoint(id: string): Promise<Uint8Array | undefined> {
    return isRunId(id) ? await this.files.read(id, RUN_FILES.checkpoint) : undefined;
  }

  /**
   * Changes fields of the run in `run.json`, such as its name. Does nothing while another window trains the run, because that window saves the fields
   * that it has in memory.
   */
  async change(id: string, change: (state: StoredRun["state"]) => StoredRun["state"]): Promise<void> {
    await this.#inTurn(id, async () => {
      await this.#refresh(id);
      const stored = this.#removed.has(id) || this.isElsewhere(id) ? undefined : await this.#parsed(id);
      if (!stored) return;
      const changed: StoredRun = { ...stored, state: change(stored.state) };
      await this.files.replace(id, RUN_FILES.run, JSON.stringify(changed));
      // The training of this window still has to follow a rename.
      if (!this.#own.has(id)) await this.files.remove(id, RUN_FILES.moved);
      await this.#remember(id, storedSummary(changed));
    });
  }

  /**
   * Assigns the run to the new name of its file, which `rename` returns. The window that trains a run writes its `run.json`, so another window leaves
   * it a note. All windows read the run as moved.
   */
  async move(id: string, rename: (file: string) => Pick<MovedRun, "file" | "fileName"> | undefined): Promise<void> {
    const moved = (facts: RunState["facts"]): RunState["facts"] => ({ ...facts, ...rename(facts.file) });
    await this.change(id, (state) => ({ ...state, facts: moved(state.facts) }));
    await this.#inTurn(id, async () => {
      const facts = this.isElsewhere(id) ? (await this.#saved(id))?.state.facts : undefined;
      if (!facts) return;
      const before = await this.#movedRun(id);
      const to = rename((before ? factsAfter(facts, before) : facts).file);
      if (to) await this.files.replace(id, RUN_FILES.moved, JSON.stringify({ from: facts.file, ...to } satisfies MovedRun));
    });
  }

  async remove(id: string): Promise<void> {
    if (!isRunId(id)) return;
    this.#removed.add(id);
    this.#cache.delete(id);
    await this.#inTurn(id, () => this.files.remove(id));
  }

  /** Returns the total size of a run's files, in bytes. */
  async size(id: string): Promise<number> {
    const sizes = await Promise.all(Object.values(RUN_FILES).map(async (file) => (await this.files.version(id, file))?.size ?? 0));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const own = (this.#turns.get(id) ?? Promise.resolve()).then(act);
    const settled = own.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(id, settled);
    try {
      return await own;
    } finally {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    }
  }

  async #remember(id: string, summary: RunSummary): Promise<void> {
    const version = await this.files.version(id, RUN_FILES.run);
    if (version) this.#cache.set(id, { version, summary, isElsewhere: false });
  }

  async #refresh(id: string): Promise<void> {
    const version = await this.files.version(id, RUN_FILES.run);
    if (!version) {
      this.#cache.delete(id);
      return;
    }
    const cached = this.#cache.get(id);
    const isSame = cached?.version.size === version.size && cached.version.modified === version.modified;
    if (this.#own.has(id) || (cached && isSame && !cached.isElsewhere)) return;
    const stored = await this.#parsed(id);
    if (!stored || this.#removed.has(id)) {
      this.#cache.delete(id);
      return;
    }
    const watch = cached?.watch ?? new Watch();
    const watched = { saved: version.modified, unchanged: watch.look(!isSame) };
    const isElsewhere = !stored.state.end && stored.owner !== undefined && trainsElsewhere(stored.owner, watched);
    if (isElsewhere) this.#cache.set(id, { version, summary: storedSummary(stored), isElsewhere, watch });
    else if (stored.state.end) this.#cache.set(id, { version, summary: await this.#summary(stored), isElsewhere });
    else await this.#endInterrupted(id, version);
  }

  /** Returns the summary of an ended run. Its epochs are read only if early stopping restored one of them. */
  async #summary(stored: StoredRun): Promise<RunSummary> {
    if (restoredEpoch(stored.state) === null) return storedSummary(stored);
    const history = await this.#history(stored, []);
    return history ? summaryOf({ ...stored.state, history, snapshots: [], progress: null }) : storedSummary(stored);
  }

  /** Saves an end, with all recorded epochs, for a run whose process was killed. */
  async #endInterrupted(id: string, version: FileVersion): Promise<void> {
    this.#cache.delete(id);
    const loaded = await this.#load(id);
    if (!loaded) return;
    // In a read-only folder the run stays interrupted. Its summary is correct anyway.
    await this.save(loaded.run, loaded.plan, loaded.precision).catch(() => undefined);
    if (!this.#cache.has(id)) this.#cache.set(id, { version, summary: summaryOf(loaded.run), isElsewhere: false });
  }

  /** Returns the run as its `run.json` has it. */
  async #saved(id: string): Promise<StoredRun | undefined> {
    const bytes = await this.files.read(id, RUN_FILES.run);
    const stored = bytes && parseStored(textOf(bytes));
    return stored?.state.facts.id === id ? stored : undefined;
  }

  /** Returns the run of `run.json` with the present name of its file. */
  async #parsed(id: string): Promise<StoredRun | undefined> {
    const stored = await this.#saved(id);
    const moved = stored && (await this.#movedRun(id));
    return moved ? { ...stored, state: { ...stored.state, facts: factsAfter(stored.state.facts, moved) } } : stored;
  }

  async #movedRun(id: string): Promise<MovedRun | undefined> {
    const bytes = await this.files.read(id, RUN_FILES.moved);
    return bytes && parseMoved(textOf(bytes));
  }

  /** Returns the stored run. If it was interrupted, it has an end after its last recorded epoch. */
  async #stored(id: string): Promise<StoredRun | undefined> {
    const stored = await this.#parsed(id);
    if (!stored || stored.state.end || this.isInProgress(id)) return stored;
    const last = await this.#lastRow(stored);
    // The record of a run on another machine may be older than its run.json.
    const isNewer = (last?.[0] ?? 0) > (stored.table?.last?.[0] ?? 0);
    const { modified } = (await this.files.version(id, RUN_FILES.run)) ?? { modified: stored.state.facts.begun };
    return endedFrom(last && stored.table && isNewer ? { ...stored, table: { ...stored.table, last } } : stored, modified);
  }

  async #lastRow({ state, table }: StoredRun): Promise<readonly number[] | undefined> {
    if (!table) return undefined;
    const width = rowLength(table.layout);
    const { size = 0 } = (await this.files.version(state.facts.id, RUN_FILES.record)) ?? {};
    let last: readonly number[] | undefined;
    const count = Math.floor(size / (8 * width));
    if (count > 0) await this.files.rowsBehind(state.facts.id, width, count - 1, (rows) => (last = [...rows]));
    return last;
  }

  /** Returns the run's table, with the epochs that were recorded after it was saved. A damaged table is rebuilt from the record. */
  async #history({ state, table }: StoredRun, damages: string[]): Promise<HistoryTable | null> {
    if (!table) return null;
    const { id } = state.facts;
    const bytes = await this.files.read(id, RUN_FILES.table);
    const history = (bytes && tableFrom(table, bytes)) ?? newTable(table.layout);
    const saved = history.seen;
    await this.files.rowsBehind(id, rowLength(table.layout), saved, (rows) => addRows(history, rows));
    if (history.seen > 0) return history;
    damages.push(`The run's epochs can't be shown: ${RUN_FILES.table} and ${RUN_FILES.record} are missing or damaged.`);
    return null;
  }

  /** Completes or deletes the leftovers of killed windows: partly written files, and folders without a run. */
  async #repairLeftovers(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (isNewId(id) && !this.#own.has(id)) await this.#repairRun(id).catch(() => undefined);
  }

  /** Returns whether another window is writing the run. Until its first save is complete, only the unfinished file shows it. */
  async #isWrittenElsewhere(id: string, names: readonly string[]): Promise<boolean> {
    for (const file of [RUN_FILES.run, ...names.filter((name) => finishedName(name) === RUN_FILES.run)]) {
      const [version, bytes] = [await this.files.version(id, file), await this.files.read(id, file)];
      const stored = bytes && parseStored(textOf(bytes));
      if (!version || !stored) continue;
      return !stored.state.end && stored.owner !== undefined && trainsElsewhere(stored.owner, { saved: version.modified, unchanged: 0 });
    }
    return false;
  }

  async #repairRun(id: string): Promise<void> {
    const names = await this.files.namesOf(id);
    const unfinished = names.filter((name) => finishedName(name) !== undefined);
    if (unfinished.length > 0 && (await this.#isWrittenElsewhere(id, names))) return;
    const known: readonly string[] = Object.values(RUN_FILES);
    for (const file of [RUN_FILES.run, RUN_FILES.checkpoint]) {
      const name = unfinished.find((one) => finishedName(one) === file);
      if (name === undefined || names.includes(file)) continue;
      const bytes = await this.files.read(id, name);
      if (!bytes || !isComplete(file, bytes)) continue;
      await this.files.replace(id, file, bytes);
      await this.files.remove(id, name);
    }
    const isOurs = names.map((name) => finishedName(name) ?? name).every((name) => known.includes(name) || partOf(name) !== undefined);
    const left = await this.files.namesOf(id);
    const versions = await Promise.all(["", ...left].map((name) => this.files.version(id, name)));
    const isOld = versions.every((version) => version && Date.now() - version.modified > LEFTOVER_MS);
    if (!isOurs || !isOld) return;
    if (!(await this.files.version(id, RUN_FILES.run))) await this.files.remove(id);
    else for (const name of left) if (finishedName(name) !== undefined) await this.files.remove(id, name);
  }
}

function isComplete(file: string, bytes: Uint8Array): boolean {
  if (file === RUN_FILES.run) return parseStored(textOf(bytes)) !== undefined;
  try {
    parseSafetensors(bytes);
    return true;
  } catch {
    return false;
  }
}

export const newId = (begun: number): string => `${begun.toString(36)}-${crypto.randomUUID().slice(0, 8)}`;
/** Whether `newId` could have returned the folder's name. The user may have put other folders beside the runs. */
const isNewId = (name: string): boolean => /^[\da-z]{7,9}-[\da-f]{8}$/.test(name);
const isRunId = (name: string): boolean => v.is(runId, name);

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
