/** Refactorings: repeated layers become a `repeat`, a layer gets a label, a `let` is inlined. */
import type { CodeAction, TextEdit } from "vscode-languageserver";
import { isInputWord, takesActivation } from "../../engine/catalog/layers.ts";
import type { Analysis } from "../language/analysis.ts";
import { indentAt } from "../language/diagnostics/fixes.ts";
import { symbolAt } from "../language/query/nameAt.ts";
import { isInput } from "../language/resolve/resolvedModel.ts";
import { covers, type Span } from "../language/syntax/span.ts";
import type { LayerNode, ModelLineNode, ModelNode } from "../language/syntax/tree.ts";
import type { Ranges } from "./ranges.ts";

interface Change {
  readonly span: Span;
  readonly text: string;
}

export function refactorings(analysis: Analysis, { start }: Span, uri: string, ranges: Ranges): CodeAction[] {
  const action = (title: string, kind: string, changes: readonly Change[]): CodeAction => {
    const edits: TextEdit[] = changes.map(({ span, text }) => ({ range: ranges.of(span), newText: text }));
    return { title, kind, edit: { changes: { [uri]: edits } } };
  };
  const found: CodeAction[] = [];
  const model = analysis.tree.blocks.find((block) => block.kind === "model" && covers(block.span, start)) as ModelNode | undefined;
  const body = model && bodyAround(model.body, start);
  if (model && body) {
    const repeated = repeatedLines(body, start, analysis);
    if (repeated) {
      const { lines, times, span, text } = repeated;
      found.push(action(`Write ${lines} lines as \`repeat ${times}\``, "refactor.extract", [{ span, text }]));
    }
    const named = nameFor(model, body, start, analysis);
    if (named) found.push(action(`Name this layer \`${named.name}\``, "refactor.rewrite", [named.change]));
  }
  const inlined = inlinedLet(analysis, start);
  if (inlined) found.push(action(`Replace \`${inlined.name}\` with its value`, "refactor.inline", inlined.changes));
  return found;
}

/** Returns the lines around the cursor: those of the model, or of the innermost repeat. */
function bodyAround(body: readonly ModelLineNode[], offset: number): readonly ModelLineNode[] {
  const inner = body.find((line) => line.kind === "repeat" && covers(line.span, offset));
  return inner?.kind === "repeat" && offset > inner.keyword.end ? bodyAround(inner.body, offset) : body;
}

/** The most lines in one repeated pattern. A longer one is hardly recognizable as a repetition. */
const LONGEST_PATTERN = 6;
const MOST_TIMES = 1000;

interface RepeatedLines {
  readonly span: Span;
  readonly text: string;
  readonly lines: number;
  readonly times: number;
}

/** Returns the longest run of lines around the cursor that repeats a pattern of one to six lines. */
function repeatedLines(body: readonly ModelLineNode[], offset: number, { text, tree }: Analysis): RepeatedLines | undefined {
  const at = body.findIndex((line) => covers(line.span, offset));
  const key = (line: ModelLineNode | undefined): string | undefined =>
    line?.kind === "layer" && !line.label && !line.from && !line.damaged && !isInputWord(line.name.text)
      ? text.slice(line.span.start, line.span.end).replace(/\s+/g, " ")
      : undefined;
  if (at < 0 || key(body[at]) === undefined) return undefined;
  let best: { first: number; period: number; times: number } | undefined;
  for (let period = 1; period <= LONGEST_PATTERN; period++) {
    // Whether a line equals the line one period below.
    const same = (i: number): boolean => key(body[i]) !== undefined && key(body[i]) === key(body[i + period]);
    for (let begin = Math.max(0, at - period + 1); begin <= at; begin++) {
      let first = begin;
      while (first > 0 && same(first - 1)) first--;
      let end = first;
      while (same(end)) end++;
      const times = Math.min(MOST_TIMES, Math.floor((end - first + period) / period));
      const holds = times >= 2 && at < first + times * period;
      if (holds && (!best || times * period > best.times * best.period)) best = { first, period, times };
    }
  }
  const from = best && body[best.first];
  const to = best && body[best.first + best.period * best.times - 1];
  if (!best || !from || !to) return undefined;
  const span = { start: from.span.start, end: to.span.end };
  // A comment between the lines would be lost.
  if (tree.comments.some((comment) => comment.start >= span.start && comment.start < span.end)) return undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = indentAt(text, span.start);
  const lines = body.slice(best.first, best.first + best.period).map((line) => `${indent}  ${text.slice(line.span.start, line.span.end)}`);
  return {
    span,
    text: [`repeat ${best.times} {`, ...lines, `${indent}}`].join(newline),
    lines: best.period * best.times,
    times: best.times,
  };
}

/** Returns a label for the cursor's layer. None if a generated name such as dense_2 is in use, since the label would renumber it. */
function nameFor(
  model: ModelNode,
  body: readonly ModelLineNode[],
  offset: number,
  { models, text, tree }: Analysis,
): { name: string; change: Change } | undefined {
  const line = body.find((one): one is LayerNode => one.kind === "layer" && covers(one.span, offset));
  const known = models.find(({ node }) => node === model);
  const layer = known?.layers.find(({ node }) => node === line);
  if (!line || !known || !layer || line.label || line.damaged) return undefined;
  const { keyword, span } = model;
  const after = tree.blocks.filter((block) => block.kind !== "model").map((block) => text.slice(block.span.start, block.span.end));
  const words = [text.slice(keyword.start, span.end), ...after].join("\n");
  const generated = known.layers.filter(({ node, kind }) => !node.label && kind === layer.kind).map(({ id }) => id);
  if (generated.some((id) => new RegExp(`\\b${id}\\b`).test(words))) return undefined;
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
  return { name, change: { span: { start: line.span.start, end: line.span.start }, text: `${name}: ` } };
}

function inlinedLet(analysis: Analysis, offset: number): { name: string; changes: Change[] } | undefined {
  const { text, lets } = analysis;
  const symbol = symbolAt(analysis, offset);
  const block = symbol?.kind === "let" ? lets.get(symbol.name) : undefined;
  if (!symbol || !block?.value || symbol.places.length < 2) return undefined;
  const value = text.slice(block.value.span.start, block.value.span.end);
  const end = text.indexOf("\n", block.span.end);
  const rest = text.slice(block.span.end, end < 0 ? text.length : end);
  // A comment after the value remains.
  const line = rest.trim() === "" ? { start: block.span.start, end: end < 0 ? text.length : end + 1 } : { ...block.span };
  return {
    name: symbol.name,
    changes: [
      { span: line, text: "" },
      ...symbol.places.filter((place) => place !== symbol.declaration).map((span) => ({ span, text: value })),
    ],
  };
}
