/** Every catalog word that can be used as a value. A `let` of that name would shadow it. */
import { catalog, directives } from "../../engine/catalog/index.ts";

export const VALUE_WORDS: ReadonlySet<string> = new Set([
  ...Object.values(catalog).flatMap((part) => Object.keys(part)),
  ...Object.values(catalog).flatMap((part) =>
    Object.values(part).flatMap(({ arguments: known }) =>
      Object.values(known).flatMap((spec) =>
        "options" in (spec as object) ? (spec as { readonly options: readonly string[] }).options : [],
      ),
    ),
  ),
  ...Object.values(directives).flatMap((block) =>
    Object.values(block).flatMap(({ takes }) => ("options" in takes ? takes.options : "words" in takes ? takes.words : [])),
  ),
]);
