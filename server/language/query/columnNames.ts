/**
 * The columns named in a file, each with all its occurrences: in `data` blocks, in the inputs of the models that use the data, and in their
 * neurons. A data file's header is not included.
 */
import { type Directive, dataDirectives } from "../../../engine/catalog/directives.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import { isInputWord, isNamingWord } from "../../../engine/catalog/layers.ts";
import type { Analysis } from "../analysis.ts";
import { isFeaturesWord } from "../resolve/namedTargets.ts";
import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, DataNode, ModelLineNode, ModelNode, ValueNode } from "../syntax/tree.ts";
import type { DeclaredName } from "./symbols.ts";

/** The occurrences of columns in a group of blocks that are used together. */
interface Group {
  readonly places: Map<string, Span[]>;
  readonly known: Set<string>;
}

export function columnsIn(analysis: Analysis): DeclaredName<"column">[] {
  const { tree, lets, data } = analysis;
  const groupOf = groups(analysis);
  const use = (group: Group, node: ValueNode | undefined, isColumn: (name: string) => boolean = () => true): void => {
    if (!node) return;
    if (node.kind === "list") for (const item of node.items) use(group, item, isColumn);
    else if (node.kind === "range") {
      use(group, node.from, isColumn);
      use(group, node.to, isColumn);
    } else if (node.kind === "not") use(group, node.name, isColumn);
    else if ((node.kind === "name" && !lets.has(node.text)) || node.kind === "string") {
      const name = node.kind === "name" ? node.text : node.value;
      if (!isColumn(name)) return;
      group.known.add(name);
      const places = group.places.get(name) ?? [];
      places.push(node.span);
      group.places.set(name, places);
    }
  };
  // Data blocks come first, so that a column named in one is declared there.
  for (const block of tree.blocks) {
    if (block.kind !== "data") continue;
    const group = groupOf(block);
    const columns = data.find(({ node }) => node === block)?.columns?.map(({ name }) => name);
    for (const name of columns ?? []) group.known.add(name);
    for (const { value } of columnArguments(block)) if (!isFeaturesWord(value, columns)) use(group, value);
  }
  for (const block of tree.blocks) {
    if (block.kind !== "model") continue;
    const group = groupOf(block);
    const labels = new Set<string>();
    eachLayer(block.body, (line) => {
      if (line.label) labels.add(line.label.text);
      if (isInputWord(line.name.text)) for (const { value } of line.arguments) use(group, value);
    });
    const isColumn = (name: string): boolean => group.known.has(name) && !labels.has(name);
    eachLayer(block.body, (line) => {
      if (isNamingWord(line.name.text)) for (const { name, value } of line.arguments) if (!name) use(group, value, isColumn);
    });
  }
  return [...new Set(tree.blocks.flatMap((block) => (block.kind === "data" || block.kind === "model" ? groupOf(block) : [])))].flatMap(
    ({ places, known }) =>
      [...places].flatMap(([name, spans]) => {
        const [declaration] = spans;
        return declaration
          ? { kind: "column" as const, name, declaration, places: spans.toSorted((a, b) => a.start - b.start), siblings: known }
          : [];
      }),
  );
}

/** Returns the arguments that name columns: the items of column lines, and `by=` of a split. */
const columnArguments = ({ body }: DataNode): readonly ArgumentNode[] =>
  body.flatMap((line) => {
    if (line.kind !== "directive") return [];
    const form = entryOf(dataDirectives as Readonly<Record<string, Directive>>, line.name.text)?.takes.form;
    if (form === "split") return line.arguments.filter(({ name }) => name?.text === "by");
    return form === "columns" ? line.arguments : [];
  });

/** Returns the group of each block. A model shares a group with the data that it is used with. */
function groups({ tree, models, data, trains, expects }: Analysis): (block: ModelNode | DataNode) => Group {
  const found = new Map<ModelNode | DataNode, Group>();
  for (const block of tree.blocks)
    if (block.kind === "model" || block.kind === "data") found.set(block, { places: new Map(), known: new Set() });
  const only = models.length === 1 && data.length === 1 ? [{ model: models[0], data: data[0] }] : [];
  for (const pair of [...trains, ...expects, ...only]) {
    const shared = pair.model && found.get(pair.model.node);
    const other = pair.data && found.get(pair.data.node);
    if (!shared || !other || shared === other) continue;
    for (const [block, group] of found) if (group === other) found.set(block, shared);
  }
  return (block) => found.get(block) ?? { places: new Map(), known: new Set() };
}

function eachLayer(body: readonly ModelLineNode[], visit: (line: Extract<ModelLineNode, { kind: "layer" }>) => void): void {
  for (const line of body) {
    if (line.kind === "layer") visit(line);
    else if (line.kind === "repeat") eachLayer(line.body, visit);
  }
}
