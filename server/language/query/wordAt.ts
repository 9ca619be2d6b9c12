/** The meaning of the word under the cursor, according to the tree. */
import { type Directive, type Option, optionsOf } from "../../../engine/catalog/directives.ts";
import { type CatalogPart, catalog, directives, entryOf, isName, names } from "../../../engine/catalog/index.ts";
import { keywords } from "../../../engine/catalog/keywords.ts";
import type { Analysis } from "../analysis.ts";
import type { ColumnFacts } from "../resolve/columnFacts.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { isFeaturesWord } from "../resolve/namedTargets.ts";
import type { ResolvedLayer, ResolvedModel } from "../resolve/resolvedModel.ts";
import type { Declaration } from "../resolve/scope.ts";
import { covers, nodeAt, type Span } from "../syntax/span.ts";
import type {
  ArgumentNode,
  BlockNode,
  CallNode,
  ClaimNode,
  DirectiveNode,
  ModelLineNode,
  NameNode,
  TermNode,
  ValueNode,
} from "../syntax/tree.ts";
import { symbolAt } from "./nameAt.ts";

export type Word = { readonly span: Span } & (
  | { readonly kind: "layer"; readonly layer: ResolvedLayer; readonly model: ResolvedModel; readonly isLabel: boolean }
  /** `call` is the node if the word is written with arguments. */
  | { readonly kind: "entry"; readonly part: CatalogPart; readonly name: string; readonly call?: CallNode }
  | { readonly kind: "argument"; readonly of: string; readonly name: string; readonly part: CatalogPart }
  | { readonly kind: "directive"; readonly block: keyof typeof directives; readonly name: string }
  | { readonly kind: "option"; readonly of: string; readonly option: Option }
  | { readonly kind: "column"; readonly column: ColumnFacts; readonly data: ResolvedData }
  | { readonly kind: "model"; readonly model: ResolvedModel }
  | { readonly kind: "data"; readonly data: ResolvedData }
  | { readonly kind: "let"; readonly declaration: Declaration }
  | { readonly kind: "keyword"; readonly name: keyof typeof keywords }
);

export function wordAt(analysis: Analysis, offset: number): Word | undefined {
  return wordInTree(analysis, offset) ?? declaredWord(analysis, offset) ?? keywordAt(analysis, offset);
}

/** Returns the word only if it is in the tree, without searching the declared names and keywords. */
export function wordInTree(analysis: Analysis, offset: number): Word | undefined {
  const block = nodeAt(analysis.tree.blocks, offset);
  if (!block) return undefined;
  if (block.kind === "model") return inModel(analysis, block, offset);
  if (block.kind === "data" || block.kind === "train" || block.kind === "expect") return inBlock(analysis, block, offset);
  const value = block.value && valueAt(block.value, offset);
  return value && valueWord(analysis, value, offset, undefined);
}

/** A `let` name, or an output's name in a `train`, `expect` or `data` block, possibly as part of a word. */
function declaredWord(analysis: Analysis, offset: number): Word | undefined {
  const symbol = symbolAt(analysis, offset);
  const span = symbol?.places.find((place) => covers(place, offset));
  if (!symbol || !span) return undefined;
  const declaration = symbol.kind === "let" ? analysis.lets.get(symbol.name) : undefined;
  if (declaration) return { kind: "let", declaration, span };
  if (symbol.kind !== "layer") return undefined;
  for (const model of analysis.models) {
    const layer = model.layers.find(({ node }) => node.label?.span.start === symbol.declaration.start);
    if (layer) return { kind: "layer", layer, model, isLabel: true, span };
  }
  return undefined;
}

/** Before `=` and `:`, a keyword is a name, as in `split train=0.8`. */
function keywordAt({ tokens: { tokens } }: Analysis, offset: number): Word | undefined {
  const at = tokens.findIndex(
    ({ startOffset, image }) => startOffset <= offset && offset <= startOffset + image.length && isName(keywords, image),
  );
  const { image = "", startOffset: start = 0 } = tokens[at] ?? {};
  const next = tokens[at + 1]?.image;
  if (!isName(keywords, image) || next === "=" || next === ":") return undefined;
  return { kind: "keyword", name: image, span: { start, end: start + image.length } };
}

/** Returns the part of an expression at an offset. */
function valueAt(node: TermNode, offset: number): ValueNode | undefined {
  if (node.kind !== "computed") return node;
  const part = node.parts.find(({ term }) => term && covers(term.span, offset));
  return part?.term && valueAt(part.term, offset);
}

function inModel(analysis: Analysis, block: Extract<BlockNode, { kind: "model" }>, offset: number): Word | undefined {
  const model = analysis.models.find(({ node }) => node === block);
  if (!model) return undefined;
  if (block.name && covers(block.name.span, offset)) return { kind: "model", model, span: block.name.span };
  const line = lineAt(block.body, offset);
  if (!line) return undefined;
  if (line.kind === "output") return labelWord(line.names, model, offset);
  if (line.kind !== "layer") return undefined;
  const layer = model.layers.find(({ node }) => node === line);
  if (layer && line.label && covers(line.label.span, offset)) return { kind: "layer", layer, model, isLabel: true, span: line.label.span };
  if (layer && covers(line.name.span, offset)) return { kind: "layer", layer, model, isLabel: false, span: line.name.span };
  const label = labelWord(line.from ?? [], model, offset);
  if (label) return label;
  const data = dataOf(analysis, model);
  const isActivation = !isName(catalog.layers, line.name.text);
  const argument = nodeAt(line.arguments, offset);
  return argument && argumentWord(analysis, argument, line.name.text, isActivation ? "activations" : "layers", offset, data);
}

function inBlock(analysis: Analysis, block: Exclude<BlockNode, { kind: "model" | "let" }>, offset: number): Word | undefined {
  if (block.kind === "data" && block.name && covers(block.name.span, offset)) {
    const data = analysis.data.find(({ node }) => node === block);
    return data && { kind: "data", data, span: block.name.span };
  }
  if (block.kind !== "data") {
    const named = namedWord(analysis, block.model, block.data, offset);
    if (named) return named;
  }
  const data = block.kind === "data" ? analysis.data.find(({ node }) => node === block) : undefined;
  const line = nodeAt<(typeof block.body)[number]>(block.body, offset);
  if (line?.kind === "claim") return claimWord(line, offset);
  return line?.kind === "directive" ? directiveWord(analysis, block.kind, line, offset, data) : undefined;
}

/** The metric at the end of `accuracy` or `price_mae`. */
function claimWord({ metric: { text, span } }: ClaimNode, offset: number): Word | undefined {
  const metric = names(catalog.metrics).find((one) => text === one || text.endsWith(`_${one}`));
  const start = metric === undefined ? span.end : span.end - metric.length;
  return metric !== undefined && covers({ start, end: span.end }, offset)
    ? { kind: "entry", part: "metrics", name: metric, span: { start, end: span.end } }
    : undefined;
}

function directiveWord(
  analysis: Analysis,
  block: keyof typeof directives,
  line: DirectiveNode,
  offset: number,
  data: ResolvedData | undefined,
): Word | undefined {
  const name = line.name.text;
  if (covers(line.name.span, offset))
    return isName(directives[block] as object, name) ? { kind: "directive", block, name, span: line.name.span } : undefined;
  const part = entryOf(PART_OF_DIRECTIVE, name);
  const argument = nodeAt(line.arguments, offset);
  const option = argument && optionWord(entryOf(directives[block] as Readonly<Record<string, Directive>>, name), name, argument, offset);
  if (option) return option;
  const value = argument?.value;
  if (
    value &&
    block === "data" &&
    name === "target" &&
    isFeaturesWord(
      value,
      data?.columns?.map((column) => column.name),
    )
  )
    return { kind: "directive", block, name, span: value.span };
  return value && valueWord(analysis, value, offset, data, part);
}

/** An option of a directive: the `by` of `split by=patient`, or the `mean` of `missing mean`. */
function optionWord(directive: Directive | undefined, of: string, { name, value }: ArgumentNode, offset: number): Word | undefined {
  const node = name && covers(name.span, offset) ? name : !name && value?.kind === "name" ? value : undefined;
  const option = node && directive && optionsOf(directive).find(({ word }) => word === node.text);
  return option && node && { kind: "option", of, option, span: node.span };
}

const PART_OF_DIRECTIVE = {
  source: "sources",
  validation: "sources",
  test: "sources",
  loss: "losses",
  optimizer: "optimizers",
  metrics: "metrics",
  stop: "stops",
  start: "starts",
} as const satisfies Readonly<Record<string, CatalogPart>>;
const PART_OF_ARGUMENT = {
  activation: "activations",
  init: "initializers",
  learning_rate: "schedules",
} as const satisfies Readonly<Record<string, CatalogPart>>;

function argumentWord(
  analysis: Analysis,
  argument: ArgumentNode,
  of: string,
  part: CatalogPart,
  offset: number,
  data: ResolvedData | undefined,
): Word | undefined {
  if (!covers(argument.span, offset)) return undefined;
  if (argument.name && covers(argument.name.span, offset))
    return { kind: "argument", of, name: argument.name.text, part, span: argument.name.span };
  return (
    argument.value && valueWord(analysis, argument.value, offset, data, argument.name && entryOf(PART_OF_ARGUMENT, argument.name.text))
  );
}

/** Returns the word in a value. `expected` is the part of the catalog tried first for a name. */
function valueWord(
  analysis: Analysis,
  value: ValueNode,
  offset: number,
  data: ResolvedData | undefined,
  expected?: CatalogPart,
): Word | undefined {
  if (!covers(value.span, offset)) return undefined;
  if (value.kind === "call") {
    const part = partOf(value.name.text, expected);
    const entry = part && ({ kind: "entry", part, name: value.name.text, call: value } as const);
    if (covers(value.name.span, offset)) return entry && { ...entry, span: value.name.span };
    const argument = nodeAt(value.arguments, offset);
    const word = part && argument && argumentWord(analysis, argument, value.name.text, part, offset, data);
    if (word) return word;
    // On a number, the configured entry is more informative than the number.
    const number = argument?.value?.kind === "number" && covers(argument.value.span, offset) ? argument.value : undefined;
    return number && entry && { ...entry, span: number.span };
  }
  if (value.kind === "range")
    return (
      [value.from, value.to].map((end) => end && covers(end.span, offset) && valueWord(analysis, end, offset, data)).find((word) => word) ||
      undefined
    );
  if (value.kind === "not") return value.name && valueWord(analysis, value.name, offset, data);
  if (value.kind === "list") {
    const item = nodeAt(value.items, offset);
    return item && valueWord(analysis, item, offset, data, expected);
  }
  const name = value.kind === "name" ? value.text : value.kind === "string" ? value.value : undefined;
  if (name === undefined) return undefined;
  const column = data?.column(name);
  if (column && data) return { kind: "column", column, data, span: value.span };
  const part = partOf(name, expected);
  return part && { kind: "entry", part, name, span: value.span };
}

function partOf(name: string, expected: CatalogPart | undefined): CatalogPart | undefined {
  const order: CatalogPart[] = [...(expected ? [expected] : []), "activations", "initializers", "schedules"];
  return order.find((part) => isName(catalog[part] as object, name));
}

function labelWord(names: readonly NameNode[], model: ResolvedModel, offset: number): Word | undefined {
  const name = nodeAt(names, offset);
  const layer = name && model.layers.find(({ id }) => id === name.text);
  return layer && { kind: "layer", layer, model, isLabel: true, span: name.span };
}

function namedWord(analysis: Analysis, modelName: NameNode | undefined, dataName: NameNode | undefined, offset: number): Word | undefined {
  if (modelName && covers(modelName.span, offset)) {
    const model = analysis.models.find(({ name }) => name === modelName.text);
    return model && { kind: "model", model, span: modelName.span };
  }
  if (dataName && covers(dataName.span, offset)) {
    const data = analysis.data.find(({ name }) => name === dataName.text);
    return data && { kind: "data", data, span: dataName.span };
  }
  return undefined;
}

function lineAt(lines: readonly ModelLineNode[], offset: number): ModelLineNode | undefined {
  const line = nodeAt(lines, offset);
  return line?.kind === "repeat" ? lineAt(line.body, offset) : line;
}

/** Returns the data of a model's first training, or the file's only data if the file has one model. */
export function dataOf({ trains, data, models }: Analysis, model: ResolvedModel): ResolvedData | undefined {
  return trains.find((train) => train.model?.node === model.node)?.data ?? (data.length === 1 && models.length === 1 ? data[0] : undefined);
}
