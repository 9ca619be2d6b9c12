/**
 * Where the cursor is, told from the tokens before it rather than from the tree: it must be right in a line that is not
 * finished and in a file that does not parse.
 */
import type { IToken } from "chevrotain";
import type { Analysis } from "../analysis.ts";
import { spanOf } from "../syntax/lower.ts";
import type { Span } from "../syntax/span.ts";
import {
  Colon,
  Comma,
  Comment,
  Data,
  Equals,
  Expect,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Model,
  Name,
  Newline,
  RightBrace,
  RightBracket,
  RightParen,
  Text,
  Train,
  UnclosedText,
} from "../syntax/tokens.ts";

export type BlockKind = "model" | "data" | "train" | "expect";

export interface Place {
  /** The block whose braces are around the cursor; undefined outside of all. */
  readonly block: BlockKind | undefined;
  /** The name of that block's model or data, as far as written. */
  readonly blockName: string | undefined;
  /** The line's words before the cursor, the one being typed left out; a label and its colon are not among them. */
  readonly words: readonly string[];
  /** The word being typed, to be replaced: empty where none is. */
  readonly typed: Span;
  /** The call whose parentheses are around the cursor, and the names of the arguments it has already. */
  readonly call: { readonly name: string; readonly given: readonly string[]; readonly count: number } | undefined;
  /** The argument that the cursor is the value of: `init=¦`. */
  readonly argument: string | undefined;
  /** Inside a text in quotes: what is between the quote and the cursor. */
  readonly text: { readonly before: string; readonly span: Span } | undefined;
  /** In a comment nothing is offered. */
  readonly inComment: boolean;
}

const isName = ({ tokenType }: IToken): boolean => tokenType === Name || (tokenType.CATEGORIES?.includes(Name) ?? false);

export function placeAt({ text, tokens: { tokens, comments } }: Pick<Analysis, "text" | "tokens">, offset: number): Place {
  const inComment = comments.some(
    (comment) => comment.tokenType === Comment && comment.startOffset < offset && offset <= spanOf(comment).end,
  );
  const before = tokens.filter((token) => token.startOffset < offset);
  const last = before.at(-1);
  const touches = last !== undefined && spanOf(last).end >= offset;
  const inText =
    last &&
    (last.tokenType === Text || last.tokenType === UnclosedText) &&
    (spanOf(last).end > offset || (last.tokenType === UnclosedText && touches));
  const typedToken = touches && last && isName(last) ? last : undefined;
  const known = typedToken || inText ? before.slice(0, -1) : before;
  const line = lineOf(known);
  const { block, blockName } = blockOf(known);
  const call = callOf(line);
  const previous = line.at(-1);
  return {
    block,
    blockName,
    words: withoutLabel(line).map(({ image }) => image),
    typed: typedToken ? spanOf(typedToken) : { start: offset, end: offset },
    call,
    argument: previous?.tokenType === Equals ? line.at(-2)?.image : undefined,
    text:
      inText && last
        ? {
            before: text.slice(last.startOffset + 1, offset),
            span: { start: last.startOffset + 1, end: Math.max(offset, spanOf(last).end - (last.tokenType === Text ? 1 : 0)) },
          }
        : undefined,
    inComment,
  };
}

/** The tokens since the last newline or brace that ends a statement. */
function lineOf(tokens: readonly IToken[]): IToken[] {
  let start = tokens.length;
  while (start > 0) {
    const type = tokens[start - 1]?.tokenType;
    if (type === Newline || type === LeftBrace || type === RightBrace) break;
    start--;
  }
  return tokens.slice(start);
}

function withoutLabel(line: readonly IToken[]): readonly IToken[] {
  return line[1]?.tokenType === Colon ? line.slice(2) : line;
}

const KINDS = new Map([
  [Model, "model"],
  [Data, "data"],
  [Train, "train"],
  [Expect, "expect"],
] as const);

/** Follows the braces; a line that begins like a block begins one whatever was left open. */
function blockOf(tokens: readonly IToken[]): { block: BlockKind | undefined; blockName: string | undefined } {
  let block: BlockKind | undefined;
  let blockName: string | undefined;
  let head: { kind: BlockKind; name: string | undefined } | undefined;
  let depth = 0;
  tokens.forEach((token, i) => {
    const type = token.tokenType;
    const previous = tokens[i - 1]?.tokenType;
    const kind = KINDS.get(type);
    if (kind && (i === 0 || previous === Newline || previous === RightBrace || previous === Colon) && opensBlock(tokens, i)) {
      head = { kind, name: tokens[i + 1]?.tokenType === LeftBrace ? undefined : tokens[i + 1]?.image };
      depth = 0;
      block = undefined;
    } else if (type === LeftBrace) {
      depth++;
      if (head && depth === 1) {
        block = head.kind;
        blockName = head.name;
        head = undefined;
      }
    } else if (type === RightBrace) {
      depth = Math.max(0, depth - 1);
      if (depth === 0) block = undefined;
    }
  });
  return { block, blockName: block && blockName };
}

function opensBlock(tokens: readonly IToken[], at: number): boolean {
  for (let k = at + 1; k < Math.min(tokens.length, at + 7); k++) {
    if (tokens[k]?.tokenType === LeftBrace) return true;
    if (tokens[k]?.tokenType === Newline) return false;
  }
  return at + 1 >= tokens.length;
}

function callOf(line: readonly IToken[]): Place["call"] {
  let depth = 0;
  for (let i = line.length - 1; i >= 0; i--) {
    const token = line[i];
    if (!token) continue;
    if (token.tokenType === RightParen || token.tokenType === RightBracket) depth++;
    else if (token.tokenType === LeftBracket) depth--;
    else if (token.tokenType === LeftParen) {
      if (depth > 0) {
        depth--;
        continue;
      }
      const name = line[i - 1];
      if (!name || !isName(name)) return undefined;
      const inside = line.slice(i + 1);
      return {
        name: name.image,
        given: inside.flatMap((word, k) => (inside[k + 1]?.tokenType === Equals ? [word.image] : [])),
        count: inside.filter(({ tokenType }) => tokenType === Comma).length,
      };
    }
  }
  return undefined;
}
