/** The ranges of expanding selections: word, argument, line, block, file. */
import type { SelectionRange } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { covers, type Span } from "../language/syntax/span.ts";
import type { Ranges } from "./ranges.ts";

interface Node {
  readonly span: Span;
}

export function selectionRange({ tree, text }: Analysis, offset: number, ranges: Ranges): SelectionRange {
  const spans: Span[] = [{ start: 0, end: text.length }];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    if (typeof node !== "object" || node === null) return;
    if (isNode(node)) {
      if (!covers(node.span, offset)) return;
      spans.push(node.span);
    }
    for (const child of Object.values(node)) if (typeof child === "object") visit(child);
  };
  visit(tree.blocks);
  // From the file inwards. Equal spans are included once.
  const nested = spans.sort((a, b) => b.end - b.start - (a.end - a.start));
  let selection: SelectionRange | undefined;
  let outer: Span | undefined;
  for (const span of nested) {
    if (outer && (span.start < outer.start || span.end > outer.end || (span.start === outer.start && span.end === outer.end))) continue;
    selection = { range: ranges.of(span), ...(selection && { parent: selection }) };
    outer = span;
  }
  return selection ?? { range: ranges.of({ start: offset, end: offset }) };
}

const isNode = (value: object): value is Node => "span" in value && typeof value.span === "object";
