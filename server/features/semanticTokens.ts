/**
 * Semantic tokens for distinctions that the TextMate grammar can't make: labels, columns, models, data and `let` names, and catalog words
 * that are columns of a table. Comments, strings, numbers and keywords are for editors without such a grammar.
 */
import type { SemanticTokensLegend } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { type SymbolKind, symbolsIn } from "../language/query/symbols.ts";
import { type Word, wordInTree } from "../language/query/wordAt.ts";
import { isActivationLine } from "../language/resolve/resolvedModel.ts";
import type { Span } from "../language/syntax/span.ts";
import { keywordTexts, NumberToken, Shape, Text, type Token, UnclosedText } from "../language/syntax/tokens.ts";
import type { ArgumentNode, ModelLineNode, NameNode, TermNode } from "../language/syntax/tree.ts";

const TYPES = [
  "class",
  "struct",
  "event",
  "variable",
  "property",
  "function",
  "enumMember",
  "parameter",
  "keyword",
  "comment",
  "string",
  "number",
] as const;
type TokenType = (typeof TYPES)[number];
const MODIFIERS = ["declaration", "readonly"] as const;
export const LEGEND: SemanticTokensLegend = { tokenTypes: [...TYPES], tokenModifiers: [...MODIFIERS] };

export interface SemanticToken {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly (typeof MODIFIERS)[number][];
}

const OF_SYMBOL: { readonly [K in SymbolKind]: TokenType } = {
  model: "class",
  data: "struct",
  run: "event",
  let: "variable",
  layer: "variable",
};

/** Returns the tokens that start in `within`, in text order and without overlaps. */
export function semanticTokens(analysis: Analysis, within: Span = { start: 0, end: analysis.text.length }): SemanticToken[] {
  const found = new Map<number, SemanticToken>();
  const add = (token: SemanticToken): void => {
    if (token.span.start < within.start || token.span.start > within.end) return;
    if (!found.has(token.span.start) && token.span.end > token.span.start) found.set(token.span.start, token);
  };
  for (const { kind, declaration, places } of symbolsIn(analysis)) {
    for (const span of places)
      add({
        span,
        type: OF_SYMBOL[kind],
        modifiers: [...(span === declaration ? (["declaration"] as const) : []), ...(kind === "let" ? (["readonly"] as const) : [])],
      });
  }
  for (const name of namesIn(analysis).filter(({ start }) => start >= within.start && start <= within.end)) {
    const word = found.has(name.start) ? undefined : wordInTree(analysis, name.start);
    const type = word && word.span.start === name.start ? typeOf(word) : undefined;
    if (word && type) add({ span: word.span, type, modifiers: [] });
  }
  for (const token of plainTokens(analysis)) add(token);
  const ordered = [...found.values()].sort((a, b) => a.span.start - b.span.start);
  return ordered.filter(
    ({ span }, i) => span.start >= (ordered[i - 1]?.span.end ?? 0) && !analysis.text.slice(span.start, span.end).includes("\n"),
  );
}

function plainTokens({ tree, tokens: { tokens } }: Analysis): SemanticToken[] {
  const comments = tree.comments.map((span) => ({ span, type: "comment" as const, modifiers: [] }));
  const others = tokens.flatMap((token, i): SemanticToken[] => {
    const type = plainType(token, tokens[i + 1]);
    return type ? [{ span: { start: token.startOffset, end: token.startOffset + token.image.length }, type, modifiers: [] }] : [];
  });
  return [...comments, ...others];
}

function plainType({ tokenType, image }: Token, next: Token | undefined): TokenType | undefined {
  if (tokenType === Text || tokenType === UnclosedText) return "string";
  if (tokenType === NumberToken || tokenType === Shape) return "number";
  // Before `=` and `:`, a keyword is a name, as in `split train=0.8`.
  return keywordTexts.has(image) && next?.image !== "=" && next?.image !== ":" ? "keyword" : undefined;
}

function typeOf(word: Word): TokenType | undefined {
  switch (word.kind) {
    case "layer":
      return word.isLabel ? "variable" : isActivationLine(word.layer) ? "enumMember" : "function";
    case "entry":
      return ["optimizers", "schedules", "sources", "stops", "starts"].includes(word.part) ? "function" : "enumMember";
    case "argument":
      return "parameter";
    case "directive":
      return "keyword";
    case "column":
      return "property";
    default:
      return undefined;
  }
}

/** Returns every name in the tree except the names of blocks, which are declarations. */
function namesIn({ tree }: Analysis): Span[] {
  const found: Span[] = [];
  const name = (node: NameNode | undefined): void => {
    if (node) found.push(node.span);
  };
  const value = (node: TermNode | undefined): void => {
    if (!node) return;
    if (node.kind === "name" || node.kind === "string") found.push(node.span);
    else if (node.kind === "call") {
      name(node.name);
      node.arguments.forEach(argument);
    } else if (node.kind === "list") node.items.forEach(value);
    else if (node.kind === "computed") for (const { term } of node.parts) value(term);
    else if (node.kind === "range") {
      value(node.from);
      value(node.to);
    }
  };
  const argument = (node: ArgumentNode): void => {
    name(node.name);
    value(node.value);
  };
  const line = (node: ModelLineNode): void => {
    if (node.kind === "repeat") node.body.forEach(line);
    else if (node.kind === "output") node.names.forEach(name);
    else {
      name(node.name);
      node.arguments.forEach(argument);
      node.from?.forEach(name);
    }
  };
  for (const block of tree.blocks) {
    if (block.kind === "let") value(block.value);
    else if (block.kind === "model") block.body.forEach(line);
    else
      for (const one of block.body) {
        if (one.kind === "directive") {
          name(one.name);
          one.arguments.forEach(argument);
        } else if (one.kind === "claim") name(one.metric);
      }
  }
  return found;
}

/** Returns the protocol's encoding: five numbers per token, with positions relative to the previous token. */
export function encoded(tokens: readonly SemanticToken[], at: (offset: number) => { line: number; character: number }): number[] {
  let [line, character] = [0, 0];
  return tokens.flatMap(({ span, type, modifiers }) => {
    const start = at(span.start);
    const end = at(span.end);
    const row = [
      start.line - line,
      start.line === line ? start.character - character : start.character,
      end.character - start.character,
      TYPES.indexOf(type),
      modifiers.reduce((bits, modifier) => bits | (1 << MODIFIERS.indexOf(modifier)), 0),
    ];
    ({ line, character } = start);
    return row;
  });
}
