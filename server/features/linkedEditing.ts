/** Linked editing: all occurrences of a name change together during typing, if the editor's setting is on. */
import type { LinkedEditingRanges } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { symbolAt } from "../language/query/nameAt.ts";
import type { Ranges } from "./ranges.ts";

export function linkedEditing(analysis: Analysis, offset: number, ranges: Ranges): LinkedEditingRanges | null {
  const symbol = symbolAt(analysis, offset);
  if (!symbol || symbol.places.length < 2) return null;
  return { ranges: symbol.places.map(ranges.of) };
}
