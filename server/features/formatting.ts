/** The formatter's text as the fewest edits: the lines that change, so that the cursor and breakpoints stay where they are. */
import type { TextEdit } from "vscode-languageserver";
import { formatted } from "../language/format.ts";
import type { Ranges } from "./ranges.ts";

/** Nothing where the file has syntax errors: a line that can't be read can't be moved safely. */
export function formatting(text: string, ranges: Ranges): TextEdit[] {
  const result = formatted(text);
  if (result === undefined || result === text) return [];
  const [before, after] = [linesOf(text), linesOf(result)];
  let first = 0;
  while (first < before.length && first < after.length && before[first] === after[first]) first++;
  let last = 0;
  while (last < before.length - first && last < after.length - first && before.at(-1 - last) === after.at(-1 - last)) last++;
  const start = before.slice(0, first).join("").length;
  const end = text.length - before.slice(before.length - last).join("").length;
  return [{ range: ranges.of({ start, end }), newText: after.slice(first, after.length - last).join("") }];
}

/** With their ends. */
const linesOf = (text: string): string[] => text.split(/(?<=\n)/);
