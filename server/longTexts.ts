/**
 * Long texts. A single thread answers for all documents, so a long one must not delay the others: it is checked only after a pause in
 * typing, and not at all beyond a limit.
 */
import type { Diagnostic } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { countText } from "../engine/numberText.ts";

/** In characters. The checker takes about a second for a text of half this length. */
const MOST_CHECKED = 2_000_000;
/** In characters. A longer text is checked after a pause, which restarts with every keystroke. */
const CHECKED_AT_ONCE = 200_000;
const REST_MS = 100;

/** Whether the text is too long to be checked while typing. */
export const isTooLong = (document: TextDocument): boolean => document.getText().length > MOST_CHECKED;

/** Resolves at once for a short text, and for a long one when the text has not changed for a moment. */
export async function rest(document: TextDocument): Promise<void> {
  while (document.getText().length > CHECKED_AT_ONCE) {
    const { version } = document;
    await new Promise((done) => setTimeout(done, REST_MS));
    if (document.version === version) return;
  }
}

/** Returns the only diagnostic of a text that is too long to be checked. */
export function tooLong(document: TextDocument): Diagnostic {
  const position = { line: 0, character: 0 };
  return {
    range: { start: position, end: position },
    severity: 3,
    source: "nn",
    message: `This file has ${countText(document.getText().length)} characters. The editor checks files of up to ${countText(MOST_CHECKED)}, so that the others stay fast. Move the rows into a CSV file, or check it in a terminal with nn check.`,
  };
}
