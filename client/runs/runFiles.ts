/**
 * The files of saved runs: a folder with one folder per run. `localFiles` uses Node's file system, which replaces files atomically and
 * still works while a window closes. The editor has another implementation for folders on other machines.
 */
import { lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRegular } from "../../server/regularFiles.ts";
import { fileWriter, type RecordWriter, rowsBehind, type Stretch, stretchOf } from "./epochRecord.ts";

export const RUN_FILES = {
  run: "run.json",
  table: "table.bin",
  record: "epochs.bin",
  snapshots: "snapshots.json",
  checkpoint: "checkpoint.safetensors",
  /** Tells the window that trains the run that another window has renamed the run's file. */
  moved: "moved.json",
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
  /** Returns the names in the folder, including the runs' ids. */
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

/** Returns the name of a part of the record, counted from 0. Only a record on another machine has several parts. */
export const recordPart = (part: number): string => (part === 0 ? RUN_FILES.record : RUN_FILES.record.replace(".", `-${part + 1}.`));
/** Returns the number of the part with this name; undefined for any other name. */
export function partOf(name: string): number | undefined {
  const found = /^epochs(?:-([1-9]\d*))?\.bin$/.exec(name);
  return found ? Number(found[1] ?? 1) - 1 : undefined;
}

/** Returns a name for a window's unfinished files. Two windows that replace a file at the same time must not write the same unfinished file. */
export const newWriter = (): string => crypto.randomUUID().slice(0, 8);

/** Returns the name that a file has until it is completely written. */
export const unfinishedName = (file: string, writer: string): string => `${file}.${writer}.new`;
/** Returns the file that an unfinished file will replace; undefined for any other name. Earlier versions named no writer. */
export const finishedName = (name: string): string | undefined => /^(.+\.(?:json|bin|safetensors))(?:\.[\da-f]{8})?\.new$/.exec(name)?.[1];

/** `writer` is part of the names of unfinished files. */
export function localFiles(folder: string, writer: string = newWriter()): RunFiles {
  const at = (id: string, file = ""): string => join(folder, id, file);
  const namesIn = (path: string): Promise<readonly string[]> => readdir(path).catch(() => []);
  /** Returns the path of a run's file. Throws if the run's folder or the file is a link, since a link may lead out of the workspace. */
  const own = async (id: string, file = ""): Promise<string> => {
    for (const path of [at(id), at(id, file)])
      if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) throw new Error(`${path} is a link, and a run has none`);
    return at(id, file);
  };
  return {
    folder,
    names: () => namesIn(folder),
    namesOf: async (id) => namesIn(await own(id)),
    version: (id, file) =>
      own(id, file)
        .then((path) => stat(path))
        .then(
          ({ size, mtimeMs }) => ({ size, modified: mtimeMs }),
          () => undefined,
        ),
    read: (id, file) =>
      own(id, file)
        .then(readRegular)
        .then(
          (bytes) => new Uint8Array(bytes),
          () => undefined,
        ),
    async replace(id, file, content) {
      await mkdir(await own(id), { recursive: true });
      const unfinished = at(id, unfinishedName(file, writer));
      // Created from scratch, so that nothing is written through an old file or link of that name.
      await rm(unfinished, { force: true });
      await writeFile(unfinished, content, { flag: "wx", flush: true });
      await rename(unfinished, at(id, file));
    },
    // A link is removed, but not its target.
    remove: async (id, file) => {
      if (file !== undefined) await own(id);
      await rm(at(id, file), { recursive: true, force: true, maxRetries: 3 });
    },
    async record(id, onFailure) {
      await mkdir(await own(id), { recursive: true });
      await own(id, RUN_FILES.record);
      // Opened here first, so that an unwritable folder is an error at once.
      await (await open(at(id, RUN_FILES.record), "w")).close();
      return fileWriter(at(id, RUN_FILES.record), onFailure);
    },
    stretch: async (id, width, from, to, most) => stretchOf(await own(id, RUN_FILES.record), width, from, to, most),
    rowsBehind: async (id, width, first, visit) => rowsBehind(await own(id, RUN_FILES.record), width, first, visit),
  };
}
