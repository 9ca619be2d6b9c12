/**
 * The tokens of the language. Newlines are tokens, since they end statements. Newlines between a bracket and its closing bracket are
 * removed afterwards. Otherwise a bracket that is still open during typing would swallow the following lines.
 */
import { createToken, type IToken, Lexer, type TokenType } from "chevrotain";
import type { BlockNode } from "./tree.ts";

/** Returns a matcher for patterns with \\p{…}, since Chevrotain drops a pattern's `u` flag. */
function unicode(source: string): { exec: (text: string, offset: number) => RegExpExecArray | null } {
  const pattern = new RegExp(source, "uy");
  return {
    exec(text, offset) {
      pattern.lastIndex = offset;
      return pattern.exec(text);
    },
  };
}

/** The category of every token that a line may contain. The grammar uses it to read the rest of a line. */
export const Word = createToken({ name: "Word", pattern: Lexer.NA });
export const Newline = createToken({ name: "Newline", pattern: /\r\n|\r|\n/, line_breaks: true });
export const Comment = createToken({ name: "Comment", pattern: /#[^\r\n]*/, group: "comments" });
const SPACES = " \t\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
const Space = createToken({
  name: "Space",
  pattern: /[^\S\r\n]+/,
  group: Lexer.SKIPPED,
  line_breaks: false,
  start_chars_hint: [...SPACES],
});

export const Text = createToken({ name: "String", pattern: /"(?:[^"\\\r\n]|\\[^\r\n])*"/, categories: Word });
export const UnclosedText = createToken({ name: "UnclosedString", pattern: /"[^\r\n]*/, categories: Word });

/** A dot before another dot ends a number: `1..5` is a range. */
const NUMBER_END = "(?![\\p{L}\\d_]|\\.(?!\\.))";
export const Shape = createToken({
  name: "Shape",
  pattern: unicode(`\\d+(?:x\\d+)+${NUMBER_END}`),
  categories: Word,
  start_chars_hint: digits(),
  line_breaks: false,
});
export const NumberToken = createToken({
  name: "Number",
  pattern: unicode(`-?(?:\\d[\\d_]*(?:\\.(?!\\.)(?:\\d[\\d_]*)?)?|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?${NUMBER_END}`),
  categories: Word,
  start_chars_hint: ["-", ".", ...digits()],
  line_breaks: false,
});
export const MalformedNumber = createToken({
  name: "MalformedNumber",
  pattern: unicode("-?\\.?\\d[\\p{L}\\d_.]*"),
  categories: Word,
  start_chars_hint: ["-", ".", ...digits()],
  line_breaks: false,
});

export const Name = createToken({
  name: "Name",
  pattern: unicode("[\\p{L}_][\\p{L}\\p{M}\\d_]*"),
  categories: Word,
  start_chars_hint: [...codes("a", "z"), ...codes("A", "Z"), "_", ...beyondAscii()],
  line_breaks: false,
});

const keyword = (text: string): TokenType =>
  createToken({ name: text[0]?.toUpperCase() + text.slice(1), pattern: new RegExp(text), longer_alt: Name, categories: [Word, Name] });
/** Keywords are also names wherever the grammar does not expect the keyword. */
export const Let = keyword("let");
export const Model = keyword("model");
export const Data = keyword("data");
export const Train = keyword("train");
export const Expect = keyword("expect");
export const Repeat = keyword("repeat");
export const Output = keyword("output");
export const From = keyword("from");
export const On = keyword("on");
export const Not = keyword("not");
export const True = keyword("true");
export const False = keyword("false");

/** The keywords that start a block, with the kind of block. */
export const blockKeywords: ReadonlyMap<TokenType, BlockNode["kind"]> = new Map([
  [Let, "let"],
  [Model, "model"],
  [Data, "data"],
  [Train, "train"],
  [Expect, "expect"],
]);

const sign = (name: string, pattern: string | RegExp): TokenType => createToken({ name, pattern, categories: Word });
export const Arrow = sign("Arrow", "->");
export const DotDot = sign("DotDot", "..");
export const Comparison = sign("Comparison", /[<>]=?|==/);
export const Equals = sign("Equals", "=");
/** Arithmetic signs. A run such as `//` is not a sign: it starts a comment in other languages. */
export const Plus = sign("Plus", /\+(?![+=])/);
export const Minus = sign("Minus", /-(?![->])/);
export const Times = sign("Times", /\*(?![*/])/);
export const Divide = sign("Divide", /\/(?![*/])/);
export const Colon = sign("Colon", ":");
export const Comma = sign("Comma", ",");
export const LeftParen = sign("LeftParen", "(");
export const RightParen = sign("RightParen", ")");
export const LeftBracket = sign("LeftBracket", "[");
export const RightBracket = sign("RightBracket", "]");
export const LeftBrace = createToken({ name: "LeftBrace", pattern: "{" });
export const RightBrace = createToken({ name: "RightBrace", pattern: "}" });
/** Anything else: a run of characters that no other pattern matches. */
export const Unknown = createToken({
  name: "Unknown",
  pattern: unicode('[^\\s\\p{L}\\d_"#{}()[\\],:=<>.-]+|[.-]'),
  categories: Word,
  start_chars_hint: [...Array(128).keys(), ...beyondAscii()],
  line_breaks: false,
});

const keywords = [Let, Model, Data, Train, Expect, Repeat, Output, From, On, Not, True, False];
/** The words that start or join statements, and the booleans. */
export const keywordTexts: ReadonlySet<string> = new Set(keywords.map(({ name }) => name.toLowerCase()));
/** All token types in the order in which the lexer tries them. */
export const allTokens: TokenType[] = [
  Newline,
  Space,
  Comment,
  Text,
  UnclosedText,
  Arrow,
  Shape,
  NumberToken,
  MalformedNumber,
  ...keywords,
  Name,
  DotDot,
  Comparison,
  Equals,
  Plus,
  Minus,
  Times,
  Divide,
  Colon,
  Comma,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  Unknown,
  Word,
];

const lexer = new Lexer(allTokens, { positionTracking: "onlyOffset", ensureOptimizations: true });

/** Re-exported so that readers of tokens need not depend on Chevrotain. */
export type Token = IToken;
export { EOF } from "chevrotain";

/** Returns the end of a token in the file. In a repaired line, a token's length in the file may differ from its text's. */
export const endOfToken = ({ startOffset, endOffset, image }: IToken): number =>
  endOffset === undefined || Number.isNaN(endOffset) ? startOffset + image.length : endOffset + 1;

export interface Tokens {
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  /** The outermost brackets nested deeper than `DEEPEST`. Their content is not in the tokens. */
  readonly tooDeep: readonly IToken[];
}

/** More levels than any sensible file needs, and few enough for the stack. */
export const DEEPEST = 60;

export function tokensOf(text: string): Tokens {
  const { tokens, groups } = lexer.tokenize(text);
  for (const token of tokens)
    if (isTooLarge(token)) Object.assign(token, { tokenType: MalformedNumber, tokenTypeIdx: MalformedNumber.tokenTypeIdx });
  const { statementTokens, tooDeep } = withoutInnerNewlines(tokens);
  return { tokens: statementTokens, comments: groups["comments"] ?? [], tooDeep };
}

/** Returns the value of a number written in the file: 1_000 is 1000. Beyond the range of float64 it is infinite. */
export const numberFrom = (image: string): number => Number(image.replaceAll("_", ""));

const isTooLarge = ({ tokenType, image }: IToken): boolean => tokenType === NumberToken && !Number.isFinite(numberFrom(image));

const isOpening = ({ tokenType }: IToken): boolean => tokenType === LeftParen || tokenType === LeftBracket;
const isClosing = ({ tokenType }: IToken): boolean => tokenType === RightParen || tokenType === RightBracket;

/**
 * Returns the tokens without newlines between brackets, and without content that is nested too deeply. A brace, or a line that starts with
 * a block's keyword, ends the search for a closing bracket: the bracket is missing, so the newline ends its line.
 */
function withoutInnerNewlines(tokens: readonly IToken[]): { statementTokens: IToken[]; tooDeep: IToken[] } {
  const dropped = new Set<number>();
  const tooDeep: IToken[] = [];
  let open = 0;
  let braces = 0;
  let newlines: number[] = [];
  const endSearch = (): void => {
    open = 0;
    newlines = [];
  };
  tokens.forEach((token, i) => {
    const type = token.tokenType;
    // The lexer does not set it, but the parser uses it to compute its nodes' spans.
    token.endOffset = token.startOffset + token.image.length - 1;
    const begins = blockKeywords.has(type) && tokens[i - 1]?.tokenType === Newline;
    if (begins && open > 0) endSearch();
    if (begins && braces > DEEPEST) braces = 0;
    // The outermost bracket that is too deep stays, with its partner but without its content.
    const isInside = open > DEEPEST || braces > DEEPEST;
    const wasOpen = open;
    if (type === LeftBrace) {
      endSearch();
      if (++braces === DEEPEST + 1) tooDeep.push(token);
    } else if (type === RightBrace) {
      endSearch();
      braces = Math.max(braces - 1, 0);
    } else if (isOpening(token)) {
      if (++open === DEEPEST + 1 && !isInside) tooDeep.push(token);
    } else if (isClosing(token) && open > 0) {
      if (--open === 0) {
        for (const at of newlines) dropped.add(at);
        newlines = [];
      }
    } else if (open > 0 && type === Newline) newlines.push(i);
    const isPartner = (type === RightBrace && braces === DEEPEST) || (isClosing(token) && wasOpen === DEEPEST + 1 && braces <= DEEPEST);
    if (isInside && type !== Newline && !isPartner) dropped.add(i);
  });
  return { statementTokens: dropped.size === 0 ? [...tokens] : tokens.filter((_token, i) => !dropped.has(i)), tooDeep };
}

function codes(from: string, to: string): number[] {
  const first = from.charCodeAt(0);
  return Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, i) => first + i);
}

/** Returns start characters beyond ASCII. The lexer groups characters from 256 on in buckets of 255, so one per bucket represents all. */
function beyondAscii(): number[] {
  const buckets = Array.from({ length: 257 }, (_, i) => Math.min(256 + 255 * i, 0xffff));
  return [...Array.from({ length: 128 }, (_, i) => 128 + i), ...buckets];
}

function digits(): string[] {
  return [..."0123456789"];
}
