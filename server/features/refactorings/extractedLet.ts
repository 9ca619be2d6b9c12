/** Turns a number, shape or call into a `let`. */
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import { catalog, directives, entryOf } from "../../../engine/catalog/index.ts";
import type { Analysis } from "../../language/analysis.ts";
import { covers, nodeAt, type Span } from "../../language/syntax/span.ts";
import { keywordTexts } from "../../language/syntax/tokens.ts";
import type { ArgumentNode, BlockNode, ModelLineNode, ValueNode } from "../../language/syntax/tree.ts";
import { isNameText } from "../../language/syntax/writtenName.ts";
import { VALUE_WORDS } from "../valueWords.ts";
import { lineEnd, lineStart, newlineOf, type Refactoring } from "./refactoring.ts";

/** A value, and the name of its argument or directive. */
interface Extractable {
  readonly value: ValueNode;
  readonly of: string;
}

export function extractedLet(analysis: Analysis, place: Span): Refactoring | undefined {
  const { text, tree } = analysis;
  const block = nodeAt(tree.blocks, place.start);
  const found = block && valueIn(block, place);
  if (!block || !found || text.slice(lineStart(text, block.span.start), block.span.start).trim() !== "") return undefined;
  const { span } = found.value;
  const name = freeName(found.of, analysis);
  const newline = newlineOf(text);
  const line = `let ${name} = ${text.slice(span.start, span.end)}`;
  const last = tree.blocks.filter((one) => one.kind === "let" && one.span.end <= block.span.start).at(-1);
  const end = last && lineEnd(text, last.span.end);
  const at = end === undefined ? withComments(text, block.span.start) : text[end - 1] === "\r" ? end - 1 : end;
  return {
    title: `Extract to \`let ${name}\``,
    kind: "refactor.extract",
    changes: [
      { span: { start: at, end: at }, text: end === undefined ? `${line}${newline}${newline}` : `${newline}${line}` },
      { span, text: name },
    ],
  };
}

/** Returns the start of the comment lines directly above an offset, or the start of its own line. */
function withComments(text: string, offset: number): number {
  let start = lineStart(text, offset);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!/^\s*#/.test(text.slice(above, start))) break;
    start = above;
  }
  return start;
}

function valueIn(block: BlockNode, place: Span): Extractable | undefined {
  if (block.kind === "let") return undefined;
  if (block.kind === "model") return inModelLine(nodeAt(block.body, place.start), place);
  const line = nodeAt<(typeof block.body)[number]>(block.body, place.start);
  if (line?.kind !== "directive") return undefined;
  const known = entryOf(directives[block.kind] as Readonly<Record<string, { readonly takes: { readonly form: string } }>>, line.name.text);
  if (!known || known.takes.form === "columns" || known.takes.form === "words") return undefined;
  return inArguments(line.arguments, () => line.name.text, place, "line");
}

function inModelLine(line: ModelLineNode | undefined, place: Span): Extractable | undefined {
  if (line?.kind === "layer") return inArguments(line.arguments, argumentNames(line.name.text), place, "line");
  if (line?.kind !== "repeat") return undefined;
  return line.count && line.count.kind === "number" && isAt(line.count, place)
    ? { value: line.count, of: "copies" }
    : inModelLine(nodeAt(line.body, place.start), place);
}

/** With the level "line", a call without a name that is a whole value, such as `optimizer adam(0.1)`, is not extracted. */
function inArguments(
  written: readonly ArgumentNode[],
  nameOf: (index: number) => string | undefined,
  place: Span,
  level: "line" | "call",
): Extractable | undefined {
  const index = written.findIndex(({ span }) => covers(span, place.start));
  const argument = written[index];
  if (!argument?.value || !isAt(argument.value, place)) return undefined;
  const { value, name } = argument;
  const of = name?.text ?? nameOf(written.slice(0, index).filter((one) => !one.name).length) ?? "value";
  if (value.kind === "number" || value.kind === "shape") return { value, of };
  if (value.kind !== "call") return undefined;
  if (!isAt(value.name, place)) return inArguments(value.arguments, argumentNames(value.name.text), place, "call");
  return level === "line" && !name ? undefined : { value, of };
}

const isAt = ({ span }: { readonly span: Span }, { start, end }: Span): boolean => covers(span, start) && covers(span, end);

/** Returns the names of an entry's arguments by position. */
function argumentNames(word: string): (index: number) => string | undefined {
  for (const part of Object.values(catalog)) {
    const entry = entryOf(part as Readonly<Record<string, { readonly arguments: Arguments }>>, word);
    if (entry) return (index) => Object.keys(entry.arguments)[index];
  }
  return () => undefined;
}

/** Returns a name similar to the wanted one that is not a word in the file, the language or its data. */
function freeName(wanted: string, { tokens: { tokens }, lets, data }: Analysis): string {
  const columns = new Set(data.flatMap(({ columns: known }) => known?.map(({ name }) => name) ?? []));
  const isTaken = (name: string): boolean =>
    keywordTexts.has(name) ||
    VALUE_WORDS.has(name) ||
    lets.has(name) ||
    columns.has(name) ||
    tokens.some(({ image }, i) => image === name && tokens[i + 1]?.image !== "=");
  const base = isNameText(wanted) ? wanted : "value";
  const names = base === "value" ? [base] : [base, `${base}_value`];
  const free = names.find((name) => !isTaken(name));
  if (free !== undefined) return free;
  for (let k = 2; ; k++) if (!isTaken(`${base}_${k}`)) return `${base}_${k}`;
}
