/** Quick fixes as edits of the text: the smallest change, with the file's indentation and line ends. */

import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, DataNode, DirectiveNode, LayerNode, RowNode, TrainNode, ValueNode } from "../syntax/tree.ts";
import type { Fix, TextChange } from "./issue.ts";

export const fix = (title: string, ...changes: readonly TextChange[]): Fix => ({ title, changes });
export const changeTo = (span: Span, text: string, title = `Change to \`${text}\``): Fix => fix(title, { span, text });

/** Returns the first fix combined with the changes of the others. */
export const together = (first: Fix, others: readonly Fix[]): Fix => ({
  title: first.title,
  changes: [first, ...others].flatMap(({ changes }) => changes),
});

/** The file whose indentation and line ends a fix adopts. */
interface FileText {
  readonly text: string;
}

const at = (offset: number): Span => ({ start: offset, end: offset });
const newline = ({ text }: FileText): string => (text.includes("\r\n") ? "\r\n" : "\n");

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Returns the indentation before an offset on its line. */
export function indentAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

export function lineBefore({ start }: Span, line: string, file: FileText, title = `Insert \`${line}\` before it`): Fix {
  return fix(title, { span: at(start), text: `${line}${newline(file)}${indentAt(file.text, start)}` });
}

/** Removes the span, or its whole line if nothing else but a comment is on it. */
export function lineRemoved({ start, end }: Span, { text }: FileText, title = "Remove this line"): Fix {
  const from = lineStart(text, start);
  const lineEnd = text.indexOf("\n", end);
  const rest = text.slice(end, lineEnd < 0 ? text.length : lineEnd);
  const isWholeLine = text.slice(from, start).trim() === "" && /^\s*(?:#.*)?$/.test(rest);
  return fix(title, { span: isWholeLine ? { start: from, end: lineEnd < 0 ? text.length : lineEnd + 1 } : { start, end }, text: "" });
}

/** Adds an argument after the last one of a layer or directive, before `from`. */
export function argumentAdded(
  { name, arguments: written }: { readonly name: { readonly span: Span }; readonly arguments: readonly ArgumentNode[] },
  text: string,
): Fix {
  return fix(`Add \`${text}\``, { span: at(written.at(-1)?.span.end ?? name.span.end), text: ` ${text}` });
}

/** Removes an argument with the preceding comma and space, or the following ones if it is the first in brackets. */
export function argumentRemoved({ start, end }: Span, { text }: FileText, title: string): Fix {
  const before = /(?:,[ \t]*| )$/.exec(text.slice(Math.max(0, start - 20), start))?.[0].length ?? 0;
  const after = before === 0 ? (/^,[ \t]*/.exec(text.slice(end, end + 20))?.[0].length ?? 0) : 0;
  return fix(title, { span: { start: start - before, end: end + after }, text: "" });
}

/** Moves an argument to a new line after its own. Returns no fix for an argument in parentheses. */
export function movedToNextLine(span: Span, file: FileText): Fix[] {
  const { text } = file;
  const found = text.indexOf("\n", span.end);
  const end = found < 0 ? text.length : found - (text[found - 1] === "\r" ? 1 : 0);
  if (/[()]/.test(text.slice(span.end, end).replace(/#.*/, ""))) return [];
  const word = text.slice(span.start, span.end);
  const title = `Move \`${word}\` to the next line`;
  const line = `${newline(file)}${indentAt(text, span.start)}${word}`;
  return [together(argumentRemoved(span, file, title), [fix(title, { span: at(end), text: line })])];
}

/** Returns a block's first line with that directive. */
export const directiveOf = ({ body }: DataNode | TrainNode, name: string): DirectiveNode | undefined =>
  (body as readonly (DirectiveNode | RowNode)[]).find(
    (line): line is DirectiveNode => line.kind === "directive" && line.name.text === name,
  );

/** Adds a line at the end of a block. Returns no fix if the block is empty and has no opening brace. */
export function directiveAdded(
  { body, keyword, span }: DataNode | TrainNode,
  line: string,
  file: FileText,
  title = `Add \`${line}\``,
): Fix[] {
  const { text } = file;
  const last = body.at(-1);
  if (last) {
    const end = newline(file) + indentAt(text, last.span.start);
    // A comment stays on its line.
    const comment = /^[ \t]*#[^\r\n]*/.exec(text.slice(last.span.end))?.[0].length ?? 0;
    return [fix(title, { span: at(last.span.end + comment), text: `${end}${line}` })];
  }
  const brace = text.indexOf("{", keyword.end);
  if (brace < 0 || brace >= span.end) return [];
  return [fix(title, { span: at(brace + 1), text: `${newline(file)}${indentAt(text, keyword.start)}  ${line}` })];
}

/** Returns the number written as a layer's units; undefined if it is a `let` name. */
export function unitsValue({ arguments: written }: LayerNode): ValueNode | undefined {
  const argument =
    written.find(({ name }) => name?.text === "units") ?? written.find(({ name, value }) => !name && value?.kind === "number");
  return argument?.value?.kind === "number" ? argument.value : undefined;
}

export function unitsChanged(node: LayerNode, units: number): Fix[] {
  const value = unitsValue(node);
  return value ? [changeTo(value.span, String(units), `Change to \`${node.name.text} ${units}\``)] : [];
}

/** Returns the node that names a layer's activation: an argument on its line, or the line's own name. */
export function activationValue(node: LayerNode, activation: string): ValueNode | undefined {
  if (node.name.text === activation) return node.name;
  const named = node.arguments.find(
    ({ value }) => (value?.kind === "name" ? value.text : value?.kind === "call" ? value.name.text : "") === activation,
  );
  return named?.value;
}

/** Changes the layer's activation, or adds one after the units if none is written. */
export function activationChanged(node: LayerNode, from: string | undefined, to: string): Fix[] {
  const written = from === undefined ? undefined : activationValue(node, from);
  if (written) return [changeTo(written.span, to)];
  const units = unitsValue(node);
  return units ? [fix(`Add \`${to}\``, { span: at(units.span.end), text: ` ${to}` })] : [];
}
