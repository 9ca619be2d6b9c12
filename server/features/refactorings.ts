/** Refactorings: a value to a `let` and back, repeated layers to a `repeat` and back, a label for a layer. */
import type { CodeAction, TextEdit } from "vscode-languageserver";
import { takesActivation } from "../../engine/catalog/layers.ts";
import type { Analysis } from "../language/analysis.ts";
import { symbolAt } from "../language/query/nameAt.ts";
import { isInput } from "../language/resolve/resolvedModel.ts";
import { covers, nodeAt, type Span } from "../language/syntax/span.ts";
import type { LayerNode, ModelLineNode, ModelNode } from "../language/syntax/tree.ts";
import type { Ranges } from "./ranges.ts";
import { extractedLet } from "./refactorings/extractedLet.ts";
import { usedGeneratedName } from "./refactorings/generatedNames.ts";
import type { Refactoring } from "./refactorings/refactoring.ts";
import { repeatedLines } from "./refactorings/repeatedLines.ts";
import { unrolledRepeat } from "./refactorings/unrolledRepeat.ts";

export function refactorings(analysis: Analysis, place: Span, uri: string, ranges: Ranges): CodeAction[] {
  const { start } = place;
  const model = analysis.tree.blocks.find((block) => block.kind === "model" && covers(block.span, start)) as ModelNode | undefined;
  const body = model && bodyAround(model.body, start);
  const found = [
    extractedLet(analysis, place),
    body && repeatedLines(body, place, analysis),
    model && unrolledRepeat(model.body, start, analysis),
    model && body && namedLayer(model, body, start, analysis),
    inlinedLet(analysis, start),
  ];
  return found.flatMap((one) => {
    if (!one) return [];
    const edits: TextEdit[] = one.changes.map(({ span, text }) => ({ range: ranges.of(span), newText: text }));
    return { title: one.title, kind: one.kind, edit: { changes: { [uri]: edits } } };
  });
}

/** Returns the lines of the model or innermost repeat around the cursor. */
function bodyAround(body: readonly ModelLineNode[], offset: number): readonly ModelLineNode[] {
  const inner = body.find((line) => line.kind === "repeat" && covers(line.span, offset));
  return inner?.kind === "repeat" && offset > inner.keyword.end ? bodyAround(inner.body, offset) : body;
}

/** Returns a label for the cursor's layer. None if a generated name such as dense_2 is in use, since the label would renumber it. */
function namedLayer(model: ModelNode, body: readonly ModelLineNode[], offset: number, analysis: Analysis): Refactoring | undefined {
  const { models } = analysis;
  const line = body.find((one): one is LayerNode => one.kind === "layer" && covers(one.span, offset));
  const known = models.find(({ node }) => node === model);
  const layer = known?.layers.find(({ node }) => node === line);
  if (!line || !known || !layer || line.label || line.damaged) return undefined;
  if (usedGeneratedName(known, layer.kind, analysis) !== undefined) return undefined;
  const base = takesActivation(layer.kind)
    ? known.outputs.includes(layer)
      ? "out"
      : "hidden"
    : isInput(layer)
      ? "features"
      : layer.node.name.text;
  const taken = new Set(known.layers.map(({ id }) => id));
  let name = base === line.name.text ? `${base}_a` : base;
  for (let k = 2; taken.has(name); k++) name = `${base}_${k}`;
  const at = { start: line.span.start, end: line.span.start };
  return { title: `Name this layer \`${name}\``, kind: "refactor.rewrite", changes: [{ span: at, text: `${name}: ` }] };
}

function inlinedLet(analysis: Analysis, offset: number): Refactoring | undefined {
  const { text, lets, tree } = analysis;
  const symbol = symbolAt(analysis, offset);
  const block = symbol?.kind === "let" ? lets.get(symbol.name) : undefined;
  if (!symbol || !block?.value || symbol.places.length < 2) return undefined;
  const written = text.slice(block.value.span.start, block.value.span.end);
  const node = tree.blocks.find((one) => one.kind === "let" && one.span.start === block.span.start);
  const isComputed = node?.kind === "let" && node.value?.kind === "computed";
  // Arithmetic is allowed only after `let name =`. Elsewhere the result is written instead.
  const result = isComputed && block.value.kind === "number" ? block.value.text : written;
  const valueAt = ({ start }: Span): string =>
    nodeAt(tree.blocks, start)?.kind !== "let" ? result : isComputed ? `(${written})` : written;
  const end = text.indexOf("\n", block.span.end);
  const rest = text.slice(block.span.end, end < 0 ? text.length : end);
  // A comment after the value is kept.
  const line = rest.trim() === "" ? { start: block.span.start, end: end < 0 ? text.length : end + 1 } : { ...block.span };
  return {
    title: `Replace \`${symbol.name}\` with its value`,
    kind: "refactor.inline",
    changes: [
      { span: line, text: "" },
      ...symbol.places.filter((place) => place !== symbol.declaration).map((span) => ({ span, text: valueAt(span) })),
    ],
  };
}
