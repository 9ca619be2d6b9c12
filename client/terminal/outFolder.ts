/** The folder that `--out` names: the plan, every event, the weights when all is done, and a checkpoint to go on from. */
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TrainingEvent } from "../../engine/events.ts";
import { parametersOf, safetensorsFrom } from "../../engine/files/safetensors.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Checkpoint, checkpointBytes } from "../../engine/training/checkpoint.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { requireValue } from "../messages/valueSchemas.ts";
import { FileError, UsageError, workingFolder } from "./openFile.ts";

const FILES = {
  plan: "plan.json",
  history: "history.jsonl",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

export interface OutFolder {
  readonly folder: string;
  readonly record: (event: TrainingEvent) => void;
  readonly keep: (checkpoint: Checkpoint, network: Network) => Promise<void>;
  readonly save: (network: Network) => Promise<void>;
}

/** `resumed`: what was there is gone on with; history.jsonl only ever grows. */
export async function openOut(name: string, plan: TrainingPlan, resumed: boolean): Promise<OutFolder> {
  const folder = resolve(workingFolder(), name);
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, FILES.plan), `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`${name} can't be written to: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const history = createWriteStream(join(folder, FILES.history), { flags: resumed ? "a" : "w" });
  return {
    folder: name,
    record(event) {
      if (event.kind !== "progress" && event.kind !== "loading") history.write(`${JSON.stringify(event)}\n`);
    },
    keep: async (checkpoint, network) => await writeWhole(join(folder, FILES.checkpoint), checkpointBytes(checkpoint, network)),
    async save(network) {
      await new Promise<void>((done, fail) => history.end((error?: Error | null) => (error ? fail(error) : done())));
      await writeWhole(join(folder, FILES.weights), safetensorsFrom(parametersOf(network)));
    },
  };
}

/** Written whole or not at all: a process that ends in between leaves what was there before. */
async function writeWhole(target: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${target}.part`, content, { flush: true });
  await rename(`${target}.part`, target);
}

/** The checkpoint's bytes, for a plan that is the same but for its epochs. */
export async function readCheckpoint(name: string, plan: TrainingPlan): Promise<Uint8Array> {
  const folder = resolve(workingFolder(), name);
  const read = async (file: string): Promise<Buffer> =>
    await readFile(join(folder, file)).catch(() => {
      throw new UsageError(`${name} has no ${file}, so there is nothing to resume; train with --out ${name} first.`);
    });
  const checkpoint = await read(FILES.checkpoint);
  const changed = changedParts(planFrom((await read(FILES.plan)).toString("utf8"), `${name}/${FILES.plan}`), plan);
  if (changed.length > 0)
    throw new FileError(
      `The ${changed.join(" and the ")} of this file changed since ${name} was trained (only \`epochs\` may), so it can't go on where it stopped; train it anew.`,
    );
  return new Uint8Array(checkpoint);
}

function planFrom(json: string, file: string): TrainingPlan {
  try {
    return requireValue(trainingPlan, JSON.parse(json));
  } catch (error) {
    throw new FileError(
      `${file} is damaged (${error instanceof Error ? error.message : String(error)}), so nothing can be resumed; train anew.`,
    );
  }
}

/** The parts of a plan that differ, the number of epochs apart. */
function changedParts(before: TrainingPlan, now: TrainingPlan): string[] {
  const parts = (plan: TrainingPlan): Record<string, string> => {
    // Both as the schema reads them, which also fixes the order of their keys.
    const { network, data, training } = requireValue(trainingPlan, plan);
    const { epochs: _epochs, ...settings } = training;
    return { network: JSON.stringify(network), data: JSON.stringify(data), training: JSON.stringify(settings) };
  };
  const wanted = parts(now);
  return Object.entries(parts(before)).flatMap(([name, part]) => (part === wanted[name] ? [] : [name]));
}
