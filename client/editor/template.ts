/** The samples that serve as templates for new files. The build writes the list. */
import type * as v from "valibot";
import { list, object, requireValue, text } from "../messages/valueSchemas.ts";

const template = object({
  file: text,
  /** The sample's purpose in one sentence. */
  idea: text,
  /** Names of the data files that the sample reads from the same folder. */
  data: list(text),
});
export type Template = v.InferOutput<typeof template>;

/** Returns the templates. Throws an Error if the text is not the list that the build writes. */
export const templatesFrom = (json: string): readonly Template[] => requireValue(list(template), JSON.parse(json));
