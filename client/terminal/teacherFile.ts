/** `nn test --expect FILE`: replaces a file's own `expect` blocks with those in another file, such as a teacher's. */
import { parse } from "../../server/language/syntax/parse.ts";

/** Two joined texts, and the offset at which the second one starts. */
export interface JoinedText {
  readonly text: string;
  readonly start: number;
}

/** Returns the text with its `expect` blocks blanked out, followed by the expectations' text. */
export function withExpectations(text: string, expectations: string): JoinedText {
  const spans = parse(text).tree.blocks.flatMap(({ kind, span }) => (kind === "expect" ? [span] : []));
  const own = spans.reduce(
    (all, { start, end }) => `${all.slice(0, start)}${all.slice(start, end).replace(/[^\r\n]/g, " ")}${all.slice(end)}`,
    text,
  );
  const before = own.endsWith("\n") || own === "" ? own : `${own}\n`;
  return { text: `${before}${expectations}`, start: before.length };
}
