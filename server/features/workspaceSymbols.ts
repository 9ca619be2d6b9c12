/** Workspace symbols: the models, data, runs and labels in a file whose names match a query. */
import type { SymbolKind as ProtocolKind, SymbolInformation } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { type SymbolKind, symbolsIn } from "../language/query/symbols.ts";
import type { Ranges } from "./ranges.ts";

/** Values of the protocol's enumeration: Class, Struct, Event, Constant, Variable. */
const KIND: { readonly [K in SymbolKind]: ProtocolKind } = { model: 5, data: 23, run: 24, let: 14, layer: 13 };

/** Returns the names that contain the query's letters in order, as specified by the protocol. */
export function workspaceSymbols(analysis: Analysis, query: string, uri: string, ranges: Ranges): SymbolInformation[] {
  const wanted = [...query.toLowerCase()];
  const matches = (name: string): boolean => {
    let at = 0;
    for (const letter of name.toLowerCase()) if (letter === wanted[at]) at++;
    return at >= wanted.length;
  };
  const models = analysis.models.map(({ node, name }) => ({ span: node.span, name }));
  return symbolsIn(analysis)
    .filter(({ name }) => matches(name))
    .map(({ kind, name, declaration }) => {
      const model = kind === "layer" && models.find(({ span }) => span.start <= declaration.start && declaration.end <= span.end);
      return { name, kind: KIND[kind], location: { uri, range: ranges.of(declaration) }, ...(model && { containerName: model.name }) };
    });
}
