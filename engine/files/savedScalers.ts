/** The feature scales of saved weights, from their file's metadata (trainedWith.ts). */
import * as v from "valibot";
import type { Scaler } from "../data/scaling.ts";
import { metadataFrom } from "./safetensors.ts";

const number = v.pipe(v.number(), v.finite());
const fitSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    features: v.array(
      v.object({
        name: v.nullable(v.string()),
        words: v.nullable(v.array(v.string())),
        scaler: v.object({ offset: number, factor: number }),
      }),
    ),
  }),
);

/**
 * Returns the scale of each numeric column by its name. Needs only the bytes up to the end of the header. The result is empty if the metadata lacks
 * scales, as in other programs' files.
 */
export function savedScalers(beginning: Uint8Array): ReadonlyMap<string, Scaler> {
  const { success, output } = v.safeParse(fitSchema, metadataFrom(beginning)["fit"]);
  if (!success) return new Map();
  return new Map(
    output.features.flatMap(({ name, words, scaler }): [string, Scaler][] => (name === null || words ? [] : [[name, scaler]])),
  );
}
