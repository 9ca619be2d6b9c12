/**
 * The weights that another program saves beside its `history.jsonl`, converted to our checkpoint format so that a training can continue
 * from them.
 */
import { join } from "node:path";
import { metadataFrom, parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { slotStarts } from "../../engine/training/optimizers.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { codeOf } from "./fileProblems.ts";
import { trainedWithFrom, trainedWithOf } from "./trainedFile.ts";

/**
 * Returns the checkpoint in the folder, or the weights as a checkpoint with the optimizer's initial state; undefined if there are neither, or
 * if they are damaged. `restored` is the epoch whose weights the program restored at the end, or null if it restored none. The restored
 * weights are in `weights.safetensors`.
 */
export async function foreignCheckpoint(folder: string, restored: number | null): Promise<Uint8Array | undefined> {
  try {
    const checkpoint = await bytesOf(folder, "checkpoint.safetensors").catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    });
    if (!checkpoint) return initialCheckpoint(await bytesOf(folder, "weights.safetensors"));
    if (restored === null) return trainedWithFrom(checkpoint) && checkpoint;
    return withWeights(checkpoint, await bytesOf(folder, "weights.safetensors"), restored);
  } catch {
    return undefined;
  }
}

const bytesOf = async (folder: string, name: string): Promise<Uint8Array> => new Uint8Array(await readRegular(join(folder, name)));

/** Returns the checkpoint with another epoch's weights. */
function withWeights(checkpoint: Uint8Array, weights: Uint8Array, epoch: number): Uint8Array {
  const { tensors, metadata } = parseSafetensors(checkpoint);
  const { checksum: _checksum, state = "{}", ...others } = metadata;
  const restored = [...tensors, ...parseSafetensors(weights).tensors];
  return safetensorsFrom([...new Map(restored).values()], {
    ...others,
    epoch: String(epoch),
    state: JSON.stringify({ ...(JSON.parse(state) as object), epoch }),
  });
}

/** Returns the weights with the optimizer's state before its first step; undefined if the file does not contain the plan. */
function initialCheckpoint(bytes: Uint8Array): Uint8Array | undefined {
  const { tensors, metadata } = parseSafetensors(bytes);
  const weights = [...tensors.values()];
  const plan = trainedWithOf(metadata)?.plan;
  if (!plan) return undefined;
  const length = weights.reduce((sum, { values }) => sum + values.length, 0);
  const numbers = weights.every(({ values }) => values instanceof Float32Array) ? Float32Array : Float64Array;
  const slots = slotStarts(plan.training.optimizer).map((start, k) => ({
    name: `optimizer/${k}`,
    shape: [length],
    values: new numbers(length).fill(start),
  }));
  const { checksum: _checksum, epoch = "0", ...others } = metadata;
  const state = { epoch: Number(epoch), step: 0, seconds: 0, momentumProduct: 1, plateau: null, stopping: null };
  return safetensorsFrom([...weights, ...slots], { ...others, epoch, state: JSON.stringify(state) });
}

/** Whether a training that continues from the checkpoint starts with the optimizer's initial state, although the network is trained. */
export function lacksOptimizerState(checkpoint: Uint8Array): boolean {
  try {
    const { epoch, step } = JSON.parse(metadataFrom(checkpoint)["state"] ?? "{}") as { readonly epoch?: unknown; readonly step?: unknown };
    return step === 0 && epoch !== 0;
  } catch {
    return false;
  }
}
