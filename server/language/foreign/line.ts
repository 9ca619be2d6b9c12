/**
 * A line of a file during its repair: its text, its tokens, and its block. A recogniser knows one form from another language or library. It
 * returns the line's text in our language.
 */
import type { DiagnosticCode } from "../diagnostics/table.ts";
import { Name, type Token, tokensOf } from "../syntax/tokens.ts";
import type { BlockNode } from "../syntax/tree.ts";

export type BlockKind = Exclude<BlockNode["kind"], "let">;

/** The codes of messages about a foreign form. */
export type ForeignCode = Extract<DiagnosticCode, "NN101" | "NN104" | "NN201" | "NN207" | "NN208" | "NN213">;

/** Where a line is. */
export interface Place {
  /** The block that contains the line, or that the line starts. */
  readonly block: BlockKind | undefined;
  /** Whether the line is outside of every block. A block's first line is. */
  readonly isTop: boolean;
  /** Whether `{` follows. */
  readonly opens: boolean;
  readonly indent: string;
  /** The file's line break. */
  readonly lineBreak: string;
  /** Whether a block's first line is followed by a line of the block. */
  readonly hasBody: boolean;
  /** The name that the previous line gives its layer, if it is in the same block. */
  readonly before: string | undefined;
  /** Whether lines after the next one use this line's name before another line takes it over. */
  readonly isReused: boolean;
}

export interface Line extends Place {
  /** From the first token to the last, without a block's opening brace and without a comment. */
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Subtracted from a token's offset to get its place in `text`. */
  readonly base: number;
  /** Whether a foreign form has been found in the line. */
  readonly isForeign: boolean;
}

export interface Repair {
  /** The line in this language; empty if it must be removed. */
  readonly text: string;
  /** The foreign form: the first part of the message's sentence, such as "A line ends without `;`". */
  readonly says: string;
  readonly code?: ForeignCode;
  /** Other possible texts. If there are any, no fix is preferred or part of a fix for all. */
  readonly others?: readonly string[];
  /** This language's spelling of the line's only wrong word. The message then asks whether it is meant. */
  readonly asks?: string;
  /** Shared by similar repairs on other lines, which then have one common message. */
  readonly key?: string;
}

export type Recogniser = (line: Line) => Repair | undefined;

export const typeAt = ({ tokens }: Line, k: number): Token["tokenType"] | undefined => tokens.at(k)?.tokenType;
export const imageAt = ({ tokens }: Line, k: number): string => tokens.at(k)?.image ?? "";
export const isNameLike = (token: Token | undefined): boolean =>
  token !== undefined && (token.tokenType === Name || (token.tokenType.CATEGORIES?.includes(Name) ?? false));

const endOf = ({ startOffset, image }: Token): number => startOffset + image.length;
/** Whether the next token follows without a space. */
export function touchesNext({ tokens }: Line, k: number): boolean {
  const token = tokens[k];
  return token !== undefined && tokens[k + 1]?.startOffset === endOf(token);
}

/** Returns the line's text from one token to another, inclusive. */
export function textOf({ text, tokens, base }: Line, from: number, to: number = tokens.length - 1): string {
  const first = tokens[from];
  const last = tokens[to];
  return first && last && from <= to ? text.slice(first.startOffset - base, endOf(last) - base) : "";
}

/** Returns the line's text with some tokens replaced. */
export function replaced({ text, tokens, base }: Line, from: number, to: number, by: string): string {
  const first = tokens[from];
  const last = tokens[to];
  return first && last ? (text.slice(0, first.startOffset - base) + by + text.slice(endOf(last) - base)).trim() : text;
}

/** Returns the index of the bracket that closes the one at an index; -1 if there is none. */
export function closingAt({ tokens }: Line, open: number): number {
  let depth = 0;
  for (let k = open; k < tokens.length; k++) {
    const image = tokens[k]?.image;
    if (image === "(" || image === "[") depth++;
    else if ((image === ")" || image === "]") && --depth === 0) return k;
  }
  return -1;
}

/** Returns the index of the line's first word, after its label. */
export const wordAt = (line: Line): number => (line.block === "model" && imageAt(line, 1) === ":" && isNameLike(line.tokens[2]) ? 2 : 0);

/** Returns the line with a different text. */
export const rewritten = (line: Line, text: string): Line => ({
  ...line,
  text,
  tokens: tokensOf(text).tokens,
  base: 0,
  isForeign: true,
});
