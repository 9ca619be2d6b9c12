/** Folding ranges: blocks, repeats, long tables, multi-line lists, runs of comments. */
import type { FoldingRange } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Span } from "../language/syntax/span.ts";
import type { ModelLineNode } from "../language/syntax/tree.ts";

/** Returns the folding ranges. `lineOf` returns the line of an offset, from 0. */
export function folding({ tree, text }: Analysis, lineOf: (offset: number) => number): FoldingRange[] {
  const found: FoldingRange[] = [];
  const fold = ({ start, end }: Span, kind?: string): void => {
    const [startLine, endLine] = [lineOf(start), lineOf(end)];
    // The closing brace stays visible.
    const last = text[end - 1] === "}" ? endLine - 1 : endLine;
    if (last > startLine) found.push({ startLine, endLine: last, ...(kind !== undefined && { kind }) });
  };
  const lines = (body: readonly ModelLineNode[]): void => {
    for (const line of body) {
      if (line.kind !== "output") fold(line.span);
      if (line.kind === "repeat") lines(line.body);
    }
  };
  for (const block of tree.blocks) {
    fold(block.span);
    if (block.kind === "model") lines(block.body);
    else if (block.kind === "data" || block.kind === "expect") {
      // Five or more consecutive rows fold together.
      let first: Span | undefined;
      let last: Span | undefined;
      for (const line of [...block.body, undefined]) {
        if (line?.kind === "row") {
          first ??= line.span;
          last = line.span;
        } else {
          if (first && last && lineOf(last.start) - lineOf(first.start) >= 4) fold({ start: first.start, end: last.end });
          first = undefined;
        }
      }
    }
  }
  let run: { start: number; end: number } | undefined;
  for (const comment of tree.comments) {
    const isAlone = text.slice(text.lastIndexOf("\n", comment.start - 1) + 1, comment.start).trim() === "";
    if (isAlone && run && lineOf(comment.start) === lineOf(run.end) + 1) run.end = comment.end;
    else {
      if (run) fold(run, "comment");
      run = isAlone ? { ...comment } : undefined;
    }
  }
  if (run) fold(run, "comment");
  return found;
}
