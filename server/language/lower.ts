/**
 * From Chevrotain's concrete tree to ours. After recovery anything may be missing, whatever the generated types say,
 * so every child is looked up as optional, and tokens that recovery invented are dropped.
 */
import type { CstNode, IToken, TokenType } from "chevrotain";
import { type Span, spanOver } from "./span.ts";
import { False, LeftBrace, MalformedNumber, Newline, NumberToken, Shape, Text, True, UnclosedText } from "./tokens.ts";
import type {
  ArgumentNode,
  BlockNode,
  ClaimNode,
  DirectiveNode,
  LayerNode,
  ModelLineNode,
  NameNode,
  NetworkFile,
  NumberNode,
  OutputNode,
  RepeatNode,
  RowNode,
  StringNode,
  ValueNode,
} from "./tree.ts";

/** What lowering finds that the grammar let pass: tokens too many, blocks left open, texts and numbers that are none. */
export type SyntaxProblem =
  | { readonly kind: "stray"; readonly token: IToken; readonly within: Within }
  /** `end`: where what was read of it ends. */
  | { readonly kind: "unclosed"; readonly block: string; readonly span: Span; readonly end: number }
  | { readonly kind: "no_brace"; readonly block: string; readonly span: Span }
  | { readonly kind: "no_arrow"; readonly span: Span }
  /** A row or claim in a block that has none. */
  | { readonly kind: "misplaced"; readonly what: "row" | "claim"; readonly block: string; readonly span: Span };

export type Within = "file" | "model" | "block" | "layer" | "directive" | "row" | "head" | "let";

export const spanOf = ({ startOffset, image }: IToken): Span => ({ start: startOffset, end: startOffset + image.length });
const isReal = (token: IToken): boolean => token.isInsertedInRecovery !== true && token.startOffset >= 0;

const nodes = (node: CstNode | undefined, name: string): CstNode[] =>
  (node?.children[name] ?? []).filter((child): child is CstNode => "children" in child);
const node = (parent: CstNode | undefined, name: string): CstNode | undefined => nodes(parent, name)[0];
const tokens = (node: CstNode | undefined, name: string): IToken[] =>
  (node?.children[name] ?? []).filter((child): child is IToken => !("children" in child) && isReal(child));
const token = (parent: CstNode | undefined, name: string): IToken | undefined => tokens(parent, name)[0];
const defined = <T>(value: T | undefined): value is T => value !== undefined;

export function lowerFile(cst: CstNode | undefined, comments: readonly IToken[], report: (problem: SyntaxProblem) => void): NetworkFile {
  return { blocks: cst ? new Lowering(report).file(cst) : [], comments: comments.map(spanOf) };
}

class Lowering {
  private readonly report: (problem: SyntaxProblem) => void;

  constructor(report: (problem: SyntaxProblem) => void) {
    this.report = report;
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
      value: this.value(node(cst, "value")),
      keyword: spanOf(keyword),
      span: extent(cst),
    };
  }

  private model(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Model");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.modelBody(node(cst, "modelBody"), "model", headSpan(cst, keyword));
    return { kind: "model", name: nameOf(token(cst, "Name")), body, keyword: spanOf(keyword), span: extent(cst) };
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
    const from = token(cst, "From");
    return {
      kind: "layer",
      label: nameOf(token(cst, "label")),
      name,
      arguments: this.arguments(cst),
      from: from ? tokens(node(cst, "names"), "Name").map(nameNode) : undefined,
      damaged: stray || isDamaged(cst),
      span: extent(cst),
    };
  }

  private repeat(cst: CstNode): RepeatNode | undefined {
    const keyword = token(cst, "Repeat");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.modelBody(node(cst, "modelBody"), "repeat", headSpan(cst, keyword));
    return { kind: "repeat", count: this.value(node(cst, "value")), body, keyword: spanOf(keyword), span: extent(cst) };
  }

  private outputLine(cst: CstNode): OutputNode {
    this.rest(cst, "layer");
    return { kind: "output", names: tokens(node(cst, "names"), "Name").map(nameNode), span: extent(cst) };
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
      span: extent(cst),
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
      span: extent(cst),
    };
  }

  private expect(cst: CstNode): BlockNode | undefined {
    const keyword = token(cst, "Expect");
    if (!keyword) return undefined;
    this.rest(cst, "head");
    const body = this.blockBody(node(cst, "blockBody"), "expect", headSpan(cst, keyword));
    return { kind: "expect", ...subjectOf(cst), body, keyword: spanOf(keyword), span: extent(cst) };
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
    return name && { kind: "directive", name, arguments: this.arguments(cst), damaged: stray || isDamaged(cst), span: extent(cst) };
  }

  private row(cst: CstNode): RowNode {
    const stray = this.rest(cst, "row");
    const damaged = stray || isDamaged(cst);
    const span = extent(cst);
    if (!token(cst, "Arrow") && !damaged) this.report({ kind: "no_arrow", span });
    const cells = (name: string): (NumberNode | StringNode)[] => {
      const own = node(cst, name);
      const all = [...tokens(own, "Number"), ...tokens(own, "String")];
      return all
        .sort((a, b) => a.startOffset - b.startOffset)
        .map((cell) => (cell.tokenType === Text ? stringNode(cell) : numberNode(cell)));
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
        span: extent(cst),
      }
    );
  }

  private arguments(cst: CstNode): ArgumentNode[] {
    return nodes(node(cst, "arguments"), "argument").map((child) => this.argument(child));
  }

  private argument(cst: CstNode): ArgumentNode {
    return { kind: "argument", name: nameOf(token(cst, "Name")), value: this.value(node(cst, "value")), span: extent(cst) };
  }

  private value(cst: CstNode | undefined): ValueNode | undefined {
    if (!cst) return undefined;
    const word = token(cst, "word");
    const call = node(cst, "callArguments");
    if (word && call)
      return {
        kind: "call",
        name: nameNode(word),
        arguments: nodes(call, "argument").map((child) => this.argument(child)),
        span: extent(cst),
      };
    const rangeEnd = node(cst, "rangeEnd");
    const text = token(cst, "String");
    const start = word ? nameNode(word) : text ? stringNode(text) : undefined;
    if (rangeEnd && start) {
      const name = nameOf(token(rangeEnd, "Name"));
      const endText = token(rangeEnd, "String");
      return { kind: "range", from: start, to: name ?? (endText && stringNode(endText)), span: extent(cst) };
    }
    if (start) return start;
    const list = node(cst, "list");
    if (list)
      return {
        kind: "list",
        items: nodes(list, "value")
          .map((child) => this.value(child))
          .filter(defined),
        span: extent(cst),
      };
    const not = token(cst, "Not");
    if (not) return { kind: "not", name: nameOf(token(cst, "negated")), span: extent(cst) };
    const literal = [NumberToken, Shape, True, False].map(({ name }) => token(cst, name)).find(defined);
    return literal && literalNode(literal);
  }

  /** Reports the first token too many; says whether there was one. */
  private rest(cst: CstNode, within: Within): boolean {
    const [first] = tokens(node(cst, "restOfLine"), "Word");
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

/** From the keyword (or label) to the last word before the brace. */
function headSpan(cst: CstNode, first: IToken): Span {
  const own = [
    ...tokens(cst, "Name"),
    ...tokens(node(cst, "subject"), "model"),
    ...tokens(node(cst, "subject"), "On"),
    ...tokens(node(cst, "subject"), "data"),
    ...Object.values(cst.children)
      .flat()
      .filter((child): child is IToken => !("children" in child) && isReal(child)),
  ];
  return own.map(spanOf).reduce(spanOver, spanOf(first));
}

/** What a node's tokens tell, kept, since a block's lines are asked for by every block around them. */
interface NodeFacts {
  readonly first: IToken | undefined;
  /** From the first token to the last, newlines apart. */
  readonly span: Span | undefined;
  readonly damaged: boolean;
}
const known = new WeakMap<CstNode, NodeFacts>();

function factsOf(cst: CstNode): NodeFacts {
  const old = known.get(cst);
  if (old) return old;
  let first: IToken | undefined;
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  let damaged = cst.recoveredNode === true;
  const take = (token: IToken | undefined, span: Span | undefined): void => {
    if (token && (!first || token.startOffset < first.startOffset)) first = token;
    if (!span) return;
    start = Math.min(start, span.start);
    end = Math.max(end, span.end);
  };
  for (const name of Object.keys(cst.children)) {
    for (const child of cst.children[name] ?? []) {
      if ("children" in child) {
        const inner = factsOf(child);
        take(inner.first, inner.span);
        damaged ||= inner.damaged;
      } else if (isReal(child)) {
        take(child, child.tokenType === Newline ? undefined : spanOf(child));
        damaged ||= child.tokenType === MalformedNumber || child.tokenType === UnclosedText;
      } else damaged = true;
    }
  }
  const facts = { first, span: start <= end ? { start, end } : undefined, damaged };
  known.set(cst, facts);
  return facts;
}

const isDamaged = (cst: CstNode): boolean => factsOf(cst).damaged;
const firstToken = (cst: CstNode): IToken | undefined => factsOf(cst).first;
const extent = (cst: CstNode): Span => factsOf(cst).span ?? { start: 0, end: 0 };

const nameNode = (name: IToken): NameNode => ({ kind: "name", text: name.image, span: spanOf(name) });
const nameOf = (name: IToken | undefined): NameNode | undefined => name && nameNode(name);
const numberNode = (number: IToken): NumberNode => ({
  kind: "number",
  value: Number(number.image.replaceAll("_", "")),
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

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t" };

/** `\"`, `\\`, `\n`, `\t`, `\u{1F600}`; any other backslash stands for itself. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|(["\\nt]))/g, (whole, code: string | undefined, letter: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? whole;
    const point = Number.parseInt(code ?? "", 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
