/**
 * The folder of `--out`: the plan, every event, the weights at the end, and a checkpoint to resume from. The files of an earlier training
 * stay unchanged until the new one has its data and starts.
 */
import { rmdirSync, rmSync, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DataProblem } from "../../engine/data/problem.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { parametersOf, safetensorsFrom } from "../../engine/files/safetensors.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Checkpoint, checkpointBytes } from "../../engine/training/checkpoint.ts";
import type { TrainedRun } from "../../engine/training/trainer.ts";
import { unreadableMessage } from "../../server/locate.ts";
import { NotRegularError, readRegular, requireRegular } from "../../server/regularFiles.ts";
import { eventLine, type LineOf } from "../messages/eventLines.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { codeOf, unwritable } from "../runs/fileProblems.ts";
import { trainedWithFrom } from "../runs/trainedFile.ts";
import { createFolder } from "./createFolder.ts";
import { FolderInUse, lockFolder } from "./folderLock.ts";
import { HistoryFile } from "./historyFile.ts";
import { FileError, UsageError, workingFolder } from "./openFile.ts";
import { resumeChanges } from "./planChanges.ts";

const FILES = {
  plan: "plan.json",
  history: "history.jsonl",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

type Metadata = Readonly<Record<string, string>>;

export interface OutFolder {
  /** As written on the command line. */
  readonly folder: string;
  readonly record: (event: TrainingEvent) => void;
  /** Writes a checkpoint, replacing the previous one. Throws if the first one can't be written; later failures are only reported. */
  readonly saveCheckpoint: (checkpoint: Checkpoint, network: Network, metadata: Metadata) => Promise<void>;
  /** Writes the weights into the folder or, if that fails, elsewhere. Returns what was saved. */
  readonly saveWeights: (trained: Pick<TrainedRun, "network" | "metadata">) => Promise<Saved>;
  /** Closes the history and releases the folder. Removes an empty folder that was created for the training. */
  readonly close: () => Promise<void>;
}

export interface Saved {
  /** The names of the complete files in the folder that belong to this training. */
  readonly files: readonly string[];
  /** The path of the weights if they could not be written into the folder. */
  readonly elsewhere: string | undefined;
  /** Whether everything could be written. */
  readonly isWhole: boolean;
}

export interface OutOptions {
  readonly plan: TrainingPlan;
  readonly lineOf: LineOf;
  /** Whether the training that stopped in this folder is resumed. Its history is then continued. */
  readonly resumes: boolean;
  /** Reports a failed write at once. */
  readonly warn: (message: string) => void;
}

/** Creates the folder if necessary, and locks it. Throws `UsageError` if it can't be written to or another training uses it. */
export function openOutFolder(name: string, options: OutOptions): OutFolder {
  const folder = resolve(workingFolder(), name);
  let created = false;
  let release: () => void;
  try {
    created = createFolder(folder);
    release = lockFolder(folder);
  } catch (error) {
    if (created) removeEmpty(folder);
    throw new UsageError(error instanceof FolderInUse ? `${name} is in use: ${error.message}.` : `${unwritable(name, error)}.`);
  }
  try {
    for (const file of Object.values(FILES))
      for (const written of [file, partOf(file)]) requireWritable(join(folder, written), `${name}/${written}`);
  } catch (error) {
    release();
    throw new UsageError(error instanceof NotRegularError ? error.message : `${error instanceof Error ? error.message : String(error)}.`);
  }
  for (const file of Object.values(FILES)) rmSync(partOf(join(folder, file)), { force: true });
  const training = new TrainingFiles(name, folder, options);
  return {
    folder: name,
    record: (event) => training.record(event),
    saveCheckpoint: async (...given) => await training.saveCheckpoint(...given),
    saveWeights: async (trained) => await training.saveWeights(trained),
    async close() {
      await training.close();
      release();
      if (created) removeEmpty(folder);
    },
  };
}

/** Throws an Error if there is a folder, a pipe or a device where a file will be written. */
function requireWritable(path: string, name: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  requireRegular(name, stats);
  if (stats.isDirectory()) throw new Error(unwritable(name, Object.assign(new Error(), { code: "EISDIR" })));
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It contains files.
  }
}

class TrainingFiles {
  readonly #name: string;
  readonly #folder: string;
  readonly #options: OutOptions;
  readonly #history: HistoryFile;
  readonly #saved = new Set<string>();
  readonly #failures = new Map<string, string>();
  readonly #workingFolder = workingFolder();
  #hasBegun = false;

  constructor(name: string, folder: string, options: OutOptions) {
    this.#name = name;
    this.#folder = folder;
    this.#options = options;
    this.#history = new HistoryFile(join(folder, FILES.history));
  }

  record(event: TrainingEvent): void {
    const { resumes, lineOf } = this.#options;
    if (event.kind === "started") {
      this.#hasBegun = true;
      if (resumes) {
        this.#history.resume(eventLine(event, lineOf));
        return;
      }
      this.#history.begin();
    }
    if (this.#hasBegun && event.kind !== "progress" && event.kind !== "loading") this.#history.append(eventLine(event, lineOf));
  }

  async saveCheckpoint(checkpoint: Checkpoint, network: Network, metadata: Metadata): Promise<void> {
    const isFirst = this.#saved.size === 0 && this.#failures.size === 0;
    // The history is written first, so that it has every epoch up to the checkpoint.
    await this.#flushHistory();
    const isSaved = await this.#save(FILES.checkpoint, checkpointBytes(checkpoint, network, metadata));
    if (!isFirst) return;
    // An earlier training's weights must not remain beside the new plan.
    if (isSaved && !this.#options.resumes) rmSync(join(this.#folder, FILES.weights), { force: true });
    if (!isSaved || !(await this.#savePlan())) throw new DataProblem([...this.#failures.values()].join(" "), { at: "train" });
  }

  async saveWeights({ network, metadata }: Pick<TrainedRun, "network" | "metadata">): Promise<Saved> {
    await this.#history.close();
    await this.#flushHistory();
    if (!statSync(join(this.#folder, FILES.history), { throwIfNoEntry: false })) this.#saved.delete(FILES.history);
    const bytes = safetensorsFrom(parametersOf(network), metadata);
    if (!this.#saved.has(FILES.plan)) await this.#savePlan();
    const isSaved = await this.#save(FILES.weights, bytes);
    const elsewhere = isSaved ? undefined : await saveElsewhere(bytes, [this.#workingFolder, tmpdir()]);
    const files = Object.values(FILES).filter((file) => this.#saved.has(file));
    return { files, elsewhere, isWhole: files.length === Object.keys(FILES).length };
  }

  async close(): Promise<void> {
    await this.#history.close();
  }

  async #savePlan(): Promise<boolean> {
    return await this.#save(FILES.plan, `${JSON.stringify(this.#options.plan, null, 2)}\n`);
  }

  async #flushHistory(): Promise<void> {
    await this.#history.flush();
    if (!this.#hasBegun) return;
    const { failure } = this.#history;
    if (failure === undefined) this.#saved.add(FILES.history);
    else this.#fail(FILES.history, failure);
  }

  async #save(file: string, content: string | Uint8Array): Promise<boolean> {
    try {
      await writeAtomically(join(this.#folder, file), content);
    } catch (error) {
      this.#fail(file, error);
      return false;
    }
    this.#saved.add(file);
    this.#failures.delete(file);
    return true;
  }

  /** Records a failure and reports the first one. */
  #fail(file: string, error: unknown): void {
    this.#saved.delete(file);
    const message = `${unwritable(`${this.#name}/${file}`, error)}.`;
    if (this.#failures.get(file) === message) return;
    this.#failures.set(file, message);
    this.#options.warn(message);
  }
}

const partOf = (path: string): string => `${path}.part`;

/**
 * Writes the file completely or not at all: if the process ends earlier, the old file remains. Recreates a folder that was deleted during
 * the training.
 */
async function writeAtomically(target: string, content: string | Uint8Array): Promise<void> {
  const part = partOf(target);
  try {
    await writeFile(part, content, { flush: true }).catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      createFolder(dirname(target));
      await writeFile(part, content, { flush: true });
    });
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Writes the weights into the first folder that accepts them. Returns the path; undefined if none does. */
async function saveElsewhere(bytes: Uint8Array, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, `nn-weights-${process.pid}.safetensors`);
    try {
      await writeAtomically(path, bytes);
      return path;
    } catch {
      // Try the next folder.
    }
  }
  return undefined;
}

/** Returns the checkpoint's bytes. Throws if the folder's plan differs from this one in more than its epochs. */
export async function readCheckpoint(name: string, plan: TrainingPlan): Promise<Uint8Array> {
  const folder = resolve(workingFolder(), name);
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readRegular(join(folder, file));
    } catch (error) {
      const isMissing = codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
      throw new UsageError(
        isMissing
          ? `${name} has no ${file}, so there is nothing to resume; train with --out ${name} first.`
          : unreadableMessage(`${name}/${file}`, error),
      );
    }
  };
  const checkpoint = await read(FILES.checkpoint);
  const before = planFrom((await read(FILES.plan)).toString("utf8"), `${name}/${FILES.plan}`);
  const changed = changedParts(before, plan);
  const details = resumeChanges(before, plan).join("; ");
  if (changed.length > 0)
    throw new FileError(
      `The ${changed.join(" and the ")} of this file changed since ${name} was trained (only \`epochs\` may)${details && `: ${details}`}, so the training can't be resumed; train it again.`,
    );
  // A folder used by two trainings may have the plan of one and the checkpoint of the other.
  const bytes = new Uint8Array(checkpoint);
  const own = planOfCheckpoint(bytes);
  const other = own ? changedParts(own, plan) : [];
  if (own && other.length > 0) {
    const details = resumeChanges(own, plan).join("; ") || `its ${other.join(" and its ")} changed`;
    throw new FileError(
      `The checkpoint in ${name} belongs to another training (${details}), so the training can't be resumed; train it again.`,
    );
  }
  return bytes;
}

/** Returns the plan in the checkpoint; undefined if an older version wrote it. A damaged checkpoint is rejected when it is loaded. */
function planOfCheckpoint(bytes: Uint8Array): TrainingPlan | undefined {
  try {
    return trainedWithFrom(bytes)?.plan;
  } catch {
    return undefined;
  }
}

function planFrom(json: string, file: string): TrainingPlan {
  try {
    return requireValue(trainingPlan, JSON.parse(json));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : error instanceof Error ? error.message : String(error);
    throw new FileError(`${file} is damaged (${reason}), so nothing can be resumed; train again.`);
  }
}

/** Returns the names of the parts that differ, ignoring the number of epochs. */
function changedParts(before: TrainingPlan, now: TrainingPlan): string[] {
  const parts = (plan: TrainingPlan): Record<string, string> => {
    // The schema reads both plans, so their keys are in the same order.
    const { network, data, training } = requireValue(trainingPlan, plan);
    const { epochs: _epochs, ...settings } = training;
    return { network: JSON.stringify(network), data: JSON.stringify(data), training: JSON.stringify(settings) };
  };
  const wanted = parts(now);
  return Object.entries(parts(before)).flatMap(([name, part]) => (part === wanted[name] ? [] : [name]));
}
