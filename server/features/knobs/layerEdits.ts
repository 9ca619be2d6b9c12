/** Adding and removing a model layer: the surrounding lines keep their comments, and the next layer takes its new input. */
import { isNaming, takes, takesActivation } from "../../../engine/catalog/layers.ts";
import type { Analysis } from "../../language/analysis.ts";
import { indentAt } from "../../language/diagnostics/fixes.ts";
import type { TextChange } from "../../language/diagnostics/issue.ts";
import { isInput, type ResolvedLayer, type ResolvedModel, unitsOf } from "../../language/resolve/resolvedModel.ts";
import type { LayerNode, ModelLineNode } from "../../language/syntax/tree.ts";
import { wouldRenumber } from "../refactorings/generatedNames.ts";
import { lineEnd, lineStart, newlineOf } from "../refactorings/refactoring.ts";

/** The hidden layer added to a model without hidden layers. */
const FIRST_HIDDEN = { units: 8, activation: "relu" } as const;

/** The changes, or why there are none. */
export type LayerEdit = { readonly changes: readonly TextChange[] } | { readonly problem: string };

/** Returns whether a layer can be inserted before this one. */
export function takesLayerBefore({ node, kind }: ResolvedLayer, analysis: Analysis): boolean {
  if (kind !== "activation" && (isNaming(kind) || takes(kind) !== "one")) return false;
  return node.from === undefined || fromClause(node, analysis) !== undefined;
}

/** Returns whether the layer can be removed: it has one input, and another layer takes its place. */
export function isRemovable(layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): boolean {
  if (isInput(layer) || model.outputs.includes(layer) || !takesLayerBefore(layer, analysis)) return false;
  return (bodyOf(model.node.body, layer.node)?.filter((line) => line.kind === "layer").length ?? 0) > 1;
}

/** Inserts a dense layer before a layer, similar to the model's hidden layers. */
export function insertedBefore(layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): LayerEdit {
  const { text } = analysis;
  const { node } = layer;
  const problem = wouldRenumber(model, "dense", analysis);
  if (problem !== undefined) return { problem };
  const from = node.from && fromClause(node, analysis);
  const line = `${hiddenLine(layer, model)}${from ? ` ${text.slice(from.start, from.end).trim()}` : ""}`;
  const removed = from ? [{ span: from, text: "" }] : [];
  const body = bodyOf(model.node.body, node) ?? [];
  const before = body[body.indexOf(node) - 1];
  const newline = newlineOf(text);
  const { start } = node.span;
  if (!before) return { changes: [{ span: { start, end: start }, text: `${line}${newline}${indentAt(text, start)}` }, ...removed] };
  // After the previous line and its comment, so that a comment above the layer stays with it.
  const end = lineEnd(text, before.span.end);
  const at = text[end - 1] === "\r" ? end - 1 : end;
  return { changes: [{ span: { start: at, end: at }, text: `${newline}${indentAt(text, start)}${line}` }, ...removed] };
}

/** Removes a layer's line but keeps its comment. The next layer takes the input named by the removed one. */
export function removed(layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): LayerEdit {
  const { text } = analysis;
  const { node } = layer;
  const problem = wouldRenumber(model, layer.kind, analysis);
  if (problem !== undefined) return { problem };
  const end = lineEnd(text, node.span.end);
  const rest = text.slice(node.span.end, end);
  const start = lineStart(text, node.span.start);
  const isAlone = text.slice(start, node.span.start).trim() === "" && rest.trim() === "";
  const span = isAlone
    ? { start, end: Math.min(text.length, end + 1) }
    : { start: node.span.start, end: node.span.end + (/^[ \t]*/.exec(rest)?.[0].length ?? 0) };
  const changes: TextChange[] = [{ span, text: "" }];
  const body = bodyOf(model.node.body, node) ?? [];
  const next = body[body.indexOf(node) + 1];
  if (node.from && next?.kind === "layer" && !next.from) {
    const clause = ` from ${node.from.map((name) => name.text).join(", ")}`;
    changes.push({ span: { start: next.span.end, end: next.span.end }, text: clause });
  }
  return { changes };
}

/** Returns the lines that contain the layer's line: the model's, or the lines of a `repeat`. */
function bodyOf(lines: readonly ModelLineNode[], node: LayerNode): readonly ModelLineNode[] | undefined {
  if (lines.includes(node)) return lines;
  for (const line of lines) {
    const found = line.kind === "repeat" ? bodyOf(line.body, node) : undefined;
    if (found) return found;
  }
  return undefined;
}

/**
 * Returns the span of the line's `from` with its only name and the preceding space; undefined if it has several names, or names inputs in
 * brackets.
 */
function fromClause({ from, name, arguments: written }: LayerNode, { text }: Analysis): { start: number; end: number } | undefined {
  const [only, other] = from ?? [];
  if (!only || other) return undefined;
  const after = written.at(-1)?.span.end ?? name.span.end;
  const word = /[ \t]*\bfrom[ \t]+$/.exec(text.slice(after, only.span.start));
  return word ? { start: only.span.start - word[0].length, end: only.span.end } : undefined;
}

/** Returns the line of a new hidden layer. It has the units and activation of the layer itself or of the nearest hidden layer before or after it. */
function hiddenLine(layer: ResolvedLayer, { layers, outputs }: ResolvedModel): string {
  const isHidden = (one: ResolvedLayer): boolean => takesActivation(one.kind) && !outputs.includes(one) && unitsOf(one) !== undefined;
  const at = layers.indexOf(layer);
  const like = layers.slice(0, at).findLast(isHidden) ?? layers.slice(at).find(isHidden);
  const units = (like && unitsOf(like)) ?? FIRST_HIDDEN.units;
  const activation = like?.namesActivation ? like.activation?.name : undefined;
  return `dense ${units} ${activation ?? FIRST_HIDDEN.activation}`;
}
