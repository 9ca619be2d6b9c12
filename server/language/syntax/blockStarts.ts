/** Where a block begins in the stream of tokens: asked by the grammar to end a body, and to parse block by block. */
import { Colon, Data, EOF, Equals, Expect, LeftBrace, Let, Model, Newline, type Token, Train } from "./tokens.ts";

export const BLOCK_STARTS: ReadonlySet<Token["tokenType"]> = new Set([Model, Data, Train, Expect, Let]);

/**
 * The stream cut before each line that begins a block, as a body's end is found: a block's concrete tree can then be let go
 * before the next is made, which for a long file is half of the time.
 */
export function blocksIn(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [];
  let from = 0;
  for (let i = 1; i < tokens.length; i++) {
    if (tokens[i - 1]?.tokenType !== Newline || !beginsBlock(tokens, i)) continue;
    parts.push(tokens.slice(from, i));
    from = i;
  }
  parts.push(tokens.slice(from));
  return parts;
}

function beginsBlock(tokens: readonly Token[], i: number): boolean {
  const type = tokens[i]?.tokenType;
  if (tokens[i + 1]?.tokenType === Colon) return tokens[i + 2]?.tokenType === Train;
  if (!type || !BLOCK_STARTS.has(type)) return false;
  return opensBlock((k) => tokens[i + k]?.tokenType ?? EOF, type);
}

/** `model M {`, `train on D {`, `let x =`: the keyword stands where a block begins. A word like `data` alone may be a name. */
export function opensBlock(typeAt: (k: number) => Token["tokenType"], keyword: Token["tokenType"]): boolean {
  for (let k = 1; k < 7; k++) {
    const type = typeAt(k);
    if (type === LeftBrace || (k === 2 && type === Equals)) return true;
    if (type === Newline || type === EOF) return k > 1 && keyword !== Let;
  }
  return false;
}
