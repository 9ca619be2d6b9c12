/** Go to definition, references and highlights, for the names declared in a file and its columns. */
import type { DocumentHighlight, DocumentHighlightKind, Location } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { nameAt } from "../language/query/nameAt.ts";
import type { Ranges } from "./ranges.ts";

export function definition(analysis: Analysis, offset: number, uri: string, ranges: Ranges): Location | null {
  const symbol = nameAt(analysis, offset);
  return symbol ? { uri, range: ranges.of(symbol.declaration) } : null;
}

export function references(analysis: Analysis, offset: number, withDeclaration: boolean, uri: string, ranges: Ranges): Location[] {
  const symbol = nameAt(analysis, offset);
  return (symbol?.places ?? [])
    .filter((place) => withDeclaration || place !== symbol?.declaration)
    .map((place) => ({ uri, range: ranges.of(place) }));
}

const WRITE: DocumentHighlightKind = 3;
const READ: DocumentHighlightKind = 2;

export function highlights(analysis: Analysis, offset: number, ranges: Ranges): DocumentHighlight[] {
  const symbol = nameAt(analysis, offset);
  return (symbol?.places ?? []).map((place) => ({ range: ranges.of(place), kind: place === symbol?.declaration ? WRITE : READ }));
}
