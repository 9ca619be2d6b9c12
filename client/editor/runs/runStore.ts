/** The run history: the folders named in the settings, and the limits on their contents. */
import * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import type { RecordWriter, Stretch } from "../../runs/epochRecord.ts";
import type { RunFiles } from "../../runs/runFiles.ts";
import { type LoadedRun, RunFolder } from "../../runs/runFolder.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { isOver, type RunState } from "../../runs/runState.ts";
import type { StoredRun } from "../../runs/storedRun.ts";
import { baseName, type Rename, renamed } from "../fileNames.ts";
import { filesIn } from "./editorFiles.ts";

/** Where a document's runs are saved, and how many. */
export interface RunPlace {
  readonly folder: vscode.Uri;
  readonly keep: number;
  /** `keep` applies per group of documents: one workspace folder, or one folder outside the workspace. */
  readonly group: string;
}

/** The places according to the current settings. */
export interface RunPlaces {
  readonly of: (file: string) => RunPlace;
  /** Returns the folders of all documents. */
  readonly folders: () => readonly vscode.Uri[];
}

/** A run that was deleted because of a limit. */
export interface Discarded {
  readonly run: RunSummary;
  readonly limit: "keep" | "bytes";
  readonly keep: number;
}

/** The limit on the files of a group's runs together. A very long training records many epochs. */
const MOST_BYTES = 2e9;

/** How often runs that another window trains are read. */
const ELSEWHERE_EVERY_MS = 1000;

export class RunStore implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange: vscode.Event<void> = this.#changed.event;
  readonly #discarded = new vscode.EventEmitter<Discarded>();
  /** Fires for each run that is deleted because of a limit. */
  readonly onDiscard: vscode.Event<Discarded> = this.#discarded.event;
  readonly #moved = new vscode.EventEmitter<Rename>();
  /** Fires when another window has renamed the file of a run that this window saves. */
  readonly onMove: vscode.Event<Rename> = this.#moved.event;
  readonly #places: RunPlaces;
  readonly #filesIn: (folder: vscode.Uri) => RunFiles;
  /** By URI: the folders in the settings, and earlier ones where this window has saved a run. */
  readonly #folders = new Map<string, RunFolder>();
  readonly #used = new Set<string>();
  /** The folder of each known run. */
  readonly #folderOf = new Map<string, RunFolder>();
  readonly #mostBytes: number;
  #polling: NodeJS.Timeout | undefined;
  #wereElsewhere = false;

  /** `places` is consulted on each use, because the settings may change. */
  constructor(places: RunPlaces, open: (folder: vscode.Uri) => RunFiles = filesIn, mostBytes: number = MOST_BYTES) {
    this.#places = places;
    this.#filesIn = open;
    this.#mostBytes = mostBytes;
  }

  /** Returns the summaries of all saved runs, newest first. */
  async list(): Promise<readonly RunSummary[]> {
    const folders = this.#allFolders();
    const all = await Promise.all(
      folders.map(async (folder) => {
        const summaries = await folder.summaries();
        for (const { id } of summaries) this.#folderOf.set(id, folder);
        return summaries;
      }),
    );
    this.#pollElsewhere(folders);
    return byBegin(all.flat());
  }

  /** Returns the run, or undefined if it does not exist or can't be read. */
  async load(id: string): Promise<LoadedRun | undefined> {
    return await (await this.#known(id))?.load(id);
  }

  /** Returns whether the run is saved. Another window may have deleted it. */
  async has(id: string): Promise<boolean> {
    return (await (await this.#known(id))?.has(id)) === true;
  }

  /** Starts a new run's record of epochs. The run stays in the current settings' folder. `onFailure` is called if the record can't be written. */
  async begin({ id, file }: RunState["facts"], onFailure: (error: Error) => void): Promise<RecordWriter> {
    const { folder } = this.#places.of(file);
    const own = this.#open(folder);
    this.#used.add(folder.toString());
    this.#folderOf.set(id, own);
    return await own.begin(id, onFailure);
  }

  async save(run: RunState, plan: TrainingPlan, precision: StoredRun["precision"]): Promise<void> {
    const folder = this.#folderOf.get(run.facts.id);
    if (!folder) return;
    const before = run.facts.file;
    const { file } = await folder.save(run, plan, precision);
    if (file !== before && run.facts.file === before) this.#moved.fire({ from: before, to: file });
    if (isOver(run) || !run.history) await this.#discardExcess(run.facts);
    this.#changed.fire();
  }

  async saveWeights(id: string, checkpoint: Uint8Array): Promise<void> {
    await this.#folderOf.get(id)?.saveWeights(id, checkpoint);
  }

  /** Returns every recorded epoch, in rows of `width` numbers. */
  async rows(id: string, width: number): Promise<Float64Array | undefined> {
    return await (await this.#known(id))?.rows(id, width);
  }

  /** Returns at most `most` of the recorded epochs in [from, to]. */
  async stretch(id: string, width: number, from: number, to: number, most: number): Promise<Stretch | undefined> {
    return await (await this.#known(id))?.stretch(id, width, from, to, most);
  }

  async checkpoint(id: string): Promise<Uint8Array | undefined> {
    return await (await this.#known(id))?.checkpoint(id);
  }

  async rename(id: string, name: string): Promise<void> {
    await (await this.#known(id))?.change(id, (state) => ({ ...state, name }));
    this.#changed.fire();
  }

  /** Assigns the saved runs of a renamed file or folder to its new name. A window that trains one of them follows when it saves the run. */
  async move(rename: Rename): Promise<void> {
    for (const { id, file: from } of await this.list()) {
      if (renamed(from, rename) === undefined) continue;
      await this.#folderOf.get(id)?.move(id, (file) => {
        const to = renamed(file, rename);
        return to === undefined ? undefined : { file: to, fileName: baseName(to) };
      });
    }
    this.#changed.fire();
  }

  /** Reads the changes that other windows have made. */
  refresh(): void {
    this.#changed.fire();
  }

  async remove(id: string): Promise<void> {
    await (await this.#known(id))?.remove(id);
    this.#changed.fire();
  }

  /** Returns whether another window is training the run. */
  isElsewhere(id: string): boolean {
    return this.#folderOf.get(id)?.isElsewhere(id) === true;
  }

  /** Returns the path of the run's folder, for messages. */
  pathOf(id: string): string {
    return `${this.#folderOf.get(id)?.files.folder ?? ""}/${id}`;
  }

  dispose(): void {
    clearTimeout(this.#polling);
    this.#changed.dispose();
    this.#discarded.dispose();
    this.#moved.dispose();
  }

  #allFolders(): RunFolder[] {
    const wanted = new Map(this.#places.folders().map((folder) => [folder.toString(), folder]));
    for (const folder of this.#used) wanted.set(folder, vscode.Uri.parse(folder));
    return [...wanted.values()].map((folder) => this.#open(folder));
  }

  #open(folder: vscode.Uri): RunFolder {
    const key = folder.toString();
    const known = this.#folders.get(key) ?? new RunFolder(this.#filesIn(folder));
    this.#folders.set(key, known);
    return known;
  }

  async #known(id: string): Promise<RunFolder | undefined> {
    if (!this.#folderOf.has(id)) await this.list();
    return this.#folderOf.get(id);
  }

  /** Reads the folders again while another window trains a run in them. */
  #pollElsewhere(folders: readonly RunFolder[]): void {
    clearTimeout(this.#polling);
    const areElsewhere = folders.some(({ hasRunsElsewhere }) => hasRunsElsewhere);
    const wereElsewhere = this.#wereElsewhere;
    this.#wereElsewhere = areElsewhere;
    if (!areElsewhere && !wereElsewhere) return;
    // Reports the end of the last such run, too. A listener that loaded the run before this listing still has its old state.
    this.#polling = setTimeout(() => this.#changed.fire(), areElsewhere ? ELSEWHERE_EVERY_MS : 0);
    this.#polling.unref();
  }

  /** Deletes the oldest ended runs beyond the limits of the saved run's group, but not the newest or the saved run. A series counts as one run. */
  async #discardExcess({ file, id }: RunState["facts"]): Promise<void> {
    const own = this.#folderOf.get(id);
    if (!own) return;
    const { keep, group } = this.#places.of(file);
    const ended = (await own.summaries()).filter((run) => !own.isInProgress(run.id) && this.#places.of(run.file).group === group);
    let bytes = 0;
    const counted = new Map<string, number>();
    for (const [k, run] of byAge(ended, endOf).entries()) {
      bytes += await own.size(run.id);
      const counts = run.series ?? run.id;
      const place = counted.get(counts) ?? counted.size;
      counted.set(counts, place);
      if (k === 0 || run.id === id || (place < keep && bytes <= this.#mostBytes)) continue;
      await own.remove(run.id);
      this.#discarded.fire({ run, limit: place < keep ? "bytes" : "keep", keep });
    }
  }
}

/** Sorts runs from the last begun to the first begun. */
export const byBegin = (runs: readonly RunSummary[]): RunSummary[] => byAge(runs, ({ begun }) => begun);

const endOf = ({ begun, seconds, ended = begun + 1000 * seconds }: RunSummary): number => ended;

/**
 * Sorts runs from newest to oldest. A future date is wrong and counts as equally far in the past. If the clock is set back by an hour, a run from
 * just before is still newer than yesterday's runs.
 */
function byAge(runs: readonly RunSummary[], timeOf: (run: RunSummary) => number): RunSummary[] {
  const now = Date.now();
  const age = (run: RunSummary): number => Math.abs(now - timeOf(run));
  return [...runs].sort((a, b) => age(a) - age(b));
}
