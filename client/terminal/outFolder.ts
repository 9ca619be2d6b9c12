/** The folder of `--out`: the plan, every event, the weights at the end, and a checkpoint to resume from. */
import { createWriteStream } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TrainingEvent } from "../../engine/events.ts";
import { parametersOf, safetensorsFrom } from "../../engine/files/safetensors.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Checkpoint, checkpointBytes } from "../../engine/training/checkpoint.ts";
import type { TrainedRun } from "../../engine/training/trainer.ts";
import { NotRegularError, readRegular, requireRegularTarget } from "../../server/regularFiles.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { FileError, UsageError, workingFolder } from "./openFile.ts";
import { planChanges } from "./planChanges.ts";

const FILES = {
  plan: "plan.json",
  history: "history.jsonl",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

export interface OutFolder {
  readonly folder: string;
  readonly record: (event: TrainingEvent) => void;
  /** Writes a checkpoint, replacing the one before. */
  readonly saveCheckpoint: (checkpoint: Checkpoint, network: Network, metadata: Readonly<Record<string, string>>) => Promise<void>;
  /** Closes the history and writes the weights. */
  readonly saveWeights: (trained: Pick<TrainedRun, "network" | "metadata">) => Promise<void>;
}

/** Creates the folder and writes the plan. `resumed`: new events are appended to history.jsonl. Throws `UsageError` if it can't be written to. */
export async function openOutFolder(name: string, plan: TrainingPlan, resumed: boolean): Promise<OutFolder> {
  const folder = resolve(workingFolder(), name);
  try {
    await mkdir(folder, { recursive: true });
    for (const file of Object.values(FILES)) for (const ending of ["", ".part"]) await requireRegularTarget(join(folder, file + ending));
    await writeAtomically(join(folder, FILES.plan), `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`${name} can't be written to: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const history = createWriteStream(join(folder, FILES.history), { flags: resumed ? "a" : "w" });
  return {
    folder: name,
    record(event) {
      if (event.kind !== "progress" && event.kind !== "loading") history.write(`${JSON.stringify(event)}\n`);
    },
    saveCheckpoint: async (checkpoint, network, metadata) =>
      await writeAtomically(join(folder, FILES.checkpoint), checkpointBytes(checkpoint, network, metadata)),
    async saveWeights({ network, metadata }) {
      await new Promise<void>((done, fail) => history.end((error?: Error | null) => (error ? fail(error) : done())));
      await writeAtomically(join(folder, FILES.weights), safetensorsFrom(parametersOf(network), metadata));
    },
  };
}

/** Writes the file completely or not at all: if the process ends before, the old file remains. */
async function writeAtomically(target: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${target}.part`, content, { flush: true });
  await rename(`${target}.part`, target);
}

/** Returns the checkpoint's bytes. Throws if the folder's plan differs from this one in more than its epochs. */
export async function readCheckpoint(name: string, plan: TrainingPlan): Promise<Uint8Array> {
  const folder = resolve(workingFolder(), name);
  const read = async (file: string): Promise<Buffer> =>
    await readRegular(join(folder, file)).catch((error: unknown) => {
      if (error instanceof NotRegularError) throw new UsageError(error.message);
      throw new UsageError(`${name} has no ${file}, so there is nothing to resume; train with --out ${name} first.`);
    });
  const checkpoint = await read(FILES.checkpoint);
  const before = planFrom((await read(FILES.plan)).toString("utf8"), `${name}/${FILES.plan}`);
  const changed = changedParts(before, plan);
  const details = planChanges(before, plan).join("; ");
  if (changed.length > 0)
    throw new FileError(
      `The ${changed.join(" and the ")} of this file changed since ${name} was trained (only \`epochs\` may)${details && `: ${details}`}, so the training can't be resumed; train it again.`,
    );
  return new Uint8Array(checkpoint);
}

function planFrom(json: string, file: string): TrainingPlan {
  try {
    return requireValue(trainingPlan, JSON.parse(json));
  } catch (error) {
    throw new FileError(
      `${file} is damaged (${error instanceof Error ? error.message : String(error)}), so nothing can be resumed; train again.`,
    );
  }
}

/** Returns the names of the parts that differ, ignoring the number of epochs. */
function changedParts(before: TrainingPlan, now: TrainingPlan): string[] {
  const parts = (plan: TrainingPlan): Record<string, string> => {
    // The schema reads both plans, so their keys have the same order.
    const { network, data, training } = requireValue(trainingPlan, plan);
    const { epochs: _epochs, ...settings } = training;
    return { network: JSON.stringify(network), data: JSON.stringify(data), training: JSON.stringify(settings) };
  };
  const wanted = parts(now);
  return Object.entries(parts(before)).flatMap(([name, part]) => (part === wanted[name] ? [] : [name]));
}
