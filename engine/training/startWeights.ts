/** Starts a training with the weights of an earlier one: `start weights("…")`. */
import { readFile } from "../data/columns.ts";
import { DataProblem } from "../data/problem.ts";
import { parseSafetensors, type Safetensors } from "../files/safetensors.ts";
import type { FileReader } from "../host.ts";
import { normalizes } from "../layerTraits.ts";
import type { Network } from "../network/network.ts";
import type { TrainingPlan } from "../plan.ts";

/** The file with the initial weights. */
export interface StartWeights {
  readonly path: string;
  readonly tensors: Safetensors["tensors"];
}

/** Reads the file named in the plan; undefined if there is none. Throws `DataProblem` if the file is unusable. */
export async function readStart({ training: { start } }: TrainingPlan, files: FileReader): Promise<StartWeights | undefined> {
  if (start === null) return undefined;
  const bytes = await readFile(start, files);
  try {
    return { path: start, tensors: parseSafetensors(bytes).tensors };
  } catch (error) {
    throw new DataProblem(`${start} can't be read as weights: ${error instanceof Error ? error.message : String(error)}.`, { at: "start" });
  }
}

/**
 * Loads the file's parameters into the network. Initial values written in the model are preserved, and parameters missing from the file stay newly
 * initialized. Throws `DataProblem` NN314 for a parameter with another shape.
 */
export function applyStart({ parameters }: Network, { path, tensors }: StartWeights): void {
  for (const { layer, planned, values } of parameters) {
    // The mean and variance of the data are recomputed.
    if (normalizes(layer, "data")) continue;
    const name = `${layer.id}/${planned.name}`;
    const found = planned.start.kind === "values" ? undefined : tensors.get(name);
    if (!found) continue;
    const [theirs, ours] = [found.shape.join("x"), planned.shape.join("x")];
    if (theirs !== ours)
      throw new DataProblem(
        `${name} is ${theirs} in ${path}, but ${ours} in this model; give the layer its old size, or another name so that it begins fresh.`,
        { code: "NN314", at: "start" },
      );
    values.set(found.values);
  }
}
