/**
 * The history of runs on the disk: a folder a run, with `run.json`, the epochs' table for charts, the record of every epoch, the
 * last checkpoint and the snapshots. Closing the panel or the window loses nothing.
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

/** The epochs of all runs together: those of a training without end are many. */
const MOST_BYTES = 2e9;

export class RunStore implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange: vscode.Event<void> = this.#changed.event;
  readonly #folder: () => vscode.Uri;
  readonly #keep: () => number;
  /** Files are read once; they are changed by this window alone, or its folder is another one. */
  #known: { readonly folder: string; readonly summaries: Map<string, RunSummary> } | undefined;

  /** `folder` is asked each time: a setting may have moved it. `keep`: how many runs, the oldest go first. */
  constructor(folder: () => vscode.Uri, keep: () => number) {
    this.#folder = folder;
    this.#keep = keep;
  }

  /** Newest first. */
  async list(): Promise<readonly RunSummary[]> {
    return [...(await this.#summaries()).values()].sort((a, b) => b.begun - a.begun);
  }

  /** undefined where there is none, or none that can be read. */
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
    // First what makes it a run: a window may be gone before the rest is there.
    await this.#write(id, "run.json", JSON.stringify(storedFrom(run, plan, precision)));
    if (run.history) await this.#write(id, "table.bin", tableBytes(run.history));
    if (run.snapshots.length > 0) await this.#write(id, "snapshots.json", JSON.stringify(run.snapshots));
    if (checkpoint) await this.#write(id, "checkpoint.safetensors", checkpoint);
    (await this.#summaries()).set(id, summaryOf(run));
    for (const old of await this.#tooMany()) await this.remove(old);
    this.#changed.fire();
  }

  async record(id: string): Promise<RecordWriter> {
    await vscode.workspace.fs.createDirectory(this.#place(id));
    const place = this.#place(id, "epochs.bin");
    return place.scheme === "file" ? fileWriter(place.fsPath) : memoryWriter((bytes) => vscode.workspace.fs.writeFile(place, bytes));
  }

  /** Every recorded epoch, in rows of so many numbers. */
  async rows(id: string, width: number): Promise<Float64Array | undefined> {
    const bytes = await this.#read(id, "epochs.bin");
    return bytes && rowsFrom(bytes, width);
  }

  /** The recorded epochs from one to another, at most `most` of them. */
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

  /** Written beside and moved into place: who reads meanwhile, or after the window was killed, finds the old file or the new one, whole. */
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
    if (this.#known?.folder === folder.toString()) return this.#known.summaries;
    const summaries = new Map<string, RunSummary>();
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
    await Promise.all(
      entries.map(async ([id]) => {
        const stored = await this.#stored(id);
        if (stored) summaries.set(id, storedSummary(stored));
      }),
    );
    this.#known = { folder: folder.toString(), summaries };
    return summaries;
  }

  /** Runs beyond the number, or beyond what all of them may take; never the newest. */
  async #tooMany(): Promise<string[]> {
    let bytes = 0;
    const old: string[] = [];
    for (const [k, { id }] of (await this.list()).entries()) {
      bytes += await Promise.resolve(vscode.workspace.fs.stat(this.#place(id, "epochs.bin"))).then(
        ({ size }) => size,
        () => 0,
      );
      if (k > 0 && (k >= this.#keep() || bytes > MOST_BYTES)) old.push(id);
    }
    return old;
  }
}

const isId = (id: string): boolean => v.is(runId, id);
export const newId = (begun: number): string => `${begun.toString(36)}-${crypto.randomUUID().slice(0, 8)}`;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
