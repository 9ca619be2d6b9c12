/**
 * Exports and imports in a separate process, by the bundled `nn`: their code is not loaded into the extension host, and the worst that a
 * hostile file can do is end the process.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import * as v from "valibot";
import type { Listing } from "../../engine/exchange/import/listing.ts";

export interface ExchangedFile {
  /** The path within the export, separated by `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The result, and notes about it for the user. */
export type Exchanged =
  | { readonly files: readonly ExchangedFile[]; readonly notes: readonly string[] }
  /** Why there is no result. */
  | { readonly problem: string };

export interface ExportedRun {
  /** The weights file. */
  readonly weights: Uint8Array;
  /** The run's folder on this machine, for logs; undefined if it is elsewhere. */
  readonly folder: string | undefined;
  readonly format: string;
  /** The folder that the data's paths are relative to; undefined if it is not on this machine. */
  readonly dataFolder: string | undefined;
  /** Further folders from which data may be read. */
  readonly allow: readonly string[];
}

const OUT = "out";

/** `program` is the path of the bundled `nn`. */
export async function exportedBy(program: string, { weights, folder, format, dataFolder, allow }: ExportedRun): Promise<Exchanged> {
  return await inFolder(async (temporary) => {
    const file = join(temporary, "weights.safetensors");
    await writeFile(file, weights);
    const out = join(temporary, OUT);
    const subject = format === "tensorboard" && folder !== undefined ? folder : file;
    const args = ["export", subject, "--to", format, "--out", out, "--json", ...allow.flatMap((one) => ["--allow", one])];
    return await run(program, args, dataFolder ?? temporary, async (printed) => ({
      files: await filesAt(out),
      notes: [...notesIn(printed), ...(typeof printed["verified"] === "string" ? [printed["verified"]] : [])],
    }));
  });
}

/** Returns the `.nn` file and its weights by name. `name` is the name of the `.nn` file, `source` the name of the imported file. */
export async function importedBy(program: string, source: string, bytes: Uint8Array, name: string): Promise<Exchanged> {
  return await inFolder(async (temporary) => {
    const out = join(temporary, OUT);
    await mkdir(out);
    const file = join(temporary, source);
    await writeFile(file, bytes);
    return await run(program, ["import", file, "--out", join(out, name), "--json"], temporary, async (printed) => ({
      files: await filesAt(out),
      notes: notesIn(printed),
    }));
  });
}

const statistics = v.strictObject({
  min: v.nullable(v.number()),
  max: v.nullable(v.number()),
  mean: v.number(),
  deviation: v.number(),
  zeros: v.number(),
  nonfinite: v.number(),
});

const listing: v.GenericSchema<unknown, Listing> = v.strictObject({
  kind: v.string(),
  layers: v.array(v.strictObject({ name: v.string(), words: v.string(), known: v.boolean(), inputs: v.array(v.string()) })),
  tensors: v.array(v.strictObject({ name: v.string(), shape: v.array(v.number()), statistics: v.nullable(statistics) })),
  metadata: v.record(v.string(), v.string()),
  unimportable: v.nullable(v.string()),
});

/** Returns the contents of a model file. `file` is its path on this machine, or the bytes of a file elsewhere. */
export async function listedBy(
  program: string,
  name: string,
  file: string | Uint8Array,
  withStatistics: boolean,
): Promise<Listing | { readonly problem: string }> {
  return await inFolder(async (temporary) => {
    const path = typeof file === "string" ? file : join(temporary, name);
    if (typeof file !== "string") await writeFile(path, file);
    const args = ["import", path, "--list", "--json", ...(withStatistics ? ["--statistics"] : [])];
    return await run(program, args, temporary, async (printed) => v.parse(listing, printed));
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "backprop-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The time limit for a file. */
const MOST_MS = 120_000;

async function run<T>(
  program: string,
  args: readonly string[],
  cwd: string,
  made: (printed: Readonly<Record<string, unknown>>) => Promise<T>,
): Promise<T | { readonly problem: string }> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1", NO_COLOR: "1", npm_lifecycle_event: "" };
  const { error, out, err } = await new Promise<{ error: Error | null; out: string; err: string }>((resolve) =>
    execFile(process.execPath, [program, ...args], { cwd, env, timeout: MOST_MS, maxBuffer: 2 ** 24 }, (failure, stdout, stderr) =>
      resolve({ error: failure, out: stdout, err: stderr }),
    ),
  );
  if (error) return { problem: err.trim() || `It took longer than ${MOST_MS / 1000} seconds, or ended unexpectedly.` };
  return await made(JSON.parse(out) as Readonly<Record<string, unknown>>);
}

function notesIn({ renamed, notes }: Readonly<Record<string, unknown>>): string[] {
  const names = Array.isArray(renamed)
    ? renamed.map(({ from, to }: { from: string; to: string }) => `The layer ${from} is called ${to} there.`)
    : [];
  return [...names, ...(Array.isArray(notes) ? notes.map(String) : [])];
}

/** Returns the file, or all files if it is a folder. */
async function filesAt(path: string): Promise<ExchangedFile[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return [{ path: "", bytes: await readFile(path) }];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(files.map(async (file) => ({ path: relative(path, file).split(sep).join("/"), bytes: await readFile(file) })));
}
