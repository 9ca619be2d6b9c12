/**
 * The history of runs on the disk. Each run has a folder with `run.json`, the table of epochs for charts, the record of every epoch,
 * the last checkpoint and the snapshots. Closing the panel or the window loses nothing.
 */
import * as v from "valibot";
import * as vscode from "vscode";
import type { TrainingPlan } from "../../../engine/plan.ts";
import { fileWriter, memoryWriter, type RecordWriter, rowsFrom, type Stretch, stretchOf } from "../../runs/epochRecord.ts";
import { type RunSummary, runId } from "../../runs/runSchemas.ts";
import type { RunState } from "../../runs/runState.ts";
import {
  endedFrom,
  parseSnapshots,
  parseStored,
  type StoredRun,
  storedFrom,
  storedSummary,
  summaryOf,
  tableBytes,
  tableFrom,
} from "../../runs/storedRun.ts";

export interface LoadedRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: StoredRun["precision"];
}

/** Limit for the epoch records of all runs together, in bytes. A very long training records many epochs. */
const MOST_BYTES = 2e9;

export class RunStore implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange: vscode.Event<void> = this.#changed.event;
  readonly #folder: () => vscode.Uri;
  readonly #limit: () => number;
  /** Cached summaries of a folder. Its files are read once, because only this window changes them. */
  #cache: { readonly folder: string; readonly summaries: Map<string, RunSummary> } | undefined;

  /** `folder` and `limit` are read on each use, since settings may change them. Beyond `limit` runs the oldest are deleted. */
  constructor(folder: () => vscode.Uri, limit: () => number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Returns the summaries of all saved runs, newest first. */
  async list(): Promise<readonly RunSummary[]> {
    return [...(await this.#summaries()).values()].sort((a, b) => b.begun - a.begun);
  }

  /** Returns the run, or undefined if it does not exist or can't be read. */
  async load(id: string): Promise<LoadedRun | undefined> {
    const stored = await this.#stored(id);
    if (!stored) return undefined;
    const [table, snapshots] = await Promise.all([this.#read(id, "table.bin"), this.#read(id, "snapshots.json")]);
    const run: RunState = {
      ...stored.state,
      history: (table && tableFrom(stored.table, table)) ?? null,
      snapshots: snapshots ? parseSnapshots(textOf(snapshots)) : [],
      progress: null,
    };
    return { run, plan: stored.plan, precision: stored.precision };
  }

  async save(run: RunState, plan: TrainingPlan, precision: StoredRun["precision"], checkpoint: Uint8Array | undefined): Promise<void> {
    const { id } = run.facts;
    await vscode.workspace.fs.createDirectory(this.#place(id));
    // run.json makes the folder a run, so it comes first: the window may be closed before the rest is written.
    await this.#write(id, "run.json", JSON.stringify(storedFrom(run, plan, precision)));
    if (run.history) await this.#write(id, "table.bin", tableBytes(run.history));
    if (run.snapshots.length > 0) await this.#write(id, "snapshots.json", JSON.stringify(run.snapshots));
    if (checkpoint) await this.#write(id, "checkpoint.safetensors", checkpoint);
    (await this.#summaries()).set(id, summaryOf(run));
    for (const old of await this.#excess()) await this.remove(old);
    this.#changed.fire();
  }

  async record(id: string): Promise<RecordWriter> {
    await vscode.workspace.fs.createDirectory(this.#place(id));
    const place = this.#place(id, "epochs.bin");
    return place.scheme === "file" ? fileWriter(place.fsPath) : memoryWriter((bytes) => vscode.workspace.fs.writeFile(place, bytes));
  }

  /** Returns every recorded epoch, in rows of `width` numbers. */
  async rows(id: string, width: number): Promise<Float64Array | undefined> {
    const bytes = await this.#read(id, "epochs.bin");
    return bytes && rowsFrom(bytes, width);
  }

  /** Returns at most `most` of the recorded epochs in [from, to]. */
  async stretch(id: string, width: number, from: number, to: number, most: number): Promise<Stretch | undefined> {
    const { scheme, fsPath } = this.#place(id, "epochs.bin");
    return isId(id) && scheme === "file" ? await stretchOf(fsPath, width, from, to, most) : undefined;
  }

  async checkpoint(id: string): Promise<Uint8Array | undefined> {
    return await this.#read(id, "checkpoint.safetensors");
  }

  async rename(id: string, name: string): Promise<void> {
    const stored = await this.#stored(id);
    if (!stored) return;
    const renamed: StoredRun = { ...stored, state: { ...stored.state, name } };
    await this.#write(id, "run.json", JSON.stringify(renamed));
    (await this.#summaries()).set(id, storedSummary(renamed));
    this.#changed.fire();
  }

  async remove(id: string): Promise<void> {
    if (!isId(id)) return;
    (await this.#summaries()).delete(id);
    await Promise.resolve(vscode.workspace.fs.delete(this.#place(id), { recursive: true })).catch(() => undefined);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #place(id: string, file = ""): vscode.Uri {
    return vscode.Uri.joinPath(this.#folder(), id, file);
  }

  async #read(id: string, file: string): Promise<Uint8Array | undefined> {
    if (!isId(id)) return undefined;
    try {
      return await vscode.workspace.fs.readFile(this.#place(id, file));
    } catch {
      return undefined;
    }
  }

  /** Writes a new file and renames it into place, so that a reader finds a complete old or new file even if the window is killed. */
  async #write(id: string, file: string, content: Uint8Array | string): Promise<void> {
    const beside = this.#place(id, `${file}.new`);
    await vscode.workspace.fs.writeFile(beside, typeof content === "string" ? Buffer.from(content) : content);
    await vscode.workspace.fs.rename(beside, this.#place(id, file), { overwrite: true });
  }

  async #stored(id: string): Promise<StoredRun | undefined> {
    const bytes = await this.#read(id, "run.json");
    const stored = bytes && parseStored(textOf(bytes));
    return stored?.state.facts.id === id ? endedFrom(stored) : undefined;
  }

  async #summaries(): Promise<Map<string, RunSummary>> {
    const folder = this.#folder();
    if (this.#cache?.folder === folder.toString()) return this.#cache.summaries;
    const summaries = new Map<string, RunSummary>();
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
    await Promise.all(
      entries.map(async ([id]) => {
        const stored = await this.#stored(id);
        if (stored) summaries.set(id, storedSummary(stored));
      }),
    );
    this.#cache = { folder: folder.toString(), summaries };
    return summaries;
  }

  /** Returns the ids of the runs beyond the limits on count and on bytes, never the newest's. */
  async #excess(): Promise<string[]> {
    let bytes = 0;
    const old: string[] = [];
    for (const [k, { id }] of (await this.list()).entries()) {
      bytes += await Promise.resolve(vscode.workspace.fs.stat(this.#place(id, "epochs.bin"))).then(
        ({ size }) => size,
        () => 0,
      );
      if (k > 0 && (k >= this.#limit() || bytes > MOST_BYTES)) old.push(id);
    }
    return old;
  }
}

const isId = (id: string): boolean => v.is(runId, id);
export const newId = (begun: number): string => `${begun.toString(36)}-${crypto.randomUUID().slice(0, 8)}`;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
