/** Replaces a `repeat` by its written-out copies. Offered on its first line. */
import { type Analysis, analyse } from "../../language/analysis.ts";
import { indentAt } from "../../language/diagnostics/fixes.ts";
import { symbolsIn } from "../../language/query/symbols.ts";
import { covers, type Span } from "../../language/syntax/span.ts";
import type { ModelLineNode, RepeatNode } from "../../language/syntax/tree.ts";
import { lineEnd, lineStart, newlineOf, type Refactoring } from "./refactoring.ts";

/** The maximum number of lines in the result. For longer ones `repeat` is the better form. */
const MOST_LINES = 200;

export function unrolledRepeat(body: readonly ModelLineNode[], offset: number, analysis: Analysis): Refactoring | undefined {
  const { text } = analysis;
  const repeat = repeatAt(body, offset, text);
  if (!repeat || repeat.body.length === 0) return undefined;
  const times = timesOf(repeat, analysis);
  const lines = linesOf(repeat, text);
  if (!times || !lines || lines.lines.length * times > MOST_LINES) return undefined;
  const { head, lines: written, first } = lines;
  const ends = labelEnds(repeat, analysis);
  const copies = Array.from({ length: times }, (_, k) => copied(written, ends, k + 1));
  const indent = indentAt(text, repeat.span.start);
  const inner = indentAt(text, first);
  const result = [head, ...copies.flat()]
    .filter((line) => line !== undefined)
    .map((line) => (line.startsWith(inner) ? indent + line.slice(inner.length) : line));
  const change = { span: repeat.span, text: result.join(newlineOf(text)).trimStart() };
  const after = text.slice(0, change.span.start) + change.text + text.slice(change.span.end);
  return meaningOf(after) === meaningOf(text)
    ? { title: `Write \`repeat ${times}\` as ${times} copies`, kind: "refactor.rewrite", changes: [change] }
    : undefined;
}

/** Returns the `repeat` whose first line is at an offset. */
function repeatAt(body: readonly ModelLineNode[], offset: number, text: string): RepeatNode | undefined {
  const repeat = body.find((line): line is RepeatNode => line.kind === "repeat" && covers(line.span, offset));
  return repeat && offset > lineEnd(text, repeat.keyword.start) ? repeatAt(repeat.body, offset, text) : repeat;
}

function timesOf({ count }: RepeatNode, { lets }: Analysis): number | undefined {
  const value = count?.kind === "name" ? lets.get(count.text)?.value : count;
  return value?.kind === "number" && Number.isInteger(value.value) && value.value > 0 ? value.value : undefined;
}

/** A line of the body, with its offset in the text. */
interface Written {
  readonly text: string;
  readonly start: number;
}

/**
 * Returns the body's lines and the comment after the opening brace; undefined if the opening brace does not end its line or the closing one
 * is not on a separate line.
 */
function linesOf(
  { keyword, count, span, body }: RepeatNode,
  text: string,
): { readonly head: string | undefined; readonly lines: readonly Written[]; readonly first: number } | undefined {
  const brace = text.indexOf("{", count?.span.end ?? keyword.end);
  const start = lineEnd(text, brace) + 1;
  const end = lineStart(text, span.end - 1);
  const [firstLine] = body;
  if (brace < 0 || !firstLine || firstLine.span.start < start || text[span.end - 1] !== "}" || start > end) return undefined;
  if (text.slice(end, span.end - 1).trim() !== "") return undefined;
  const comment = text.slice(brace + 1, start).trim();
  const lines: Written[] = [];
  for (let at = start; at < end; at = lineEnd(text, at) + 1) lines.push({ text: text.slice(at, lineEnd(text, at)).trimEnd(), start: at });
  while (lines.at(-1)?.text === "") lines.pop();
  const indent = indentAt(text, firstLine.span.start);
  return { head: comment === "" ? undefined : indent + comment, lines, first: firstLine.span.start };
}

/** Returns the end offsets of the body's labels, both declarations and uses in the body. */
function labelEnds({ span }: RepeatNode, analysis: Analysis): number[] {
  const isInside = (place: Span): boolean => span.start <= place.start && place.end <= span.end;
  return symbolsIn(analysis)
    .filter(({ kind, declaration }) => kind === "layer" && isInside(declaration))
    .flatMap(({ places }) => places.filter(isInside))
    .filter(({ end }) => !/^_\d/.test(analysis.text.slice(end, end + 2)))
    .map(({ end }) => end);
}

/** Returns the lines of one copy. Its labels end in the copy's number, as in the copies of a `repeat`. */
const copied = (lines: readonly Written[], ends: readonly number[], copy: number): string[] =>
  lines.map(({ text, start }) =>
    ends
      .map((end) => end - start)
      .filter((end) => 0 < end && end <= text.length)
      .sort((a, b) => b - a)
      .reduce((shown, end) => `${shown.slice(0, end)}_${copy}${shown.slice(end)}`, text),
  );

/** Returns a text's meaning without its data: the layers of all models with their inputs, the outputs, and the findings. */
function meaningOf(text: string): string {
  const { models, issues } = analyse(text);
  return JSON.stringify([
    models.map(({ layers, outputs }) => [
      layers.map(({ id, kind, inputs, output }) => [id, kind, inputs.map((input) => input.id), output]),
      outputs.map(({ id }) => id),
    ]),
    [...new Set(issues.map(({ code }) => code))].sort(),
  ]);
}
