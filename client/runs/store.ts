/**
 * The history of runs on the disk: a folder a run, with `run.json`, the epochs' table for charts, the record of every epoch, the
 * last checkpoint and the snapshots. Closing the panel or the window loses nothing.
 */
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import * as v from "valibot";
import * as vscode from "vscode";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { RunState } from "./runState.ts";
import { runId } from "./schemas.ts";
import {
  endedFrom,
  float64From,
  parseSnapshots,
  parseStored,
  type RunSummary,
  type StoredRun,
  storedFrom,
  summaryOf,
  tableBytes,
  tableFrom,
} from "./stored.ts";

export interface LoadedRun {
  readonly run: RunState;
  readonly plan: TrainingPlan;
  readonly precision: StoredRun["precision"];
}

/** Takes a run's rows as they come. */
export interface RecordWriter {
  readonly append: (rows: Float64Array) => void;
  readonly close: () => Promise<void>;
}

export interface Stretch {
  readonly rows: Float64Array;
  readonly stride: number;
}

export interface RunStore extends vscode.Disposable {
  readonly onChange: vscode.Event<void>;
  /** Newest first. */
  readonly list: () => Promise<readonly RunSummary[]>;
  /** undefined where there is none, or none that can be read. */
  readonly load: (id: string) => Promise<LoadedRun | undefined>;
  readonly save: (
    run: RunState,
    plan: TrainingPlan,
    precision: StoredRun["precision"],
    checkpoint: Uint8Array | undefined,
  ) => Promise<void>;
  readonly record: (id: string) => Promise<RecordWriter>;
  /** Every recorded epoch. */
  readonly rows: (id: string) => Promise<Float64Array | undefined>;
  /** The recorded epochs from one to another, at most `most` of them, evenly spread: 1 of `stride` recorded ones. */
  readonly stretch: (id: string, width: number, from: number, to: number, most: number) => Promise<Stretch | undefined>;
  readonly checkpoint: (id: string) => Promise<Uint8Array | undefined>;
  readonly rename: (id: string, name: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** The epochs of all runs together: those of a training without end are many. */
const MOST_BYTES = 2e9;

/** `folder` is asked each time: a setting may have moved it. `keep`: how many runs, the oldest go first. */
export function runStore(folder: () => vscode.Uri, keep: () => number): RunStore {
  const { fs } = vscode.workspace;
  const changed = new vscode.EventEmitter<void>();
  const place = (id: string, file = ""): vscode.Uri => vscode.Uri.joinPath(folder(), id, file);
  const read = async (id: string, file: string): Promise<Uint8Array | undefined> => {
    if (!isId(id)) return undefined;
    try {
      return await fs.readFile(place(id, file));
    } catch {
      return undefined;
    }
  };
  const stored = async (id: string): Promise<StoredRun | undefined> => {
    const bytes = await read(id, "run.json");
    const parsed = bytes && parseStored(Buffer.from(bytes).toString());
    return parsed?.state.facts.id === id ? endedFrom(parsed) : undefined;
  };
  /** Files are read once; they are changed by this window alone, or its folder is another one. */
  let known: { folder: string; summaries: Map<string, RunSummary> } | undefined;
  const summaries = async (): Promise<Map<string, RunSummary>> => {
    const at = folder().toString();
    if (known?.folder === at) return known.summaries;
    const found = new Map<string, RunSummary>();
    const entries = await Promise.resolve(fs.readDirectory(folder())).catch(() => []);
    await Promise.all(
      entries.map(async ([id]) => {
        const one = await stored(id);
        const summary = one && summaryFrom(one);
        if (summary) found.set(id, summary);
      }),
    );
    known = { folder: at, summaries: found };
    return found;
  };
  const newestFirst = (found: Map<string, RunSummary>): RunSummary[] => [...found.values()].sort((a, b) => b.begun - a.begun);

  /** Runs beyond the number, or beyond what all of them may take; never the newest. */
  const tooMany = async (runs: readonly RunSummary[]): Promise<string[]> => {
    let bytes = 0;
    const old: string[] = [];
    for (const [k, { id }] of runs.entries()) {
      bytes += await Promise.resolve(fs.stat(place(id, "epochs.bin"))).then(
        ({ size }) => size,
        () => 0,
      );
      if (k > 0 && (k >= keep() || bytes > MOST_BYTES)) old.push(id);
    }
    return old;
  };

  const store: RunStore = {
    onChange: changed.event,
    list: async () => newestFirst(await summaries()),
    async load(id) {
      const one = await stored(id);
      if (!one) return undefined;
      const [table, snapshots] = await Promise.all([read(id, "table.bin"), read(id, "snapshots.json")]);
      const history = table && tableFrom(one.table, table);
      const run: RunState = {
        ...one.state,
        history: history ?? null,
        snapshots: snapshots ? parseSnapshots(Buffer.from(snapshots).toString()) : [],
        progress: null,
      };
      return { run, plan: one.plan, precision: one.precision };
    },
    async save(run, plan, precision, checkpoint) {
      const { id } = run.facts;
      await fs.createDirectory(place(id));
      // Written beside and moved into place: who reads meanwhile, or after the window was killed, finds the old one or the new one, whole.
      const write = async (file: string, content: Uint8Array | string): Promise<void> => {
        const beside = place(id, `${file}.new`);
        await fs.writeFile(beside, typeof content === "string" ? Buffer.from(content) : content);
        await fs.rename(beside, place(id, file), { overwrite: true });
      };
      // First what makes it a run: a window may be gone before the rest is there.
      await write("run.json", JSON.stringify(storedFrom(run, plan, precision)));
      if (run.history) await write("table.bin", tableBytes(run.history));
      if (run.snapshots.length > 0) await write("snapshots.json", JSON.stringify(run.snapshots));
      if (checkpoint) await write("checkpoint.safetensors", checkpoint);
      const all = await summaries();
      all.set(id, summaryOf(run));
      for (const old of await tooMany(newestFirst(all))) await store.remove(old);
      changed.fire();
    },
    async record(id) {
      await fs.createDirectory(place(id));
      return place(id).scheme === "file" ? fileWriter(place(id, "epochs.bin").fsPath) : memoryWriter(place(id, "epochs.bin"));
    },
    async rows(id) {
      const bytes = await read(id, "epochs.bin");
      return bytes && float64From(bytes);
    },
    async stretch(id, width, from, to, most) {
      const { scheme, fsPath } = place(id, "epochs.bin");
      if (!isId(id) || scheme !== "file") return undefined;
      return await stretchOf(fsPath, width, from, to, most).catch(() => undefined);
    },
    checkpoint: (id) => read(id, "checkpoint.safetensors"),
    async rename(id, name) {
      const one = await stored(id);
      if (!one) return;
      const renamed: StoredRun = { ...one, state: { ...one.state, name } };
      await fs.writeFile(place(id, "run.json.new"), Buffer.from(JSON.stringify(renamed)));
      await fs.rename(place(id, "run.json.new"), place(id, "run.json"), { overwrite: true });
      const summary = summaryFrom(renamed);
      if (summary) (await summaries()).set(id, summary);
      changed.fire();
    },
    async remove(id) {
      if (!isId(id)) return;
      (await summaries()).delete(id);
      await Promise.resolve(fs.delete(place(id), { recursive: true })).catch(() => undefined);
      changed.fire();
    },
    dispose: () => changed.dispose(),
  };
  return store;
}

const isId = (id: string): boolean => v.is(runId, id);
export const newId = (begun: number): string => `${begun.toString(36)}-${crypto.randomUUID().slice(0, 8)}`;

function summaryFrom({ state, table }: StoredRun): RunSummary | undefined {
  const last = table?.last ? Float64Array.from(table.last, (n) => n ?? Number.NaN) : null;
  return summaryOf({
    ...state,
    history: table ? { ...table, last, columns: [] } : null,
    snapshots: [],
    progress: null,
  });
}

/** Appends as rows come, so that a window that is killed loses little and memory stays bounded. */
function fileWriter(path: string): RecordWriter {
  const stream = createWriteStream(path, { flags: "w" });
  let failure: Error | undefined;
  stream.on("error", (error) => (failure = error));
  return {
    append: (rows) => void stream.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)),
    close: () =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        else stream.end(() => (failure ? reject(failure) : resolve()));
      }),
  };
}

/** Where the editor's files are not on this machine's disk they can only be written whole. */
function memoryWriter(place: vscode.Uri): RecordWriter {
  const parts: Float64Array[] = [];
  return {
    append: (rows) => void parts.push(rows),
    async close() {
      const bytes = parts.map((rows) => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      await vscode.workspace.fs.writeFile(place, Buffer.concat(bytes));
    },
  };
}

/** Reads only what it needs of a long record: the first row by halving, then one of `stride`. */
async function stretchOf(path: string, width: number, from: number, to: number, most: number): Promise<Stretch> {
  const file = await open(path, "r");
  try {
    const bytes = 8 * width;
    const count = Math.floor((await file.stat()).size / bytes);
    const row = async (k: number): Promise<Float64Array> => {
      const { buffer } = await file.read(new Uint8Array(bytes), 0, bytes, k * bytes);
      return float64From(buffer);
    };
    const firstFrom = async (epoch: number): Promise<number> => {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (((await row(middle))[0] ?? 0) < epoch) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const first = await firstFrom(from);
    const end = await firstFrom(to + 1);
    const stride = Math.max(1, Math.ceil((end - first) / most));
    const rows = new Float64Array(width * Math.ceil((end - first) / stride));
    if (stride === 1) {
      const { buffer } = await file.read(new Uint8Array(rows.byteLength), 0, rows.byteLength, first * bytes);
      rows.set(float64From(buffer));
    } else for (let k = 0; first + k * stride < end; k++) rows.set(await row(first + k * stride), k * width);
    return { rows, stride };
  } finally {
    await file.close();
  }
}
