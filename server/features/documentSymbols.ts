/** The outline: blocks, and the layers of a model with their output shapes. */
import type { DocumentSymbol, SymbolKind } from "vscode-languageserver";
import { shapeText } from "../../engine/catalog/shapes.ts";
import { plainText } from "../../engine/safeText.ts";
import type { Analysis } from "../language/analysis.ts";
import type { Span } from "../language/syntax/span.ts";
import type { BlockNode, ModelLineNode } from "../language/syntax/tree.ts";
import type { Ranges } from "./ranges.ts";

const KIND = { Class: 5, Function: 12, Variable: 13, Module: 2, Event: 24, Boolean: 17, Property: 7, Array: 18 } satisfies Record<
  string,
  SymbolKind
>;

export function documentSymbols(analysis: Analysis, ranges: Ranges): DocumentSymbol[] {
  const symbol = (
    name: string,
    detail: string,
    kind: SymbolKind,
    span: Span,
    selection: Span,
    children: DocumentSymbol[] = [],
  ): DocumentSymbol => ({
    // Editors reject an empty name.
    name: plainText(name) || "(unnamed)",
    detail: plainText(detail),
    kind,
    range: ranges.of(span),
    selectionRange: ranges.of(selection),
    children,
  });

  const lines = (body: readonly ModelLineNode[], block: BlockNode): DocumentSymbol[] =>
    body.map((line) => {
      if (line.kind === "output")
        return symbol("output", line.names.map(({ text }) => text).join(", "), KIND.Property, line.span, line.span);
      if (line.kind === "repeat") return symbol("repeat", "", KIND.Array, line.span, line.keyword, lines(line.body, block));
      const layer = analysis.models.find(({ node }) => node === block)?.layers.find(({ node }) => node === line);
      return symbol(
        layer?.id ?? line.name.text,
        `${line.name.text}${layer?.output ? ` → ${shapeText(layer.output)}` : ""}`,
        KIND.Function,
        line.span,
        line.label?.span ?? line.name.span,
      );
    });

  const blockSymbol = (block: BlockNode): DocumentSymbol => {
    switch (block.kind) {
      case "let":
        return symbol(block.name?.text ?? "", "let", KIND.Variable, block.span, block.name?.span ?? block.keyword);
      case "model":
        return symbol(block.name?.text ?? "", "model", KIND.Class, block.span, block.name?.span ?? block.keyword, lines(block.body, block));
      case "data":
        return symbol(block.name?.text ?? "", "data", KIND.Module, block.span, block.name?.span ?? block.keyword);
      case "train":
        return symbol(
          block.label?.text ?? `train ${block.model?.text ?? ""}`.trim(),
          block.data ? `on ${block.data.text}` : "",
          KIND.Event,
          block.span,
          block.keyword,
        );
      case "expect":
        return symbol(`expect ${block.model?.text ?? ""}`.trim(), "", KIND.Boolean, block.span, block.keyword);
    }
  };

  return analysis.tree.blocks.map(blockSymbol);
}
