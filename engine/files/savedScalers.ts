/** The scales of the features that weights were trained with, as their file's metadata says (trainedWith.ts). */
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
 * Returns the scale of each column of numbers, by its name, from the file's beginning up to the end of its header. The table is empty if the file does not
 * say, as the files of other programs.
 */
export function savedScalers(beginning: Uint8Array): ReadonlyMap<string, Scaler> {
  const { success, output } = v.safeParse(fitSchema, metadataFrom(beginning)["fit"]);
  if (!success) return new Map();
  return new Map(
    output.features.flatMap(({ name, words, scaler }): [string, Scaler][] => (name === null || words ? [] : [[name, scaler]])),
  );
}
