/**
 * Where the cursor is. It is read from the tokens before the cursor rather than from the tree, so that it is right in an
 * unfinished line and in a file that does not parse.
 */
import type { IToken } from "chevrotain";
import type { Analysis } from "../analysis.ts";
import { blockAt } from "../syntax/blockStarts.ts";
import { spanOf } from "../syntax/lower.ts";
import type { Span } from "../syntax/span.ts";
import {
  Colon,
  Comma,
  Comment,
  Equals,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Name,
  Newline,
  RightBrace,
  RightBracket,
  RightParen,
  Text,
  UnclosedText,
} from "../syntax/tokens.ts";
import type { BlockNode } from "../syntax/tree.ts";

type BlockKind = Exclude<BlockNode["kind"], "let">;

export interface Place {
  /** The block whose braces enclose the cursor; undefined outside all blocks. */
  readonly block: BlockKind | undefined;
  /** The name after that block's keyword, if one is written. */
  readonly blockName: string | undefined;
  /** The line's words before the cursor, without the word being typed and without a label and its colon. */
  readonly words: readonly string[];
  /** The word being typed, which a completion replaces. Empty at the cursor if there is none. */
  readonly typed: Span;
  /** The call whose parentheses enclose the cursor, the names of its arguments so far, and how many commas precede the cursor. */
  readonly call: { readonly name: string; readonly given: readonly string[]; readonly count: number } | undefined;
  /** The argument whose value is at the cursor: `init=¦`. */
  readonly argument: string | undefined;
  /** Inside a text in quotes: the part between the opening quote and the cursor. */
  readonly text: { readonly before: string; readonly span: Span } | undefined;
  /** Nothing is offered in a comment. */
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

/** Returns the tokens after the last newline or brace, which ends a statement. */
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

/** Follows the braces. A line that begins a block ends the block before it, even if that one's brace is missing. */
function blockOf(tokens: readonly IToken[]): { block: BlockKind | undefined; blockName: string | undefined } {
  let block: BlockKind | undefined;
  let blockName: string | undefined;
  let head: { kind: BlockNode["kind"]; name: string | undefined } | undefined;
  let depth = 0;
  tokens.forEach((token, i) => {
    const type = token.tokenType;
    const previous = tokens[i - 1]?.tokenType;
    const isLineStart = i === 0 || previous === Newline || previous === RightBrace;
    // The rest of the line is not written yet, so a line that may become the beginning of a block is taken as one.
    const kind = isLineStart ? blockAt((k) => tokens[i + k]?.tokenType ?? LeftBrace) : undefined;
    if (kind) {
      const name = tokens[tokens[i + 1]?.tokenType === Colon ? i + 3 : i + 1];
      head = { kind, name: name?.tokenType === LeftBrace ? undefined : name?.image };
      depth = 0;
      block = undefined;
    } else if (type === LeftBrace) {
      depth++;
      if (head && head.kind !== "let" && depth === 1) {
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
