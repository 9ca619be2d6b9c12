/**
 * Converts Chevrotain's concrete syntax tree to ours and reports the syntax problems that the grammar accepts. The file is long because it
 * has one function per grammar rule.
 */
import type { CstNode, IToken, TokenType } from "chevrotain";
import { isJoiningWord } from "../../../engine/catalog/layers.ts";
import { extent, factsOf, firstToken, isReal, node, nodes, token, tokens } from "./cst.ts";
import { type Span, spanOver } from "./span.ts";
import { endOfToken, LeftBrace, NumberToken, numberFrom, Shape, Text, True } from "./tokens.ts";
import type {
  ArgumentNode,
  BlockNode,
  CellNode,
  ClaimNode,
  ComputedPart,
  DirectiveNode,
  LayerNode,
  ModelLineNode,
  NameNode,
  NumberNode,
  Operator,
  OutputNode,
  RepeatNode,
  RowNode,
  StringNode,
  TermNode,
  ValueNode,
} from "./tree.ts";

/** A problem that the grammar accepts: a superfluous token, a missing brace or arrow, a line in the wrong kind of block. */
export type SyntaxProblem =
  | { readonly kind: "stray"; readonly token: IToken; readonly within: Within }
  /** `end` is the end of the part of the block that was read. */
  | { readonly kind: "unclosed"; readonly block: string; readonly span: Span; readonly end: number }
  | { readonly kind: "no_brace"; readonly block: string; readonly span: Span }
  | { readonly kind: "no_arrow"; readonly span: Span }
  /** A row or claim in a block that can't contain one. */
  | { readonly kind: "misplaced"; readonly what: "row" | "claim"; readonly block: string; readonly span: Span };

export type Within = "file" | "model" | "block" | "layer" | "directive" | "row" | "head" | "let";

export const spanOf = (token: IToken): Span => ({ start: token.startOffset, end: endOfToken(token) });
const defined = <T>(value: T | undefined): value is T => value !== undefined;

/** `clean` means that there was no error recovery and no malformed token. The parser's own spans are then right. */
export function lowerFile(cst: CstNode | undefined, clean: boolean, report: (problem: SyntaxProblem) => void): BlockNode[] {
  return cst ? new Lowering(clean, report).file(cst) : [];
}

class Lowering {
  private readonly clean: boolean;
  private readonly report: (problem: SyntaxProblem) => void;

  constructor(clean: boolean, report: (problem: SyntaxProblem) => void) {
    this.clean = clean;
    this.report = report;
  }

  /** Returns the span of a statement or value. */
  private extent(cst: CstNode): Span {
    const { location } = cst;
    return this.clean && location?.endOffset !== undefined ? { start: location.startOffset, end: location.endOffset + 1 } : extent(cst);
  }

  /** Returns the span of a block. Excludes newlines at the end of a block without its closing brace. */
  private blockExtent(cst: CstNode, body: string): Span {
    const brace = token(node(cst, body), "RightBrace");
    return this.clean && brace && cst.location ? { start: cst.location.startOffset, end: brace.startOffset + 1 } : extent(cst);
  }

  private isDamaged(cst: CstNode): boolean {
    return !this.clean && factsOf(cst).damaged;
  }

  file(cst: CstNode): BlockNode[] {
    this.strays(cst, "file");
    const blocks: (BlockNode | undefined)[] = [
      ...nodes(cst, "letLine").map((child) => this.letLine(child)),
      ...nodes(cst, "model").map((child) => this.model(child)),
      ...nodes(cst, "data").map((child) => this.data(child)),
      ...nodes(cst, "train").map((child) => this.train(child)),
      ...nodes(cst, "expect").map((child) => this.expect(child)),
    ];
    return blocks.filter(defined).sort((a, b) => a.span.start - b.span.start);
  }

  private letLine(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Let");
    if (!keyword) return undefined;
    this.rest(cst, "let");
    return {
      kind: "let",
      name: nameOf(token(cst, "Name")),
      value: this.sum(node(cst, "sum")),
      keyword: spanOf(keyword),
      span: this.extent(cst),
    };
  }

  private sum(cst: CstNode | undefined): TermNode | undefined {
    return this.computed(nodes(cst, "product"), [...tokens(cst, "Plus"), ...tokens(cst, "Minus")], "+", (product) =>
      this.computed(nodes(product, "term"), [...tokens(product, "Times"), ...tokens(product, "Divide")], "*", (term) => this.term(term)),
    );
  }

  private term(cst: CstNode): TermNode | undefined {
    const term = node(cst, "sum") ? this.sum(node(cst, "sum")) : this.value(node(cst, "value"));
    const isNegative = tokens(cst, "Minus").length % 2 === 1;
    return isNegative ? { kind: "computed", parts: [{ operator: "-", term }], span: this.extent(cst) } : term;
  }

  /** Joins parts and operators. A part of a sum without a preceding operator starts with a negative number: `width -1`. */
  private computed(
    parts: readonly CstNode[],
    operators: readonly IToken[],
    first: Operator,
    read: (part: CstNode) => TermNode | undefined,
  ): TermNode | undefined {
    const [only, ...others] = parts;
    if (!only || others.length === 0) return only && read(only);
    const signs = [...operators].sort((a, b) => a.startOffset - b.startOffset);
    let used = 0;
    const signed = (part: CstNode): ComputedPart => {
      const sign = signs[used];
      const term = read(part);
      if (!sign || sign.startOffset > this.extent(part).start)
        return part === only ? { operator: first, term } : (subtracted(term) ?? { operator: first, term });
      used++;
      return { operator: sign.image as Operator, term };
    };
    return {
      kind: "computed",
      parts: parts.map(signed),
      span: spanOver(this.extent(only), this.extent(others.at(-1) ?? only)),
    };
  }

  private model(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Model");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.modelBody(node(cst, "modelBody"), "model", headSpan(cst, keyword));
    return { kind: "model", name: nameOf(token(cst, "Name")), body, keyword: spanOf(keyword), span: this.blockExtent(cst, "modelBody") };
  }

  private modelBody(body: CstNode | undefined, block: string, head: Span): ModelLineNode[] {
    this.braces(body, block, head);
    if (!body) return [];
    this.strays(body, "model");
    return [
      ...nodes(body, "layer").map((child) => this.layer(child)),
      ...nodes(body, "repeat").map((child) => this.repeat(child)),
      ...nodes(body, "outputLine").map((child) => this.outputLine(child)),
    ]
      .filter(defined)
      .sort((a, b) => a.span.start - b.span.start);
  }

  private layer(cst: CstNode): LayerNode | undefined {
    const name = nameOf(token(cst, "word"));
    const stray = this.rest(cst, "layer");
    if (!name) return undefined;
    const call = node(cst, "callArguments");
    const written = call ? nodes(call, "argument").map((child) => this.argument(child)) : this.arguments(cst);
    const from = token(cst, "From") ? tokens(node(cst, "names"), "Name").map(nameNode) : undefined;
    // `concat(a, b)` means `concat from a, b`.
    const joins = call !== undefined && from === undefined && isJoiningWord(name.text);
    return {
      kind: "layer",
      label: nameOf(token(cst, "label")),
      name,
      arguments: joins ? written.filter((argument) => !namedInput(argument)) : written,
      from: joins ? written.map(namedInput).filter(defined) : from,
      damaged: stray || this.isDamaged(cst),
      span: this.extent(cst),
    };
  }

  private repeat(cst: CstNode): RepeatNode | undefined {
    const keyword = token(cst, "Repeat");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.modelBody(node(cst, "modelBody"), "repeat", headSpan(cst, keyword));
    return {
      kind: "repeat",
      count: this.value(node(cst, "value")),
      body,
      keyword: spanOf(keyword),
      span: this.blockExtent(cst, "modelBody"),
    };
  }

  private outputLine(cst: CstNode): OutputNode {
    this.rest(cst, "layer");
    return { kind: "output", names: tokens(node(cst, "names"), "Name").map(nameNode), span: this.extent(cst) };
  }

  private data(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Data");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.blockBody(node(cst, "blockBody"), "data", headSpan(cst, keyword));
    for (const line of body) if (line.kind === "claim") this.misplaced(line, "data");
    return {
      kind: "data",
      name: nameOf(token(cst, "Name")),
      body: body.filter((line) => line.kind !== "claim"),
      keyword: spanOf(keyword),
      span: this.blockExtent(cst, "blockBody"),
    };
  }

  private train(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Train");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const head = headSpan(cst, token(cst, "label") ?? keyword);
    const body = this.blockBody(node(cst, "blockBody"), "train", head);
    for (const line of body) if (line.kind !== "directive") this.misplaced(line, "train");
    return {
      kind: "train",
      label: nameOf(token(cst, "label")),
      ...subjectOf(cst),
      body: body.filter((line) => line.kind === "directive"),
      head,
      keyword: spanOf(keyword),
      span: this.blockExtent(cst, "blockBody"),
    };
  }

  private expect(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Expect");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.blockBody(node(cst, "blockBody"), "expect", headSpan(cst, keyword));
    return { kind: "expect", ...subjectOf(cst), body, keyword: spanOf(keyword), span: this.blockExtent(cst, "blockBody") };
  }

  private blockBody(body: CstNode | undefined, block: string, head: Span): (DirectiveNode | RowNode | ClaimNode)[] {
    this.braces(body, block, head);
    if (!body) return [];
    this.strays(body, "block");
    return [
      ...nodes(body, "directive").map((child) => this.directive(child)),
      ...nodes(body, "row").map((child) => this.row(child)),
      ...nodes(body, "claim").map((child) => this.claim(child)),
    ]
      .filter(defined)
      .sort((a, b) => a.span.start - b.span.start);
  }

  private directive(cst: CstNode): DirectiveNode | undefined {
    const name = nameOf(token(cst, "Name"));
    const stray = this.rest(cst, "directive");
    const written = nodes(node(cst, "directiveArguments"), "argument").flatMap((child) => withoutNegation(this.argument(child)));
    return name && { kind: "directive", name, arguments: written, damaged: stray || this.isDamaged(cst), span: this.extent(cst) };
  }

  private row(cst: CstNode): RowNode {
    const stray = this.rest(cst, "row");
    const damaged = stray || this.isDamaged(cst);
    const span = this.extent(cst);
    if (!token(cst, "Arrow") && !damaged) this.report({ kind: "no_arrow", span });
    const cells = (name: string): CellNode[] => {
      const own = node(cst, name);
      const all = [...tokens(own, "Number"), ...tokens(own, "String"), ...tokens(own, "Name")];
      return all.sort((a, b) => a.startOffset - b.startOffset).map(cellNode);
    };
    return { kind: "row", features: cells("features"), targets: cells("targets"), damaged: damaged || !token(cst, "Arrow"), span };
  }

  private claim(cst: CstNode): ClaimNode | undefined {
    this.rest(cst, "directive");
    const metric = nameOf(token(cst, "Name"));
    const value = token(cst, "Number");
    return (
      metric && {
        kind: "claim",
        metric,
        operator: token(cst, "Comparison")?.image ?? "==",
        value: value && numberNode(value),
        span: this.extent(cst),
      }
    );
  }

  private arguments(cst: CstNode): ArgumentNode[] {
    return nodes(node(cst, "arguments"), "argument").map((child) => this.argument(child));
  }

  private argument(cst: CstNode): ArgumentNode {
    const quoted = token(cst, "className");
    return {
      kind: "argument",
      name: quoted ? { kind: "name", text: wordOf(quoted), span: spanOf(quoted) } : nameOf(token(cst, "Name")),
      value: this.value(node(cst, "value")),
      span: this.extent(cst),
    };
  }

  private value(cst: CstNode | undefined): ValueNode | undefined {
    if (!cst) return undefined;
    const number = token(cst, "Number");
    if (number) return numberNode(number);
    const word = token(cst, "word");
    const call = node(cst, "callArguments");
    if (word && call)
      return {
        kind: "call",
        name: nameNode(word),
        arguments: nodes(call, "argument").map((child) => this.argument(child)),
        span: this.extent(cst),
      };
    const rangeEnd = node(cst, "rangeEnd");
    const text = token(cst, "String");
    const start = word ? nameNode(word) : text ? stringNode(text) : undefined;
    if (rangeEnd && start) {
      const name = nameOf(token(rangeEnd, "Name"));
      const endText = token(rangeEnd, "String");
      return { kind: "range", from: start, to: name ?? (endText && stringNode(endText)), span: this.extent(cst) };
    }
    if (start) return start;
    const list = node(cst, "list");
    if (list)
      return {
        kind: "list",
        items: nodes(list, "value")
          .map((child) => this.value(child))
          .filter(defined),
        span: this.extent(cst),
      };
    const not = token(cst, "Not");
    if (not) return { kind: "not", name: nameOf(token(cst, "negated")), span: this.extent(cst) };
    const literal = token(cst, "Shape") ?? token(cst, "True") ?? token(cst, "False");
    return literal && literalNode(literal);
  }

  /** Reports the first superfluous token of a line. Returns whether there is one. */
  private rest(cst: CstNode, within: Within): boolean {
    const first = token(node(cst, "restOfLine"), "Word");
    if (first) this.report({ kind: "stray", token: first, within });
    return first !== undefined;
  }

  private strays(body: CstNode, within: Within): void {
    for (const line of nodes(body, "strayLine")) {
      const first = firstToken(line);
      if (first) this.report({ kind: "stray", token: first, within });
    }
  }

  private misplaced(line: RowNode | ClaimNode, block: string): void {
    this.report({ kind: "misplaced", what: line.kind, block, span: line.span });
  }

  private braces(body: CstNode | undefined, block: string, head: Span): void {
    if (!token(body, LeftBrace.name)) this.report({ kind: "no_brace", block, span: head });
    else if (!token(body, "RightBrace"))
      this.report({ kind: "unclosed", block, span: head, end: Math.max(head.end, body ? extent(body).end : 0) });
  }
}

function subjectOf(cst: CstNode): { model: NameNode | undefined; data: NameNode | undefined } {
  const subject = node(cst, "subject");
  return { model: nameOf(token(subject, "model")), data: nameOf(token(subject, "data")) };
}

/** Returns the span from the keyword (or label) to the last word before the brace. */
function headSpan(cst: CstNode, first: IToken): Span {
  let span = spanOf(first);
  const include = (part: CstNode | undefined): void => {
    for (const name in part?.children)
      for (const child of part.children[name] ?? []) if (!("children" in child) && isReal(child)) span = spanOver(span, spanOf(child));
  };
  include(cst);
  include(node(cst, "subject"));
  return span;
}

/** Returns a term that starts with a negative number as a subtracted term; undefined for any other term. */
function subtracted(term: TermNode | undefined): ComputedPart | undefined {
  if (term?.kind === "number" && term.text.startsWith("-"))
    return {
      operator: "-",
      term: { ...term, value: -term.value, text: term.text.slice(1), span: { start: term.span.start + 1, end: term.span.end } },
    };
  if (term?.kind !== "computed") return undefined;
  const [head, ...others] = term.parts;
  const own = subtracted(head?.term);
  return head && own && { operator: "-", term: { ...term, parts: [{ ...head, term: own.term }, ...others] } };
}

const nameNode = (name: IToken): NameNode => ({ kind: "name", text: name.image, span: spanOf(name) });
const nameOf = (name: IToken | undefined): NameNode | undefined => name && nameNode(name);
const numberNode = (number: IToken): NumberNode => ({
  kind: "number",
  value: numberFrom(number.image),
  text: number.image,
  span: spanOf(number),
});
const stringNode = (text: IToken): StringNode => ({ kind: "string", value: unescaped(text.image.slice(1, -1)), span: spanOf(text) });

function literalNode(literal: IToken): ValueNode {
  const type: TokenType = literal.tokenType;
  const span = spanOf(literal);
  if (type === NumberToken) return numberNode(literal);
  if (type === Shape) return { kind: "shape", axes: literal.image.split("x").map(Number), span };
  return { kind: "boolean", value: type === True, span };
}

/** Returns the text of a string's or number's token. */
const wordOf = ({ tokenType, image }: IToken): string => (tokenType === Text ? unescaped(image.slice(1, -1)) : image);

const cellNode = (cell: IToken): CellNode =>
  cell.tokenType === Text ? stringNode(cell) : cell.tokenType === NumberToken ? numberNode(cell) : nameNode(cell);

/** Returns the two names in a directive's `not x`, where `not` is an ordinary name. */
function withoutNegation(argument: ArgumentNode): ArgumentNode[] {
  const { value } = argument;
  if (value?.kind !== "not" || argument.name) return [argument];
  const { start } = value.span;
  const word: NameNode = { kind: "name", text: "not", span: { start, end: start + "not".length } };
  return [word, value.name].filter(defined).map((name) => ({ kind: "argument", name: undefined, value: name, span: name.span }));
}

/** Returns the layer named by an argument of `concat(a, b)`. */
const namedInput = ({ name, value }: ArgumentNode): NameNode | undefined =>
  name === undefined && value?.kind === "name" ? value : undefined;

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t" };

/** Replaces the escapes `\"`, `\\`, `\n`, `\t` and `\u{1F600}`. Any other backslash stays a backslash. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|(["\\nt]))/g, (whole, code: string | undefined, letter: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? whole;
    const point = Number.parseInt(code ?? "", 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
