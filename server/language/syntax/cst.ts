/**
 * Access to Chevrotain's concrete syntax tree. After error recovery any child may be missing, regardless of the generated types. So every
 * child is optional, and tokens inserted by recovery are left out.
 */
import type { CstElement, CstNode, IToken } from "chevrotain";
import type { Span } from "./span.ts";
import { endOfToken, MalformedNumber, Newline, UnclosedText } from "./tokens.ts";

export const isReal = (token: IToken): boolean => token.isInsertedInRecovery !== true && token.startOffset >= 0;

const NO_NODES: readonly CstNode[] = [];
const NO_TOKENS: readonly IToken[] = [];
export const nodes = (node: CstNode | undefined, name: string): readonly CstNode[] =>
  node?.children[name]?.filter((child): child is CstNode => "children" in child) ?? NO_NODES;
export const tokens = (node: CstNode | undefined, name: string): readonly IToken[] =>
  node?.children[name]?.filter((child): child is IToken => !("children" in child) && isReal(child)) ?? NO_TOKENS;

export function node(parent: CstNode | undefined, name: string): CstNode | undefined {
  for (const child of parent?.children[name] ?? NO_NODES) if ("children" in child) return child;
  return undefined;
}

export function token(parent: CstNode | undefined, name: string): IToken | undefined {
  for (const child of parent?.children[name] ?? NO_TOKENS) if (!("children" in child) && isReal(child)) return child;
  return undefined;
}

/** Facts about a node's tokens. They are cached on the node, since every enclosing block needs the facts of its lines. */
interface NodeFacts {
  first: IToken | undefined;
  /** From the first token to the last, without newlines. start > end if there are none. */
  start: number;
  end: number;
  damaged: boolean;
}
const FACTS = Symbol("facts");
type Known = CstNode & { [FACTS]?: NodeFacts };

export function factsOf(cst: Known): NodeFacts {
  const old = cst[FACTS];
  if (old) return old;
  const facts: NodeFacts = { first: undefined, start: Number.MAX_SAFE_INTEGER, end: 0, damaged: cst.recoveredNode === true };
  for (const name in cst.children) {
    const list = cst.children[name];
    if (list) for (let i = 0; i < list.length; i++) take(list[i], facts);
  }
  cst[FACTS] = facts;
  return facts;
}

function take(child: CstElement | undefined, facts: NodeFacts): void {
  if (!child) return;
  if ("children" in child) {
    const { first, start, end, damaged } = factsOf(child);
    if (first && (!facts.first || first.startOffset < facts.first.startOffset)) facts.first = first;
    if (start < facts.start) facts.start = start;
    if (end > facts.end) facts.end = end;
    if (damaged) facts.damaged = true;
    return;
  }
  if (!isReal(child)) {
    facts.damaged = true;
    return;
  }
  const { startOffset: start, tokenType } = child;
  if (!facts.first || start < facts.first.startOffset) facts.first = child;
  if (tokenType === Newline) return;
  const end = endOfToken(child);
  if (start < facts.start) facts.start = start;
  if (end > facts.end) facts.end = end;
  if (tokenType === MalformedNumber || tokenType === UnclosedText) facts.damaged = true;
}

export const firstToken = (cst: CstNode): IToken | undefined => factsOf(cst).first;
export function extent(cst: CstNode): Span {
  const { start, end } = factsOf(cst);
  return start <= end ? { start, end } : { start: 0, end: 0 };
}
