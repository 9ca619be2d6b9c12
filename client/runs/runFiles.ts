/**
 * The files of saved runs: a folder with one folder per run. `localFiles` uses Node's file system, which still works while a window
 * closes and replaces files atomically. The editor has another implementation for folders on other machines.
 */
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRegular } from "../../server/regularFiles.ts";
import { fileWriter, type RecordWriter, rowsBehind, type Stretch, stretchOf } from "./epochRecord.ts";

export const RUN_FILES = {
  run: "run.json",
  table: "table.bin",
  record: "epochs.bin",
  snapshots: "snapshots.json",
  checkpoint: "checkpoint.safetensors",
} as const;
export type RunFile = (typeof RUN_FILES)[keyof typeof RUN_FILES];

/** Changes when the file does. */
export interface FileVersion {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface RunFiles {
  /** The folder's path, for messages. */
  readonly folder: string;
  /** Returns the names in the folder, among them the runs' ids. */
  readonly names: () => Promise<readonly string[]>;
  /** Returns the names in a run's folder. */
  readonly namesOf: (id: string) => Promise<readonly string[]>;
  readonly version: (id: string, file: string) => Promise<FileVersion | undefined>;
  /** Returns the file's bytes, or undefined if it can't be read. */
  readonly read: (id: string, file: string) => Promise<Uint8Array | undefined>;
  /** Writes the file completely or not at all, and creates the run's folder. */
  readonly replace: (id: string, file: RunFile, content: Uint8Array | string) => Promise<void>;
  readonly remove: (id: string, file?: string) => Promise<void>;
  /** Starts an empty record of epochs. `onFailure` is called if it can't be written. */
  readonly record: (id: string, onFailure: (error: Error) => void) => Promise<RecordWriter>;
  /** Returns at most `most` of the recorded epochs in [from, to]; undefined if the record can't be read in parts. */
  readonly stretch: (id: string, width: number, from: number, to: number, most: number) => Promise<Stretch | undefined>;
  /** Calls `visit` with the record's rows from index `first` on, in pieces. */
  readonly rowsBehind: (id: string, width: number, first: number, visit: (rows: Float64Array) => void) => Promise<void>;
}

/** A file that is being written has this ending until it is complete. */
export const UNFINISHED = ".new";

export function localFiles(folder: string): RunFiles {
  const at = (id: string, file = ""): string => join(folder, id, file);
  const namesIn = (path: string): Promise<readonly string[]> => readdir(path).catch(() => []);
  return {
    folder,
    names: () => namesIn(folder),
    namesOf: (id) => namesIn(at(id)),
    version: (id, file) =>
      stat(at(id, file)).then(
        ({ size, mtimeMs }) => ({ size, modified: mtimeMs }),
        () => undefined,
      ),
    read: (id, file) =>
      readRegular(at(id, file)).then(
        (bytes) => new Uint8Array(bytes),
        () => undefined,
      ),
    async replace(id, file, content) {
      await mkdir(at(id), { recursive: true });
      const unfinished = at(id, file + UNFINISHED);
      await writeFile(unfinished, content, { flush: true });
      await rename(unfinished, at(id, file));
    },
    remove: (id, file) => rm(at(id, file), { recursive: true, force: true, maxRetries: 3 }),
    async record(id, onFailure) {
      await mkdir(at(id), { recursive: true });
      // Opened here first, so that a folder that can't be written to is an error at once.
      await (await open(at(id, RUN_FILES.record), "w")).close();
      return fileWriter(at(id, RUN_FILES.record), onFailure);
    },
    stretch: (id, width, from, to, most) => stretchOf(at(id, RUN_FILES.record), width, from, to, most),
    rowsBehind: (id, width, first, visit) => rowsBehind(at(id, RUN_FILES.record), width, first, visit),
  };
}
