/** The words that a line may contain according to the catalog, and other libraries' names for them. */
import { aliases } from "../../../engine/catalog/aliases.ts";
import { catalog, directives, entryOf, isName, names } from "../../../engine/catalog/index.ts";
import type { BlockKind } from "./line.ts";

type Part = keyof typeof catalog;

/** The entries of each part by their names without underscores. The class names of losses end in an additional word: `CrossEntropyLoss`. */
const PLAIN = Object.fromEntries(
  names(catalog).map((part) => {
    const plain = names(catalog[part]).map((name: string): [string, string] => [name.replaceAll("_", ""), name]);
    // If two entries have the same name, the first one is meant.
    return [
      part,
      new Map(
        plain
          .flatMap(([short, name]): [string, string][] => [
            [short, name],
            [`${short}loss`, name],
          ])
          .toReversed(),
      ),
    ];
  }),
) as unknown as Readonly<Record<Part, ReadonlyMap<string, string>>>;

/** Returns the catalog entry that a word means: the word itself, in any capitalization, or another library's name for it. */
export function meantEntry(part: Part, word: string): string | undefined {
  const table: Readonly<Record<string, unknown>> = catalog[part];
  if (Object.hasOwn(table, word)) return word;
  const lower = word.toLowerCase();
  const plain = lower.replaceAll("_", "");
  const alias = entryOf(aliases, lower) ?? entryOf(aliases, plain);
  if (alias !== undefined && isName(table, alias)) return alias;
  return PLAIN[part].get(plain);
}

/** Returns the start of a layer's line: a layer or an activation. */
export const meantLayer = (word: string): string | undefined => {
  if (isName(catalog.layers, word) || isName(catalog.activations, word)) return word;
  return meantEntry("layers", word) ?? meantEntry("activations", word);
};

export const isLayerWord = (word: string): boolean => isName(catalog.layers, word) || isName(catalog.activations, word);

/** Whether a word starts a line of a block. */
export const isDirective = (block: BlockKind, word: string): boolean =>
  block === "model" ? isLayerWord(word) || word === "output" || word === "repeat" : isName(directives[block], word);

/** Whether a word is an entry of any part of the catalog. */
export const isEntry = (word: string): boolean => Object.values(catalog).some((part) => isName(part, word));

/** Returns the directive that a word means in a block. */
export function meantDirective(block: Exclude<BlockKind, "model">, word: string): string | undefined {
  if (isName(directives[block], word)) return word;
  const lower = word.toLowerCase();
  const alias = entryOf(aliases, lower) ?? lower;
  return isName(directives[block], alias) ? alias : undefined;
}

/** Returns the part of the catalog with the entries that a directive takes. */
export function partOf(block: BlockKind | undefined, word: string): Part | undefined {
  if (block === undefined || block === "model") return undefined;
  const takes = (entryOf(directives[block], word) as { takes?: { form: string; of?: Part } } | undefined)?.takes;
  return takes?.form === "entry" ? takes.of : undefined;
}

/** Returns the names of an entry's arguments. */
export function argumentsOf(part: Part, entry: string): readonly string[] {
  const found = entryOf(catalog[part] as Readonly<Record<string, { readonly arguments: object }>>, entry);
  return found ? Object.keys(found.arguments) : [];
}
