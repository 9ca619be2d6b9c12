/**
 * Parses the debugger's expressions for conditions, watches, hovers and the console. They are a small language of numbers, tensors, comparisons and
 * functions, without side effects. Parsing never throws: an error is a message.
 */

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | "<" | "<=" | ">" | ">=" | "==" | "!=" | "and" | "or";

/** A part of an index: a number from 0 (from the end if negative), or a range [from, to). */
export type IndexPart = { readonly at: number } | { readonly from: number | undefined; readonly to: number | undefined };

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  /** `loss`, `hidden`, `hidden.kernel.grad` */
  | { readonly kind: "name"; readonly path: readonly string[] }
  | { readonly kind: "index"; readonly of: Expression; readonly parts: readonly IndexPart[] }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: "unary"; readonly operator: "-" | "not"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression };

export type Parsed = { readonly expression: Expression } | { readonly problem: string };

class Mistake extends Error {}

interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end";
  readonly text: string;
}

/** The maximum length of an expression. Deep nesting in a longer text could overflow the stack. */
const MOST_CHARACTERS = 1000;
const MOST_DEPTH = 50;
const TOKEN =
  /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|("[^"\n]*"|'[^'\n]*')|([\p{L}_][\p{L}\p{M}\d_]*)|(<=|>=|==|!=|[-+*/^<>()[\],.:]))/iuy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const rule = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = rule.lastIndex) {
    rule.lastIndex = at;
    const found = rule.exec(text);
    if (!found) throw new Mistake(`"${text.slice(at).trim()[0]}" has no meaning in an expression.`);
    const [, number, quoted, name, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (quoted !== undefined) tokens.push({ kind: "text", text: quoted.slice(1, -1) });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "sign", text: sign });
  }
  return [...tokens, { kind: "end", text: "" }];
}

/** The precedence of the operators; `or` has the lowest. `^` is right-associative. */
const BINDING: { readonly [O in BinaryOperator]: number } = {
  or: 1,
  and: 2,
  "==": 4,
  "!=": 4,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  "+": 6,
  "-": 6,
  "*": 7,
  "/": 7,
  "^": 9,
};
/** `not` has lower precedence than comparisons, and a minus sign lower than `^`: -x^2 is -(x^2). */
const UNARY_BINDING = { not: 3, "-": 8 } as const;

const isOperator = (text: string): text is BinaryOperator => Object.hasOwn(BINDING, text);

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.expression(0);
    if (this.token().kind !== "end") throw new Mistake(`"${this.token().text}" is not expected after the expression.`);
    return expression;
  }

  private token(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)];
  }

  private takes(sign: string): boolean {
    if (this.token().kind !== "sign" || this.token().text !== sign) return false;
    this.at++;
    return true;
  }

  private require(sign: string): void {
    if (!this.takes(sign)) throw new Mistake(`"${sign}" is missing${this.token().kind === "end" ? "" : ` before "${this.token().text}"`}.`);
  }

  private expression(least: number): Expression {
    if (++this.depth > MOST_DEPTH) throw new Mistake("The expression is nested too deeply.");
    let left = this.prefix();
    for (;;) {
      const { kind, text } = this.token();
      const operator = (kind === "sign" || kind === "name") && isOperator(text) ? text : undefined;
      if (!operator || BINDING[operator] <= least) break;
      this.at++;
      const right = this.expression(operator === "^" ? BINDING[operator] - 1 : BINDING[operator]);
      left = { kind: "binary", operator, left, right };
    }
    this.depth--;
    return left;
  }

  private prefix(): Expression {
    if (this.takes("-")) return { kind: "unary", operator: "-", of: this.expression(UNARY_BINDING["-"]) };
    if (this.token().kind === "name" && this.token().text === "not") {
      this.at++;
      return { kind: "unary", operator: "not", of: this.expression(UNARY_BINDING.not) };
    }
    return this.postfix(this.atom());
  }

  private atom(): Expression {
    const { kind, text } = this.token();
    this.at++;
    if (kind === "number") return { kind: "number", value: Number(text) };
    if (kind === "text") return { kind: "text", value: text };
    if (kind === "name" && !isOperator(text)) return this.named(text);
    if (kind === "sign" && text === "(") {
      const inner = this.expression(0);
      this.require(")");
      return inner;
    }
    throw new Mistake(kind === "end" ? "The expression is not complete." : `"${text}" is not expected here.`);
  }

  private named(first: string): Expression {
    if (this.takes("(")) {
      const given: Expression[] = [];
      while (!this.takes(")")) {
        if (given.length > 0) this.require(",");
        given.push(this.expression(0));
      }
      return { kind: "call", name: first, arguments: given };
    }
    return { kind: "name", path: [first] };
  }

  /** Members and indices, in any order: `hidden.kernel[0, 1].grad` is `hidden.kernel.grad[0, 1]`. */
  private postfix(of: Expression): Expression {
    let own = of;
    for (;;) {
      if (this.takes(".")) {
        const { kind, text } = this.token();
        if (kind !== "name") throw new Mistake('A name is missing after ".".');
        this.at++;
        own = withMember(own, text);
      } else if (this.takes("[")) {
        const parts = [this.part()];
        while (this.takes(",")) parts.push(this.part());
        this.require("]");
        own = { kind: "index", of: own, parts };
      } else return own;
    }
  }

  private part(): IndexPart {
    const from = this.wholeNumber();
    if (!this.takes(":")) {
      if (from === undefined) throw new Mistake("A number or a range is missing between the brackets.");
      return { at: from };
    }
    return { from, to: this.wholeNumber() };
  }

  private wholeNumber(): number | undefined {
    const isNegative = this.takes("-");
    const { kind, text } = this.token();
    if (kind !== "number") {
      if (isNegative) throw new Mistake('A whole number is missing after "-".');
      return undefined;
    }
    this.at++;
    const value = Number(text);
    if (!Number.isInteger(value)) throw new Mistake(`An index is a whole number, not ${text}.`);
    return isNegative ? -value : value;
  }
}

function withMember(of: Expression, name: string): Expression {
  if (of.kind === "name") return { kind: "name", path: [...of.path, name] };
  if (of.kind === "index") return { ...of, of: withMember(of.of, name) };
  throw new Mistake(`Only a layer has members, so ".${name}" has no meaning here.`);
}

export function parseExpression(text: string): Parsed {
  if (text.length > MOST_CHARACTERS) return { problem: `An expression has at most ${MOST_CHARACTERS} characters.` };
  try {
    return { expression: new Parser(tokensOf(text)).whole() };
  } catch (error) {
    if (error instanceof Mistake) return { problem: error.message };
    throw error;
  }
}
