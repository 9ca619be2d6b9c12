/**
 * Where a block starts. The grammar ends the previous body there and the parser splits the file there; the formatter and the cursor's place
 * use it, too.
 */
import { blockKeywords, Colon, EOF, Equals, LeftBrace, Newline, type Token, Train } from "./tokens.ts";
import type { BlockNode } from "./tree.ts";

type TypeAt = (k: number) => Token["tokenType"];

/**
 * Returns the kind of block that a line starts; undefined if none: `model M {`, `train on D {`, `fast: train M {`, `let x =`. `typeAt`
 * returns the type of the line's k-th token, from 0. A single word like `data` may be a name, and `data:` is a label.
 */
export function blockAt(typeAt: TypeAt): BlockNode["kind"] | undefined {
  if (typeAt(1) === Colon) return typeAt(2) === Train ? "train" : undefined;
  const kind = blockKeywords.get(typeAt(0));
  return kind && opensBlock(typeAt, kind) ? kind : undefined;
}

/** Whether a brace follows within a few words, or `=` after the name of a `let`. A missing brace at the end of the line is accepted after a name. */
function opensBlock(typeAt: TypeAt, kind: BlockNode["kind"]): boolean {
  for (let k = 1; k < 7; k++) {
    const type = typeAt(k);
    if (type === LeftBrace || (k === 2 && type === Equals)) return true;
    if (type === Newline || type === EOF) return k > 1 && kind !== "let";
  }
  return false;
}

/**
 * Returns the tokens, split before each line that starts a block. A block's concrete tree can then be freed before the next one is built,
 * which halves the time for a long file.
 */
export function blocksIn(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [];
  let from = 0;
  for (let i = 1; i < tokens.length; i++) {
    if (tokens[i - 1]?.tokenType !== Newline || !blockAt((k) => tokens[i + k]?.tokenType ?? EOF)) continue;
    parts.push(tokens.slice(from, i));
    from = i;
  }
  parts.push(tokens.slice(from));
  return parts;
}
