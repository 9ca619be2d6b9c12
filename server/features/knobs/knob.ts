/** A knob: a number or a word in the file that the panel changes, and the text changes for a new value. */

import { activations } from "../../../engine/catalog/activations.ts";
import type { Argument, Arguments } from "../../../engine/catalog/arguments.ts";
import { names } from "../../../engine/catalog/index.ts";
import { stopsOf, type Turn } from "../../../engine/catalog/turns.ts";
import type { Analysis } from "../../language/analysis.ts";
import type { TextChange } from "../../language/diagnostics/issue.ts";
import { resolved } from "../../language/resolve/scope.ts";
import type { Span } from "../../language/syntax/span.ts";
import type { ArgumentNode, CallNode, LayerNode, NameNode, ValueNode } from "../../language/syntax/tree.ts";
import type { Knob } from "../../protocol.ts";

/** A knob with the changes that set another value. */
export interface TurnableKnob {
  readonly shown: Knob;
  /** How one step changes it; undefined for a choice. */
  readonly turn: Turn | undefined;
  /** Returns the changes. `value` is a number or one of the knob's words. */
  readonly write: (value: string) => readonly TextChange[];
}

export interface KnobFacts {
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly summary: string;
}

/** Returns the knob of a number, or of a word that can replace it. */
export const numberKnob = (
  facts: KnobFacts,
  { turn, words = [] }: { readonly turn: Turn; readonly words?: readonly string[] },
  value: string,
  write: TurnableKnob["write"],
): TurnableKnob => ({
  shown: { ...facts, kind: "number", value, stops: [...stopsOf(turn).map(String), ...words] },
  turn,
  write,
});

export const choiceKnob = (facts: KnobFacts, options: readonly string[], value: string, write: TurnableKnob["write"]): TurnableKnob => ({
  shown: { ...facts, kind: "choice", value, stops: options },
  turn: undefined,
  write,
});

/** The facts needed for the knobs of an entry's arguments. The entry is a layer's line, a call, or a name without brackets that becomes a call. */
export interface WrittenEntry {
  readonly key: string;
  readonly group: string;
  readonly arguments: Arguments;
  /** The arguments that may be written without their names, in order. */
  readonly order: readonly string[];
  readonly node: LayerNode | CallNode | NameNode;
}

/** Returns the knobs of an entry's arguments, except the given names. */
export function argumentKnobs(entry: WrittenEntry, analysis: Analysis, except: ReadonlySet<string> = new Set()): TurnableKnob[] {
  return Object.entries(entry.arguments).flatMap(([name, spec]) => {
    if (except.has(name)) return [];
    const written = writtenValue(entry, name);
    const facts = { key: `${entry.key}.${name}`, group: entry.group, label: name, summary: spec.summary };
    const write = (value: string): readonly TextChange[] =>
      written ? [changeOf(written, value, analysis)] : [argumentAdded(entry, name, value, analysis)];
    if (spec.kind === "activation") return [choiceKnob(facts, names(activations), wordAt(written, spec, analysis), write)];
    const turn = "turn" in spec ? spec.turn : undefined;
    const value = written && resolved(written, scopeOf(analysis));
    if (!turn || (turn.ifWritten && !written) || (value && value.kind !== "number")) return [];
    const shown = value ? String(value.value) : "default" in spec && spec.default !== undefined ? String(spec.default) : undefined;
    return shown === undefined ? [] : [numberKnob(facts, { turn }, shown, write)];
  });
}

/** Returns the name written for an argument, or its default. */
function wordAt(written: ValueNode | undefined, spec: Argument, analysis: Analysis): string {
  const value = written && resolved(written, scopeOf(analysis));
  if (value?.kind === "name") return value.text;
  if (value?.kind === "call") return value.name.text;
  return "default" in spec ? String(spec.default) : "";
}

export const scopeOf = ({ lets, text }: Analysis) => ({ lets, text, report: () => undefined });

const argumentsOf = (node: WrittenEntry["node"]): readonly ArgumentNode[] => (node.kind === "name" ? [] : node.arguments);

/** Returns the value written for an argument; undefined if it has its default. */
export function writtenValue({ node, order }: Pick<WrittenEntry, "node" | "order">, name: string): ValueNode | undefined {
  const all = argumentsOf(node);
  const named = all.find((one) => one.name?.text === name);
  return named ? named.value : all.filter((one) => !one.name)[order.indexOf(name)]?.value;
}

/** Returns the change of a written value. If it is a name that a `let` declares as a plain value, the `let` is changed, for all its uses. */
export function changeOf(written: ValueNode, value: string, { tree, lets }: Analysis): TextChange {
  let span = written.span;
  let node: ValueNode = written;
  for (let step = 0; step <= lets.size && node.kind === "name"; step++) {
    const { text } = node;
    const declared = tree.blocks.find((block) => block.kind === "let" && block.name?.text === text);
    if (declared?.kind !== "let" || !declared.value || declared.value.kind === "computed") break;
    node = declared.value;
    ({ span } = node);
  }
  return { span, text: value };
}

/** Returns the change that adds an argument, without its name if it comes next in order, as in `dense 8 relu`. */
function argumentAdded({ node, order }: WrittenEntry, name: string, value: string, { text }: Analysis): TextChange {
  if (node.kind === "name") return insertion(node.span.end, `(${name}=${value})`);
  const all = node.arguments;
  const unnamed = all.filter((one) => !one.name);
  const isNext = node.kind === "layer" && order[unnamed.length] === name;
  const after = (isNext ? unnamed : all).at(-1)?.span.end;
  const added = isNext ? value : `${name}=${value}`;
  const brackets =
    node.kind === "call" ? node.name.span.end : /^\s*\(/.test(text.slice(node.name.span.end)) ? node.name.span.end : undefined;
  if (brackets === undefined) return insertion(after ?? node.name.span.end, ` ${added}`);
  return after === undefined ? insertion(text.indexOf("(", brackets) + 1, added) : insertion(after, `, ${added}`);
}

const insertion = (offset: number, text: string): TextChange => ({ span: { start: offset, end: offset } satisfies Span, text });
