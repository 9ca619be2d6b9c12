/** Go to definition, references, highlights and rename, for the names that a file declares. */
import type { DocumentHighlight, DocumentHighlightKind, Location, Range, TextEdit } from "vscode-languageserver";
import { plainText } from "../../engine/safeText.ts";
import type { Analysis } from "../language/analysis.ts";
import { nouns, withArticle } from "../language/diagnostics/nouns.ts";
import { symbolAt } from "../language/query/symbols.ts";
import { covers } from "../language/syntax/span.ts";
import { isNameText } from "../language/syntax/writtenName.ts";
import type { Ranges } from "./ranges.ts";

export function definition(analysis: Analysis, offset: number, uri: string, ranges: Ranges): Location | null {
  const symbol = symbolAt(analysis, offset);
  return symbol ? { uri, range: ranges.of(symbol.declaration) } : null;
}

export function references(analysis: Analysis, offset: number, withDeclaration: boolean, uri: string, ranges: Ranges): Location[] {
  const symbol = symbolAt(analysis, offset);
  return (symbol?.places ?? [])
    .filter((place) => withDeclaration || place !== symbol?.declaration)
    .map((place) => ({ uri, range: ranges.of(place) }));
}

const WRITE: DocumentHighlightKind = 3;
const READ: DocumentHighlightKind = 2;

export function highlights(analysis: Analysis, offset: number, ranges: Ranges): DocumentHighlight[] {
  const symbol = symbolAt(analysis, offset);
  return (symbol?.places ?? []).map((place) => ({ range: ranges.of(place), kind: place === symbol?.declaration ? WRITE : READ }));
}

/** Returns the range of the name to rename; null if no declared name is under the cursor. */
export function renameRange(analysis: Analysis, offset: number, ranges: Ranges): { range: Range; placeholder: string } | null {
  const symbol = symbolAt(analysis, offset);
  const place = symbol?.places.find((span) => covers(span, offset));
  return symbol && place ? { range: ranges.of(place), placeholder: symbol.name } : null;
}

/** Returns the edits, or why the name can't be changed to the new one. */
export function rename(analysis: Analysis, offset: number, name: string, ranges: Ranges): TextEdit[] | { readonly problem: string } {
  const symbol = symbolAt(analysis, offset);
  if (!symbol) return { problem: "Only labels, models, data, runs and `let` names can be renamed." };
  if (!isNameText(name))
    return { problem: `\`${plainText(name.slice(0, 60))}\` is not a name; write a letter or _, then letters, digits and _.` };
  if (name !== symbol.name && symbol.siblings.has(name))
    return { problem: `There is already ${withArticle(nouns[symbol.kind])} named \`${name}\`.` };
  return symbol.places.map((place) => ({ range: ranges.of(place), newText: name }));
}
