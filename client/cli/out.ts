/** The folder that `--out` names: the plan, every event, and the weights when all is done. */
import { createWriteStream } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TrainingEvent } from "../../engine/events.ts";
import type { Network } from "../../engine/network/network.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { safetensorsFrom } from "../../engine/training/safetensors.ts";
import { UsageError, workingFolder } from "./open.ts";

export interface OutFolder {
  readonly folder: string;
  readonly record: (event: TrainingEvent) => void;
  readonly save: (network: Network) => Promise<void>;
}

export async function openOut(name: string, plan: TrainingPlan): Promise<OutFolder> {
  const folder = resolve(workingFolder(), name);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`${name} can't be written to: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const history = createWriteStream(join(folder, "history.jsonl"));
  return {
    folder: name,
    record(event) {
      if (event.kind !== "progress") history.write(`${JSON.stringify(event)}\n`);
    },
    async save(network) {
      await new Promise<void>((done, fail) => history.end((error?: Error | null) => (error ? fail(error) : done())));
      // Written whole or not at all.
      const target = join(folder, "weights.safetensors");
      await writeFile(`${target}.part`, safetensorsFrom(network));
      await rename(`${target}.part`, target);
    },
  };
}
