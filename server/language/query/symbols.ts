/**
 * The names declared in a file, each with all its occurrences, for definition, references, highlights and rename. An occurrence may be part
 * of a word: `price_mae` contains the output `price`, `h_3` is the third copy of a repeated `h`.
 */

import { isName } from "../../../engine/catalog/index.ts";
import { isNamingWord } from "../../../engine/catalog/layers.ts";
import { metrics } from "../../../engine/catalog/metrics.ts";
import type { Analysis } from "../analysis.ts";
import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, DataNode, LayerNode, ModelLineNode, ModelNode, NameNode, TermNode } from "../syntax/tree.ts";

export type SymbolKind = "layer" | "model" | "data" | "let" | "run";

export interface DeclaredName<Kind extends SymbolKind | "column" = SymbolKind> {
  readonly kind: Kind;
  readonly name: string;
  readonly declaration: Span;
  /** All occurrences in text order, including the declaration. */
  readonly places: readonly Span[];
  /** The declared names of the same kind, which are not available for a rename. */
  readonly siblings: ReadonlySet<string>;
}

export function symbolsIn({ tree, lets }: Analysis): DeclaredName[] {
  const found: { kind: SymbolKind; name: string; declaration: Span; places: Span[]; siblings: Set<string> }[] = [];
  const declare = (kind: SymbolKind, name: NameNode, siblings: Set<string>): ((span: Span) => void) => {
    siblings.add(name.text);
    const symbol = { kind, name: name.text, declaration: name.span, places: [name.span], siblings };
    found.push(symbol);
    return (span) => symbol.places.push(span);
  };
  const [models, data, runs, letNames] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const uses = new Map<string, (span: Span) => void>();
  const use = (kind: SymbolKind, name: NameNode | undefined): void => {
    if (name) uses.get(`${kind} ${name.text}`)?.(name.span);
  };
  const once = (kind: SymbolKind, name: NameNode | undefined, siblings: Set<string>): void => {
    if (name && !uses.has(`${kind} ${name.text}`)) uses.set(`${kind} ${name.text}`, declare(kind, name, siblings));
  };

  for (const block of tree.blocks) {
    if (block.kind === "let") once("let", block.name, letNames);
    else if (block.kind === "model") once("model", block.name, models);
    else if (block.kind === "data") once("data", block.name, data);
    else if (block.kind === "train") once("run", block.label, runs);
  }

  const value = (node: TermNode | undefined): void => {
    if (!node) return;
    if (node.kind === "name" && lets.has(node.text)) use("let", node);
    else if (node.kind === "list") node.items.forEach(value);
    else if (node.kind === "computed") for (const { term } of node.parts) value(term);
    else if (node.kind === "call") arguments_(node.arguments);
  };
  const arguments_ = (nodes: readonly ArgumentNode[]): void => {
    for (const node of nodes) value(node.value);
  };

  const layers = new Map<ModelNode, LabelUses>();
  for (const block of tree.blocks) {
    if (block.kind === "let") value(block.value);
    if (block.kind !== "model") continue;
    layers.set(block, labelsOf(block, declare));
    eachLine(block.body, (line) => {
      if (line.kind === "layer") arguments_(line.arguments);
      else if (line.kind === "repeat") value(line.count);
    });
  }
  /** The data blocks with a `target` line that has been read, by model. */
  const paired = new Map<LabelUses, Set<DataNode>>();
  const modelOf = (name: NameNode | undefined): LabelUses | undefined => {
    const all = [...layers.keys()];
    const node = name ? all.find((one) => one.name?.text === name.text) : all.length === 1 ? all[0] : undefined;
    return node && layers.get(node);
  };
  const dataOf = (name: NameNode | undefined): DataNode | undefined => {
    const all = tree.blocks.filter((block) => block.kind === "data");
    return name ? all.find((one) => one.name?.text === name.text) : all.length === 1 ? all[0] : undefined;
  };
  for (const block of tree.blocks) {
    if (block.kind === "data") for (const line of block.body) if (line.kind === "directive") arguments_(line.arguments);
    if (block.kind !== "train" && block.kind !== "expect") continue;
    use("model", block.model);
    use("data", block.data);
    const labels = modelOf(block.model);
    const data = dataOf(block.data);
    if (labels && data && paired.get(labels)?.has(data) !== true) {
      for (const name of outputsIn(data)) labels.use(name);
      paired.set(labels, new Set([...(paired.get(labels) ?? []), data]));
    }
    for (const line of block.body) {
      if (line.kind === "claim") labels?.measured(line.metric);
      if (line.kind !== "directive") continue;
      arguments_(line.arguments);
      const word = line.name.text;
      if (word === "loss" || word === "loss_weights" || word === "metrics")
        for (const { name } of line.arguments) if (name) labels?.use(name);
      if (word === "stop" || word === "optimizer") for (const name of monitorsIn(line.arguments)) labels?.measured(name);
    }
  }
  for (const symbol of found) symbol.places.sort((a, b) => a.start - b.start);
  return found;
}

/** Returns the outputs named in a data block's `target` line. */
const outputsIn = ({ body }: DataNode): NameNode[] =>
  body.flatMap((line) =>
    line.kind === "directive" && line.name.text === "target" ? line.arguments.flatMap(({ name }) => name ?? []) : [],
  );

interface LabelUses {
  readonly use: (name: NameNode) => void;
  /** Takes a measured value's name: `price_mae`, `val_price_mae`. */
  readonly measured: (name: NameNode) => void;
}

/** Declares a model's labels with their uses on its own lines. Returns functions that record uses in other blocks. */
function labelsOf(model: ModelNode, declare: (kind: SymbolKind, name: NameNode, siblings: Set<string>) => (span: Span) => void): LabelUses {
  const siblings = new Set<string>();
  const labels = new Map<string, { readonly use: (span: Span) => void; readonly repeated: boolean }>();
  eachLine(model.body, (line, repeated) => {
    if (line.kind === "layer" && line.label && !labels.has(line.label.text))
      labels.set(line.label.text, { use: declare("layer", line.label, siblings), repeated });
  });
  const use = ({ text, span }: NameNode): void => {
    const own = labels.get(text);
    if (own) {
      own.use(span);
      return;
    }
    // The number of a repeated layer's copy is not part of its label.
    const label = /^(.*?)(?:_\d+)+$/.exec(text)?.[1] ?? "";
    const copied = labels.get(label);
    if (copied?.repeated) copied.use({ start: span.start, end: span.start + label.length });
  };
  eachLine(model.body, (line) => {
    if (line.kind === "output") line.names.forEach(use);
    else if (line.kind === "layer") {
      line.from?.forEach(use);
      for (const name of termsOf(line)) use(name);
    }
  });
  return {
    use,
    measured({ text, span }) {
      const start = text.startsWith("val_") ? 4 : 0;
      const metric = text.split("_").at(-1) ?? "";
      const end = text.length - metric.length - 1;
      if (!isName(metrics, metric) || end <= start) return;
      labels.get(text.slice(start, end))?.use({ start: span.start + start, end: span.start + end });
    },
  };
}

const termsOf = ({ name, arguments: written }: LayerNode): NameNode[] =>
  isNamingWord(name.text)
    ? written.flatMap(({ name: argument, value }) =>
        argument ? [] : value?.kind === "name" ? [value] : value?.kind === "not" && value.name ? [value.name] : [],
      )
    : [];

function monitorsIn(nodes: readonly ArgumentNode[]): NameNode[] {
  return nodes.flatMap(({ name, value }) => {
    if (value?.kind === "call") return monitorsIn(value.arguments);
    return name?.text === "monitor" && value?.kind === "name" ? [value] : [];
  });
}

function eachLine(body: readonly ModelLineNode[], visit: (line: ModelLineNode, repeated: boolean) => void, repeated = false): void {
  for (const line of body) {
    visit(line, repeated);
    if (line.kind === "repeat") eachLine(line.body, visit, true);
  }
}
