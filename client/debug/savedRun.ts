/** Reads the saved run to debug, from the files that the editor or `nn train --out` wrote. */
import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import type { TrainedWith } from "../../engine/files/trainedWith.ts";
import type { Precision } from "../../engine/network/compile.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { historyFrom } from "../messages/eventReader.ts";
import { RUN_FILES } from "../runs/runFiles.ts";
import { parseStored } from "../runs/storedRun.ts";
import { trainedWithOf } from "../runs/trainedFile.ts";

export interface SavedRun {
  /** Its name in messages. */
  readonly name: string;
  readonly checkpoint: Uint8Array;
  /** The final weights that `nn train` saves; the checkpoint if there are none. */
  readonly weights: Uint8Array;
  /** The last completed epoch of the checkpoint. */
  readonly epoch: number;
  readonly precision: Precision;
  /** The training's plan, fit and text; undefined in a checkpoint from an older version. */
  readonly trained: TrainedWith | undefined;
  /** The epoch with the lowest validation loss, or without validation the lowest loss; undefined if no epoch is recorded. */
  readonly bestEpoch: number | undefined;
  /** Where a number became infinite or NaN; undefined if none did. The mini-batch counts from 1. */
  readonly diverged: { readonly epoch: number; readonly batch: number } | undefined;
}

type Course = Pick<SavedRun, "bestEpoch" | "diverged">;

/** Files in the folder of `nn train --out`. */
const HISTORY = "history.jsonl";
const WEIGHTS = "weights.safetensors";

/** Reads the run of a folder or of a checkpoint. A relative path starts at `base`. Throws an Error with the reason if the run can't be used. */
export async function readSavedRun(from: string, base: string): Promise<SavedRun> {
  const path = from.startsWith("file:") ? fileURLToPath(from) : resolve(base, from);
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, RUN_FILES.checkpoint) : path;
  const checkpoint = await readRegular(file).catch(() => {
    throw new Error(`${file} can't be read.`);
  });
  try {
    const { tensors, metadata } = parseSafetensors(checkpoint);
    const precision = [...tensors.values()].some(({ values }) => values.BYTES_PER_ELEMENT === 8) ? "float64" : "float32";
    const epoch = Number(metadata["epoch"] ?? 0) || 0;
    const weights = await readRegular(join(dirname(file), WEIGHTS)).catch(() => checkpoint);
    return { name: from, checkpoint, weights, epoch, precision, trained: trainedWithOf(metadata), ...(await courseIn(dirname(file))) };
  } catch (error) {
    throw new Error(`${file} can't be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Returns what the folder's files record about the run's epochs. */
async function courseIn(folder: string): Promise<Course> {
  const textOf = (name: string): Promise<string> =>
    readRegular(join(folder, name)).then(
      (bytes) => bytes.toString(),
      () => "",
    );
  const stored = parseStored(await textOf(RUN_FILES.run));
  if (stored) {
    const { end } = stored.state;
    return { bestEpoch: stored.table?.best?.epoch, diverged: end?.kind === "diverged" ? end : undefined };
  }
  let best: { readonly epoch: number; readonly loss: number } | undefined;
  let diverged: Course["diverged"];
  for (const event of historyFrom(await textOf(HISTORY))) {
    if (event.kind === "diverged") diverged = event;
    if (event.kind !== "epoch") continue;
    const loss = event.valLoss ?? event.loss;
    if (loss < (best?.loss ?? Number.POSITIVE_INFINITY)) best = { epoch: event.epoch, loss };
  }
  return { bestEpoch: best?.epoch, diverged };
}
