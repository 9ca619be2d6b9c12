/** Reads the training facts from the metadata of a weights file or checkpoint (engine/files/trainedWith.ts). */
import type * as v from "valibot";
import { fitsPlan } from "../../engine/data/fit.ts";
import { metadataFrom, parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { TRAINED_VERSION, type TrainedWith } from "../../engine/files/trainedWith.ts";
import { dataFit } from "../messages/fitSchemas.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { requireValue } from "../messages/valueSchemas.ts";

/**
 * Returns the plan, fit and text in the file; undefined if it has none, as files of older versions or other programs. Throws an Error if
 * they are damaged.
 */
export const trainedWithFrom = (bytes: Uint8Array): TrainedWith | undefined => trainedWithOf(metadataFrom(bytes));

/** Like `trainedWithFrom`, but takes a file's metadata. */
export function trainedWithOf(metadata: Readonly<Record<string, string>>): TrainedWith | undefined {
  if (!("plan" in metadata) && !("fit" in metadata)) return undefined;
  const { version = "none" } = metadata;
  if (version !== TRAINED_VERSION)
    throw new Error(`it has the version ${version}, and this program reads version ${TRAINED_VERSION}; use the program that wrote it`);
  const plan = partOf(metadata, "plan", trainingPlan);
  const fit = partOf(metadata, "fit", dataFit);
  if (!fitsPlan(plan, fit)) throw new Error("its fit of the data does not match its plan, so it is damaged; train again");
  return { plan, fit, text: metadata["nn"] ?? null };
}

function partOf<const S extends v.GenericSchema>(metadata: Readonly<Record<string, string>>, key: string, schema: S): v.InferOutput<S> {
  const json = metadata[key];
  if (json === undefined) throw new Error(`its ${key} is missing, so it is damaged; train again`);
  try {
    return requireValue(schema, JSON.parse(json));
  } catch (error) {
    throw new Error(`its ${key} is damaged or of another version (${error instanceof Error ? error.message : String(error)}); train again`);
  }
}

/** Returns a checkpoint's weights as a weights file, without the optimizer's state: for `nn predict`, Keras or PyTorch. */
export function weightsFrom(checkpoint: Uint8Array): Uint8Array {
  const { tensors, metadata } = parseSafetensors(checkpoint);
  const { state: _state, ...trainedWith } = metadata;
  return safetensorsFrom(
    [...tensors.values()].filter(({ name }) => name !== "best" && !name.startsWith("optimizer/")),
    trainedWith,
  );
}
