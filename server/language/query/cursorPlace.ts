/**
 * The cursor's place. It is read from the tokens before the cursor rather than from the tree, so it is right in an unfinished line and in a
 * file that does not parse.
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
  From,
  LeftBrace,
  LeftBracket,
  LeftParen,
  MalformedNumber,
  Name,
  Newline,
  NumberToken,
  RightBrace,
  RightBracket,
  RightParen,
  Shape,
  Text,
  UnclosedText,
} from "../syntax/tokens.ts";
import type { BlockNode } from "../syntax/tree.ts";
import { type Item, itemsOf } from "./lineItems.ts";

type BlockKind = Exclude<BlockNode["kind"], "let">;

export interface Place {
  /** The block with braces around the cursor; undefined outside all blocks. */
  readonly block: BlockKind | undefined;
  /** The name after that block's keyword, if any. */
  readonly blockName: string | undefined;
  /** The offset of that block's brace, which identifies the block in the tree. */
  readonly brace: number | undefined;
  /** The start of the line's first word; the cursor if there is none. */
  readonly lineStart: number;
  /** Whether the line starts with a label and its colon. */
  readonly hasLabel: boolean;
  /** The line's words before the cursor, without the word being typed and without a label and its colon. */
  readonly words: readonly string[];
  /** The line's arguments before the cursor and before `from`, including the arguments in `dense(32, ¦`. */
  readonly items: readonly Item[];
  /** The names after `from`; undefined without it. */
  readonly from: readonly string[] | undefined;
  /** Whether a comma directly precedes the word being typed. */
  readonly afterComma: boolean;
  /** The word or number being typed, which a completion replaces; empty at the cursor if there is none. */
  readonly typed: Span;
  /** Whether the cursor touches the end of a complete item such as `)`, after which a word needs a blank. */
  readonly isGlued: boolean;
  /** The next token on the line after the word being typed; undefined at the end of the line. */
  readonly next: string | undefined;
  /** Whether the cursor is inside an open bracket, where a line break changes nothing. */
  readonly isInBrackets: boolean;
  /** Whether the innermost bracket belongs to a list. */
  readonly isInList: boolean;
  /** The call with parentheses around the cursor, with its arguments so far. Not a layer's line, whose arguments are `items`. */
  readonly call: { readonly name: string; readonly items: readonly Item[] } | undefined;
  /** The argument with its value at the cursor: `init=¦`. */
  readonly argument: string | undefined;
  /** Inside a quoted text: the part between the opening quote and the cursor. */
  readonly text: { readonly before: string; readonly span: Span } | undefined;
  /** Inside a comment: its text before the cursor, with the `#`. */
  readonly comment: string | undefined;
}

const isName = ({ tokenType }: IToken): boolean => tokenType === Name || (tokenType.CATEGORIES?.includes(Name) ?? false);
const isTyped = (token: IToken): boolean => isName(token) || [NumberToken, Shape, MalformedNumber].includes(token.tokenType);
const isClosed = ({ tokenType }: IToken): boolean => tokenType === RightParen || tokenType === RightBracket || tokenType === Text;

export function placeAt({ text, tokens: { tokens, comments } }: Pick<Analysis, "text" | "tokens">, offset: number): Place {
  const comment = comments.find((one) => one.tokenType === Comment && one.startOffset < offset && offset <= spanOf(one).end);
  const before = tokens.filter((token) => token.startOffset < offset);
  const last = before.at(-1);
  const touches = last !== undefined && spanOf(last).end >= offset;
  const inText =
    last &&
    (last.tokenType === Text || last.tokenType === UnclosedText) &&
    (spanOf(last).end > offset || (last.tokenType === UnclosedText && touches));
  const typedToken = touches && last && isTyped(last) ? last : undefined;
  const known = typedToken || inText ? before.slice(0, -1) : before;
  const whole = lineOf(known);
  const line = withoutLabel(whole);
  const own = blockOf(known);
  const next = tokens[before.length];
  const around = bracketsOf(line, own.block);
  const { arguments: written, from } = partsOf(line, around.isLine);
  const items = around.call?.items ?? itemsOf(written);
  const open = items.at(-1);
  return {
    ...own,
    lineStart: whole[0]?.startOffset ?? typedToken?.startOffset ?? offset,
    hasLabel: line.length < whole.length,
    words: (around.isLine ? [...line.slice(0, 1), ...line.slice(2)] : line).map(({ image }) => image),
    items: itemsOf(written),
    from,
    afterComma: whole.at(-1)?.tokenType === Comma,
    typed: typedToken ? spanOf(typedToken) : { start: offset, end: offset },
    isGlued: touches && !inText && last !== undefined && isClosed(last),
    next: next && next.tokenType !== Newline ? next.image : undefined,
    isInBrackets: around.isOpen,
    isInList: around.isInList,
    call: around.call,
    argument: open && open.name !== undefined && open.value === undefined ? open.name : undefined,
    text:
      inText && last
        ? {
            before: text.slice(last.startOffset + 1, offset),
            span: { start: last.startOffset + 1, end: Math.max(offset, spanOf(last).end - (last.tokenType === Text ? 1 : 0)) },
          }
        : undefined,
    comment: comment && text.slice(comment.startOffset, offset),
  };
}

/** Returns the tokens after the last newline or brace, each of which ends a statement. */
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

/** Follows the braces. A line that starts a block ends the previous block, even without its closing brace. */
function blockOf(tokens: readonly IToken[]): Pick<Place, "block" | "blockName" | "brace"> {
  let block: BlockKind | undefined;
  let blockName: string | undefined;
  let brace: number | undefined;
  let head: { kind: BlockNode["kind"]; name: string | undefined } | undefined;
  let depth = 0;
  tokens.forEach((token, i) => {
    const type = token.tokenType;
    const previous = tokens[i - 1]?.tokenType;
    const isLineStart = i === 0 || previous === Newline || previous === RightBrace;
    // The rest of the line is not written yet, so a line that may become the start of a block counts as one.
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
        brace = token.startOffset;
        head = undefined;
      }
    } else if (type === RightBrace) {
      depth = Math.max(0, depth - 1);
      if (depth === 0) block = undefined;
    }
  });
  return { block, blockName: block && blockName, brace: block && brace };
}

interface Brackets {
  readonly isOpen: boolean;
  readonly isInList: boolean;
  /** Whether the line has the form of a call: `dense(32, relu)`. */
  readonly isLine: boolean;
  readonly call: Place["call"];
}

/** Finds the brackets around the end of a line. */
function bracketsOf(line: readonly IToken[], block: BlockKind | undefined): Brackets {
  const isLine = block === "model" && line[1]?.tokenType === LeftParen;
  const open: number[] = [];
  line.forEach(({ tokenType }, i) => {
    if (tokenType === LeftParen || tokenType === LeftBracket) open.push(i);
    else if (tokenType === RightParen || tokenType === RightBracket) open.pop();
  });
  const innermost = open.at(-1);
  const isInList = innermost !== undefined && line[innermost]?.tokenType === LeftBracket;
  const paren = open.findLast((i) => line[i]?.tokenType === LeftParen);
  const name = paren === undefined ? undefined : line[paren - 1];
  const isCall = paren !== undefined && name !== undefined && isName(name) && !(isLine && paren === 1);
  return {
    isOpen: open.length > 0,
    isInList,
    isLine,
    call: isCall ? { name: name.image, items: itemsOf(line.slice(paren + 1)) } : undefined,
  };
}

/** Returns the tokens of the line's arguments, and the names after `from`. */
function partsOf(line: readonly IToken[], isCall: boolean): { arguments: readonly IToken[]; from: string[] | undefined } {
  const at = line.findIndex(({ tokenType }, i) => i > 0 && tokenType === From);
  const end = at < 0 ? line.length : at;
  const from =
    at < 0
      ? undefined
      : line
          .slice(at + 1)
          .filter(isName)
          .map(({ image }) => image);
  if (!isCall) return { arguments: line.slice(1, end), from };
  let depth = 0;
  const closing = line.findIndex(({ tokenType }) => {
    if (tokenType === LeftParen) depth++;
    return tokenType === RightParen && --depth === 0;
  });
  return { arguments: line.slice(2, closing < 0 ? end : Math.min(closing, end)), from };
}
