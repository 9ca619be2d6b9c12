/** The result of a refactoring: a title, its kind, and the text changes. */
import type { Span } from "../../language/syntax/span.ts";

export interface Change {
  readonly span: Span;
  readonly text: string;
}

export interface Refactoring {
  readonly title: string;
  readonly kind: "refactor.extract" | "refactor.rewrite" | "refactor.inline";
  readonly changes: readonly Change[];
}

export const newlineOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

/** Returns the start of the line at an offset. */
export const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

/** Returns the offset of the line's line break, or the text's length for the last line. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}
