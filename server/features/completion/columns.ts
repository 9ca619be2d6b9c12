/** The columns and classes of the data, as names and inside quotes. */
import type { CompletionItem } from "vscode-languageserver";
import { isInputWord } from "../../../engine/catalog/layers.ts";
import { type ColumnFacts, categoriesOf } from "../../language/resolve/columnFacts.ts";
import type { ResolvedData } from "../../language/resolve/data.ts";
import type { ResolvedModel } from "../../language/resolve/resolvedModel.ts";
import { escapedText, writtenName } from "../../language/syntax/writtenName.ts";
import { blockAround, type Context, pairAround } from "./context.ts";
import { columnDetail, columnItem, KIND, plain } from "./items.ts";
import { formOf } from "./values.ts";

export function dataAround(context: Context): ResolvedData | undefined {
  const { analysis, place } = context;
  const own = blockAround("data", context);
  return analysis.data.find(({ node }) => node === own) ?? analysis.data.find(({ name }) => name === place.blockName) ?? analysis.data[0];
}

export function modelAround(context: Context): ResolvedModel | undefined {
  const { analysis } = context;
  const own = blockAround("model", context);
  return analysis.models.find(({ node }) => node === own);
}

/** Returns the data used with a model, or the file's first data. */
export const dataOfModel = (model: ResolvedModel | undefined, { analysis: { trains, data } }: Context): ResolvedData | undefined =>
  trains.find((train) => train.model?.node === model?.node)?.data ?? data[0];

/** Returns the columns that the line at the cursor may name and does not name yet. */
export function columnsHere(context: Context): readonly ColumnFacts[] {
  const { place } = context;
  const [word = ""] = place.words;
  if (place.block === "model") {
    const data = isInputWord(word) ? dataOfModel(modelAround(context), context) : undefined;
    return (data?.columns ?? []).filter(({ name }) => data?.target.includes(name) !== true && !isNamed(name, context));
  }
  const data = place.block === "data" ? dataAround(context) : undefined;
  const form = formOf("data", word)?.form;
  if (form === "split" && place.argument === "by") return data?.columns ?? [];
  if (form !== "columns") return [];
  const columns = data?.columns ?? [];
  const fitting =
    word === "one_hot"
      ? [...columns.filter(({ kind }) => kind === "text"), ...columns.filter((one) => one.kind !== "text" && categoriesOf(one).length > 0)]
      : columns.filter(({ name }) => word === "target" || data?.target.includes(name) !== true);
  const usable = word === "sample_weight" ? fitting.filter(({ kind }) => kind === "number") : fitting;
  return usable.filter(({ name }) => !isNamed(name, context));
}

/** Whether the line already names the column, by itself or as an end of a range. */
const isNamed = (name: string, { place: { items } }: Context): boolean =>
  items.some(({ name: key, value }) => key === undefined && value?.split("..").some((one) => one === writtenName(name)) === true);

export const columnItems = (context: Context): CompletionItem[] => columnsHere(context).map(columnItem);

/** Returns the class words of the target that the cell or the line at the cursor may name. */
export function classesHere(context: Context): readonly string[] {
  const { place } = context;
  const arrow = place.words.indexOf("->");
  const isRow = arrow >= 0;
  const isClassLine = place.block === "data" && formOf("data", place.words[0] ?? "")?.form === "words";
  if (!isRow && !isClassLine) return [];
  const data = place.block === "expect" ? pairAround(context).data : dataAround(context);
  const cells = isRow ? place.words.slice(arrow + 1).filter((word) => word !== ",").length : 0;
  const column = data?.column(data.target[cells] ?? "");
  if (!column) return [];
  const all = isRow ? (data?.classes ?? categoriesOf(column)) : column.words;
  return all.filter((name) => isRow || !isNamed(name, context));
}

export const classItems = (context: Context): CompletionItem[] =>
  classesHere(context).map((name) => plain(/^-?[\d.]+$/.test(name) ? name : writtenName(name), KIND.EnumMember, "class"));

/** Returns `class=` for each value of the target columns that has no weight yet. */
export function weightItems(context: Context): CompletionItem[] {
  const data = dataAround(context);
  const columns = (data?.target ?? []).flatMap((name) => data?.column(name) ?? []);
  const classes = data?.classes ?? columns.flatMap(({ counts }) => [...counts.keys()]);
  const isNumbers = columns.some(({ kind }) => kind === "number");
  const written = new Set(context.place.items.flatMap(({ name }) => name ?? []));
  return [...new Set(classes)]
    .map((name) => (isNumbers ? name : writtenName(name)))
    .filter((name) => !written.has(name))
    .map((name) => plain(`${name}=`, KIND.Property, "class"));
}

/** Returns the items for a column or a class inside quotes. */
export const quotedItems = (context: Context): CompletionItem[] => [
  ...columnsHere(context).map((column) => ({ label: escapedText(column.name), kind: KIND.Field, detail: columnDetail(column) })),
  ...classesHere(context).map((name) => ({ label: escapedText(name), kind: KIND.EnumMember, detail: "class" })),
];
