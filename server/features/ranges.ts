/** Converts spans of offsets to the protocol's ranges, for a single document. */
import type { Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Span } from "../language/syntax/span.ts";

export interface Ranges {
  readonly of: (span: Span) => Range;
}

export const rangesIn = (document: TextDocument): Ranges => ({
  of: ({ start, end }) => ({ start: document.positionAt(start), end: document.positionAt(end) }),
});
