/** The formatter's single form where the language allows several: commas, and a layer's arguments in parentheses. */
import { isInputWord, isJoiningWord, isNamingWord } from "../../../engine/catalog/layers.ts";
import {
  Arrow,
  Colon,
  Comma,
  Comparison,
  DotDot,
  Equals,
  From,
  LeftBracket,
  LeftParen,
  Let,
  Minus,
  Name,
  Not,
  NumberToken,
  Output,
  RightBracket,
  RightParen,
  type Token,
} from "./tokens.ts";
import type { BlockNode } from "./tree.ts";

/** A token, or a comment inside brackets. */
export interface Piece {
  readonly image: string;
  readonly tokenType: Token["tokenType"];
  /** Whether a line break precedes it in the source. */
  readonly broken: boolean;
  /** Its column in the source. */
  readonly column: number;
}

const is = (piece: Piece | undefined, ...types: readonly Token["tokenType"][]): boolean =>
  piece !== undefined && types.includes(piece.tokenType);
const isNameLike = (piece: Piece | undefined): boolean =>
  piece !== undefined && (piece.tokenType === Name || (piece.tokenType.CATEGORIES?.includes(Name) ?? false));
const isComment = ({ image }: Piece): boolean => image.startsWith("#");

/** Lines of numbers that represent a class or a gap. They are compared with the data as written. */
const COMPARED: ReadonlySet<string> = new Set(["classes", "class_weight", "missing"]);

/** Returns a line's tokens in the single form. A line with comments between its tokens is unchanged. */
export function inOneForm(written: readonly Piece[], block: BlockNode["kind"] | undefined, depth: number): readonly Piece[] {
  if (written.some((piece) => isComment(piece) || is(piece, Arrow)) || is(written[1], Comparison) || is(written[2], Comparison))
    return written;
  const isCompared = block === "data" && COMPARED.has(written[0]?.image ?? "");
  const tokens = isCompared ? written : written.map(withDigits);
  if (depth === 0 || block === undefined) return separated(is(tokens[0], Let) ? withSigns(tokens) : tokens, 0, () => false);
  if (block !== "model") return separated(tokens.map(asName), 1, (before, item) => !isNamed(tokens, before) && !isNamed(tokens, item));
  const first = is(tokens[1], Colon) ? 2 : 0;
  const line = withoutParentheses(tokens, first);
  const from = line.findIndex((piece) => is(piece, From));
  const word = line[first]?.image ?? "";
  const listsNames = isInputWord(word) || isNamingWord(word) || is(line[first], Output);
  return separated(line, first + 1, (before, item) => {
    if (from >= 0 && before > from) return true;
    return listsNames && !isNamed(line, before) && !isNamed(line, item) && item !== from && before !== from;
  });
}

/** `.5` becomes `0.5`, and `1.` becomes `1`. */
const withDigits = (piece: Piece): Piece =>
  is(piece, NumberToken)
    ? { ...piece, image: piece.image.replace(/^(-?)\./, (_all, sign: string) => `${sign}0.`).replace(/\.(?=$|e)/i, "") }
    : piece;

/** `not` is a name in a directive's values. */
const asName = (piece: Piece): Piece => (is(piece, Not) ? { ...piece, tokenType: Name } : piece);

/** In a sum, `width -1` becomes `width - 1`. In a list and in a call's arguments, `1 -1` is two numbers. */
function withSigns(tokens: readonly Piece[]): readonly Piece[] {
  /** For each open bracket: whether it contains a sum. */
  const open: boolean[] = [];
  return tokens.flatMap((piece, k) => {
    const before = tokens[k - 1];
    if (is(piece, LeftParen, LeftBracket)) open.push(is(piece, LeftParen) && !isNameLike(before));
    else if (is(piece, RightParen, RightBracket)) open.pop();
    const followsTerm = isNameLike(before) || is(before, NumberToken, RightParen);
    if (!is(piece, NumberToken) || !piece.image.startsWith("-") || !followsTerm || open.at(-1) === false) return [piece];
    return [
      { ...piece, image: "-", tokenType: Minus },
      { ...piece, image: piece.image.slice(1), broken: false },
    ];
  });
}

/** Whether the item containing the token at an index has a name: `rate=0.5`. */
function isNamed(tokens: readonly Piece[], at: number): boolean {
  let depth = 0;
  for (let k = at; k >= 0; k--) {
    if (is(tokens[k], RightParen, RightBracket)) depth++;
    else if (is(tokens[k], LeftParen, LeftBracket)) depth--;
    if (depth > 0) continue;
    if (is(tokens[k], Equals) || is(tokens[k + 1], Equals)) return true;
    if (is(tokens[k], Comma) || (k < at && endsItem(tokens[k]) && beginsItem(tokens[k + 1]))) return false;
  }
  return false;
}

/** `dense(8, relu)` becomes `dense 8 relu`, and `concat(a, b)` becomes `concat from a, b`. */
function withoutParentheses(tokens: readonly Piece[], word: number): readonly Piece[] {
  const open = tokens[word + 1];
  if (!open || !is(open, LeftParen)) return tokens;
  const close = closingOf(tokens, word + 1);
  const after = tokens[close + 1];
  if (close < 0 || (after && !is(after, From))) return tokens;
  const inner = tokens.slice(word + 2, close).map((piece) => ({ ...piece, broken: false }));
  const joins = isJoiningWord(tokens[word]?.image ?? "") && !after && inner.every((piece) => is(piece, Comma) || isNameLike(piece));
  const from: Piece = { ...open, image: "from", tokenType: From };
  return [...tokens.slice(0, word + 1), ...(joins && inner.length > 0 ? [from] : []), ...inner, ...tokens.slice(close + 1)];
}

function closingOf(tokens: readonly Piece[], open: number): number {
  let depth = 0;
  for (let k = open; k < tokens.length; k++) {
    if (is(tokens[k], LeftParen, LeftBracket)) depth++;
    else if (is(tokens[k], RightParen, RightBracket) && --depth === 0) return k;
  }
  return -1;
}

const beginsItem = (piece: Piece | undefined): boolean =>
  piece !== undefined && !is(piece, Comma, Equals, DotDot, LeftParen, RightParen, RightBracket, Colon);
const endsItem = (piece: Piece | undefined): boolean =>
  piece !== undefined && !is(piece, Comma, Equals, DotDot, LeftParen, LeftBracket, Colon, Not);

/**
 * Returns the tokens with a comma between the items inside brackets, and elsewhere only where `isListed` returns true. `isListed` takes the
 * index of an item's last token and of the next item's first token. `from` is the index of the first item.
 */
function separated(tokens: readonly Piece[], from: number, isListed: (before: number, item: number) => boolean): readonly Piece[] {
  const out: Piece[] = [];
  /** For each open bracket: whether it contains a list. The parentheses of a sum do not. */
  const open: boolean[] = [];
  let before = -1;
  tokens.forEach((piece, k) => {
    if (is(piece, Comma)) return;
    const previous = tokens[before];
    const hadComma = before >= 0 && before < k - 1;
    if (previous && before >= from && endsItem(previous) && beginsItem(piece)) {
      const isList = open.length > 0 ? open.at(-1) === true : isListed(before, k);
      if (isList || (from === 0 && hadComma && open.length === 0))
        out.push({ image: ",", tokenType: Comma, broken: false, column: piece.column });
    }
    if (is(piece, LeftBracket)) open.push(true);
    else if (is(piece, LeftParen)) open.push(isNameLike(previous));
    else if (is(piece, RightParen, RightBracket)) open.pop();
    out.push(piece);
    before = k;
  });
  return out;
}
