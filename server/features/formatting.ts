/** Formatting as small edits of only the changed lines, so that the cursor and breakpoints don't move. */
import type { TextEdit } from "vscode-languageserver";
import { formatted } from "../language/syntax/formatter.ts";
import type { Span } from "../language/syntax/span.ts";
import type { Ranges } from "./ranges.ts";

/**
 * Returns no edits if the file has syntax errors, since an unparsed line can't be moved safely. If `within` is given, returns only edits
 * that touch it.
 */
export function formatting(text: string, ranges: Ranges, within: Span = { start: 0, end: text.length }): TextEdit[] {
  const result = formatted(text);
  if (result === undefined || result === text) return [];
  return changedLines(text, result)
    .filter(({ span }) => span.start < within.end && span.end > within.start)
    .map(({ span, lines }) => ({ range: ranges.of(span), newText: lines }));
}

/** Returns the edits after a typed character. A closing brace formats its block, a line break formats the line before it. */
export function formattingOnType(text: string, offset: number, character: string, ranges: Ranges): TextEdit[] {
  if (character === "}") return formatting(text, ranges, { start: blockStart(text, offset), end: offset });
  const end = text.lastIndexOf("\n", offset - 1);
  return end < 0 ? [] : formatting(text, ranges, { start: text.lastIndexOf("\n", end - 1) + 1, end });
}

/** Returns the start of the line whose opening brace matches the closing brace before the offset. */
function blockStart(text: string, offset: number): number {
  let depth = 0;
  for (let at = offset - 1; at >= 0; at--) {
    if (text[at] === "}") depth++;
    else if (text[at] === "{" && --depth <= 0) return text.lastIndexOf("\n", at) + 1;
  }
  return 0;
}

interface Change {
  readonly span: Span;
  readonly lines: string;
}

/**
 * Returns the changes between two texts with the same words in the same order, apart from spaces and commas. Pairs the smallest groups of
 * lines with the same words. Each pair that differs is a change.
 */
function changedLines(before: string, after: string): Change[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const changes: Change[] = [];
  let [i, j, offset] = [0, 0, 0];
  while (i < old.length || j < fresh.length) {
    let [iEnd, jEnd] = [i, j];
    let [left, right] = ["", ""];
    do {
      // Empty lines join the group of the following lines.
      if (iEnd < old.length && (left.length <= right.length || jEnd >= fresh.length)) left += wordsIn(old[iEnd++] ?? "");
      else right += wordsIn(fresh[jEnd++] ?? "");
    } while ((left !== right || jEnd === j || iEnd === i) && (iEnd < old.length || jEnd < fresh.length));
    const was = old.slice(i, iEnd).join("");
    const lines = fresh.slice(j, jEnd).join("");
    if (was !== lines) changes.push({ span: { start: offset, end: offset + was.length }, lines });
    offset += was.length;
    [i, j] = [iEnd, jEnd];
  }
  return changes;
}

const wordsIn = (line: string): string => line.replace(/[\s,\uFEFF]+/g, "");

/** Returns the lines including their line ends. */
const linesOf = (text: string): string[] => text.split(/(?<=\n)/);
