/** The samples that a new file can begin as, as the build lists them. */
import type * as v from "valibot";
import { list, object, requireValue, text } from "../messages/valueSchemas.ts";

const template = object({
  file: text,
  /** What it shows, in one sentence. */
  idea: text,
  /** Files that it reads, which lie beside it. */
  data: list(text),
});
export type Template = v.InferOutput<typeof template>;

/** Throws an Error where the text is not the list that the build writes. */
export const templatesFrom = (json: string): readonly Template[] => requireValue(list(template), JSON.parse(json));
