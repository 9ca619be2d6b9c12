/** Parses text to a syntax tree and syntax issues. Every text has both, and each line has at most one issue. */
import { EOF, type IRecognitionException, type IToken } from "chevrotain";
import { fix, indentAt } from "../diagnostics/fixes.ts";
import type { Fix, Issue } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import { withArticle } from "../diagnostics/nouns.ts";
import { oneMessageEach } from "../foreign/oneMessage.ts";
import { recover } from "../foreign/recover.ts";
import { blocksIn } from "./blockStarts.ts";
import { parser } from "./grammar.ts";
import { lowerFile, type SyntaxProblem, spanOf, type Within } from "./lower.ts";
import type { Span } from "./span.ts";
import { DEEPEST, MalformedNumber, Newline, numberFrom, RightBrace, type Tokens, tokensOf, UnclosedText } from "./tokens.ts";
import type { BlockNode, NetworkFile } from "./tree.ts";

export interface Parsed {
  readonly tree: NetworkFile;
  readonly issues: readonly Issue[];
  /** For code that reads the text before the cursor instead of the tree. */
  readonly tokens: Tokens;
}

const isMalformed = ({ tokenType }: IToken): boolean => tokenType === MalformedNumber || tokenType === UnclosedText;

/** A limit for text that is not a `.nn` file, which would have an issue on every line. */
const MOST_ISSUES = 500;

export function parse(text: string): Parsed {
  const lexed = tokensOf(text);
  const { comments, tooDeep } = lexed;
  const { tokens, issues: foreign } = recover(text, lexed.tokens);
  const found: Issue[] = [...foreign];
  for (const token of tokens) {
    if (token.tokenType === UnclosedText) found.push(unclosedText(token));
    else if (token.tokenType === MalformedNumber) found.push(malformedNumber(token));
  }
  for (const token of tooDeep)
    found.push(issue("NN101", spanOf(token), { message: `This is nested more than ${DEEPEST} levels deep; remove some brackets.` }));
  const blocks: BlockNode[] = [];
  for (const part of blocksIn(tokens)) {
    parser.input = part;
    const cst = parser.file();
    const { errors } = parser;
    for (const exception of errors) found.push(fromException(exception));
    const clean = errors.length === 0 && !part.some(isMalformed);
    blocks.push(...lowerFile(cst, clean, (problem) => found.push(fromProblem(problem, text))));
  }
  parser.input = [];
  const tree = { blocks, comments: comments.map(spanOf) };
  return { tree, issues: onePerLine(text, oneMessageEach(found)).slice(0, MOST_ISSUES), tokens: lexed };
}

const malformedNumber = (token: IToken): Issue =>
  issue("NN104", spanOf(token), {
    text: shortened(token.image),
    isTooLarge: Math.abs(numberFrom(token.image)) === Number.POSITIVE_INFINITY,
  });

/** Returns the issue of an unclosed string. The fix inserts the quote before a closing bracket, a comma or a comment. */
function unclosedText(token: IToken): Issue {
  const span = spanOf(token);
  const inside = /^"(?:\\.|[^\\)\],#])*/.exec(token.image)?.[0].replace(/\s*(?:->.*)?$/, "") ?? token.image;
  const at = span.start + inside.length;
  return issue("NN103", span, {}, { fixes: [fix('Add `"`', { span: { start: at, end: at }, text: '"' })] });
}

function fromProblem(problem: SyntaxProblem, text: string): Issue {
  switch (problem.kind) {
    case "stray":
      return strayIssue(problem.token, problem.within);
    case "unclosed":
      return issue("NN102", problem.span, { block: problem.block }, { fixes: [closed(problem, text)] });
    case "no_brace":
      return issue("NN101", problem.span, {
        message: `This ${problem.block} block has no content; add \`{\` here and \`}\` at its end.`,
      });
    case "misplaced":
      return issue("NN101", problem.span, {
        message: `${MISPLACED[problem.what].what} can't be in ${withArticle(problem.block)} block; write it in ${MISPLACED[problem.what].where}.`,
      });
    case "no_arrow":
      return issue("NN101", problem.span, { message: "A row needs `->` between its features and its targets, as in `0 1 -> 1`." });
  }
}

function closed({ span, end }: Extract<SyntaxProblem, { kind: "unclosed" }>, text: string): Fix {
  const lineEnd = /[\r\n]/.exec(text.slice(end));
  // The brace goes after a comment on the last line.
  const at = lineEnd ? end + lineEnd.index : text.length;
  return fix("Add `}`", { span: { start: at, end: at }, text: `${text.includes("\r\n") ? "\r\n" : "\n"}${indentAt(text, span.start)}}` });
}

const MISPLACED = {
  row: { what: "A row", where: "a `data` or `expect` block" },
  claim: { what: "A comparison of a metric", where: "an `expect` block" },
} as const;

const EXPECTED: { readonly [W in Within]: string } = {
  file: "begin a line here with `let`, `model`, `data`, `train` or `expect`",
  model: "begin a line of a model with a layer's name, a label, `repeat` or `output`",
  block: "begin a line here with the name of a directive",
  layer: "write a layer as its name, its arguments and, if needed, `from` and labels",
  directive: "write a directive as its name and its values",
  row: "write a row as numbers (or text in quotes), `->` and its targets",
  head: "write only names and `{` on the first line of a block",
  let: "write a `let` as one name, `=` and one value",
};

function strayIssue(token: IToken, within: Within): Issue {
  if (token.tokenType === UnclosedText) return unclosedText(token);
  if (token.tokenType === MalformedNumber) return malformedNumber(token);
  if (/^[+*/]$/.test(token.image) && (within === "layer" || within === "directive"))
    return issue("NN101", spanOf(token), {
      message: "Only a `let` line computes; name the result above, as in `let half = width / 2`, and write that name here.",
    });
  return issue("NN101", spanOf(token), { message: `\`${visible(token.image)}\` is not expected here; ${EXPECTED[within]}.` });
}

const AFTER_RULE: Readonly<Record<string, string>> = {
  value: "a value is missing here; write a number, a name, a text in quotes or a list",
  callArguments: "`)` is missing here",
  list: "`]` is missing here",
  rangeEnd: "a column's name is missing after `..`",
  letLine: "write this line as `let name = value`",
  claim: "write a metric, a comparison and a number, as in `accuracy >= 0.9`",
  names: "a name is missing after the comma",
};

function fromException({ token, context, ...rest }: IRecognitionException): Issue {
  const rule = context.ruleStack.at(-1) ?? "";
  const previous = "previousToken" in rest ? (rest.previousToken as IToken | undefined) : undefined;
  const atEnd = token.tokenType === EOF || token.tokenType === Newline || token.tokenType === RightBrace;
  const span: Span =
    atEnd && previous && previous.startOffset >= 0 ? spanOf(previous) : token.startOffset >= 0 ? spanOf(token) : { start: 0, end: 0 };
  const what = AFTER_RULE[rule] ?? "something is missing or out of place here";
  const found = atEnd ? "" : ` (found \`${visible(token.image)}\`)`;
  return issue("NN101", span, { message: `${what[0]?.toUpperCase()}${what.slice(1)}${found}.` });
}

/** Returns the first issue of each line, since later ones on the same line are usually its consequences. */
function onePerLine(text: string, found: readonly Issue[]): Issue[] {
  const first: Issue[] = [];
  let lineEnd = -1;
  for (const next of [...found].sort((a, b) => a.span.start - b.span.start)) {
    if (next.span.start <= lineEnd) continue;
    first.push(next);
    const newline = text.indexOf("\n", next.span.start);
    lineEnd = newline < 0 ? text.length : newline;
  }
  return first;
}

const shortened = (text: string): string => (text.length > 30 ? `${text.slice(0, 30)}…` : text);

/** Returns the text with control characters and lone surrogates replaced by their code points, so that no message contains them. */
function visible(text: string): string {
  return shortened(text).replace(
    /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
    (c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}
