/** Completion inside a `data` block: directives, sources, columns, classes, rows. */
import type { CompletionItem } from "vscode-languageserver";
import { classItems, columnItems, weightItems } from "./columns.ts";
import { type Context, writtenDirectives } from "./context.ts";
import { entries, KIND, numberItems, plain } from "./items.ts";
import { quotedPathItems } from "./paths.ts";
import { callItems, directiveItems, formItems, formOf, isNumber, letItems } from "./values.ts";

/** The snippets of sources that need a file name. Generators need no arguments. */
const FILE_SOURCES: ReadonlyMap<string, string> = new Map([
  ["csv", 'csv("$1")'],
  ["idx", 'idx("$1", "$2")'],
]);

export function dataItems(context: Context): CompletionItem[] {
  const { place, analysis } = context;
  const [word] = place.words;
  if (word === undefined) return directiveItems("data", writtenDirectives("data", context));
  if (place.words.includes("->")) return classItems(context);
  if (place.call) return [...quotedPathItems(context), ...callItems(context, [])];
  const takes = formOf("data", word);
  if (takes?.form === "entry")
    return place.items.length === 0 ? entries(takes.of, KIND.Function, { insert: (name) => FILE_SOURCES.get(name) }) : [];
  if (takes?.form === "split" && place.argument === "by") return columnItems(context);
  if (takes?.form === "words") return classItems(context);
  if (takes?.form === "classWeights")
    return place.argument === undefined
      ? [...formItems(takes, word, context), ...weightItems(context)]
      : [...letItems(context, isNumber), ...numberItems([1, 2, 5], "weight")];
  if (takes?.form !== "columns") return formItems(takes, word, context);
  const outputs = word === "target" && place.argument === undefined ? (analysis.models[0]?.outputs ?? []) : [];
  const free = outputs.filter(({ id }) => !place.items.some(({ name }) => name === id));
  return [
    ...columnItems(context),
    ...(word === "target" && place.items.length === 0 ? [plain("features", KIND.Keyword, "an autoencoder's target")] : []),
    ...(outputs.length > 1 && !place.words.includes("..") ? free : []).map(({ id }) => plain(`${id}=`, KIND.Property, "output")),
  ];
}
