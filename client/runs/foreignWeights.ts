/**
 * The weights that another program saves beside its `history.jsonl`, converted to our checkpoint format so that a training can continue
 * from them.
 */
import { join } from "node:path";
import { parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { readRegular } from "../../server/regularFiles.ts";
import { trainedWithFrom } from "./trainedFile.ts";

/**
 * Returns the checkpoint in the folder; undefined if there is none, or if it is damaged. `restored` is the epoch whose weights the program
 * restored at the end, or null if it restored none. The restored weights are in `weights.safetensors`.
 */
export async function foreignCheckpoint(folder: string, restored: number | null): Promise<Uint8Array | undefined> {
  try {
    const checkpoint = await bytesOf(folder, "checkpoint.safetensors");
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
