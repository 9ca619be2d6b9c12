/**
 * The formatter: one layout for all files. It works on tokens, so comments stay in their places and nothing is lost. It aligns labels,
 * directives' values, table columns, and comments.
 */

import { isNamingWord } from "../../../engine/catalog/layers.ts";
import { blockAt } from "./blockStarts.ts";
import { inOneForm, type Piece } from "./oneForm.ts";
import { parse } from "./parse.ts";
import {
  Arrow,
  Colon,
  Comma,
  Comparison,
  Divide,
  DotDot,
  EOF,
  Equals,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Let,
  Minus,
  Newline,
  NumberToken,
  Plus,
  RightBrace,
  RightBracket,
  RightParen,
  Text,
  Times,
  type Token,
  tokensOf,
} from "./tokens.ts";
import type { BlockNode, NetworkFile } from "./tree.ts";

interface Line {
  readonly depth: number;
  readonly block: BlockNode["kind"] | undefined;
  /** The tokens without the comment; empty if the line is only a comment. */
  readonly tokens: readonly Piece[];
  readonly comment: Omit<Piece, "broken"> | undefined;
  /** Whether a blank line precedes it. */
  readonly apart: boolean;
}

const INDENT = "  ";
const GAP = "  ";

/** Returns the formatted text; undefined if the file has a syntax error, since nothing can then be moved safely. */
export function formatted(text: string): string | undefined {
  const { tree, issues } = parse(text);
  if (issues.some(({ code }) => code < "NN200")) return undefined;
  const lines = linesOf(text).map((line) => ({ ...line, tokens: inOneForm(line.tokens, line.block, line.depth) }));
  if (lines.length === 0) return "";
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const out: string[] = [];
  for (const run of runsOf(lines)) {
    const bodies = bodiesOf(run);
    const trailing = run.flatMap(({ comment, tokens }, i) =>
      comment && tokens.length > 0 ? [{ column: comment.column, end: lastLine(bodies[i] ?? "") }] : [],
    );
    const commentAt = columnOf(
      trailing.map(({ column }) => column),
      Math.max(0, ...trailing.map(({ end }) => end)) + GAP.length,
    );
    run.forEach((line, i) => {
      const body = bodies[i] ?? "";
      const indent = INDENT.repeat(line.depth);
      if (line.apart) out.push("");
      if (line.comment === undefined) out.push(body);
      else if (line.tokens.length === 0) out.push(indent + line.comment.image);
      else out.push(body + " ".repeat(commentAt - lastLine(body)) + line.comment.image);
    });
  }
  const result =
    `${text.startsWith("\uFEFF") ? "\uFEFF" : ""}${out.join("\n").split("\n").map(withoutSpacesAtEnd).join("\n")}\n`.replaceAll(
      "\n",
      newline,
    );
  return result === text || sameValues(meaning(text, tree), meaning(result, parse(result).tree)) ? result : undefined;
}

/** Removes trailing spaces and tabs. A regular expression would take time quadratic in the length of a run of spaces. */
function withoutSpacesAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === " " || line[end - 1] === "\t") end--;
  return line.slice(0, end);
}

/** Returns the column for alignment: the source's column if all lines share it and there is room, otherwise the smallest possible one. */
function columnOf(written: readonly number[], least: number): number {
  const [first = 0] = written;
  return written.length > 1 && first >= least && written.every((column) => column === first) ? first : least;
}

/** Returns what the formatted text must have in common with the written one, regardless of line and item breaks. */
const meaning = (text: string, { blocks, comments }: NetworkFile): object => ({
  blocks,
  comments: comments.map(({ start, end }) => text.slice(start, end).trimEnd()),
});

/** Whether two values are equal, apart from positions in the text. Numbers in a syntax tree are compared by value. */
function sameValues(one: unknown, other: unknown): boolean {
  if (one === other || Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  const isLeftOut = (key: string): boolean => PLACES.includes(key) || (key === "text" && one["kind"] === "number");
  return (
    Object.keys(one).every((key) => isLeftOut(key) || sameValues(one[key], other[key])) &&
    Object.keys(other).every((key) => key in one || isLeftOut(key) || other[key] === undefined)
  );
}
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const PLACES = ["span", "keyword", "head"];

/** Returns tokens and comments in order, divided into the formatted text's lines. */
function linesOf(text: string): Line[] {
  const { tokens, comments } = tokensOf(text);
  const all = [...tokens.filter(({ tokenType }) => tokenType !== Newline), ...comments].sort((a, b) => a.startOffset - b.startOffset);
  const isComment = new Set<Token>(comments);
  const lines: OpenLine[] = [];
  /** The line to which tokens are added; undefined if the next token starts a line. */
  let current: OpenLine | undefined;
  let depth = 0;
  let block: Line["block"];
  let brackets = 0;
  let end = 0;
  let lineStart = 0;

  const pieceOf = ({ image, tokenType, startOffset }: Token): Omit<Piece, "broken"> => ({
    image: image.trimEnd(),
    tokenType,
    column: startOffset - lineStart,
  });
  for (const token of all) {
    const gap = text.slice(end, token.startOffset);
    const breaks = gap.split(/\r\n|\r|\n/).length - 1;
    if (breaks > 0) lineStart = end + Math.max(gap.lastIndexOf("\n"), gap.lastIndexOf("\r")) + 1;
    end = token.startOffset + token.image.length;
    const type = token.tokenType;
    if (type === LeftBrace) {
      // A brace on a separate line moves to its block's opening line.
      const head = lines.findLast((line) => line.tokens.length > 0);
      head?.tokens.push({ ...pieceOf(token), broken: false });
      if (depth === 0) block = blockAt((k) => head?.tokens[k]?.tokenType ?? EOF);
      depth++;
      current = undefined;
      continue;
    }
    if (isComment.has(token)) {
      const last = lines.at(-1);
      if (current && brackets > 0) current.tokens.push({ ...pieceOf(token), broken: breaks > 0 });
      else if (breaks === 0 && last && last.comment === undefined) {
        last.comment = pieceOf(token);
        current = undefined;
      } else {
        begin(breaks).comment = pieceOf(token);
        current = undefined;
      }
      continue;
    }
    if (type === RightBrace) depth = Math.max(0, depth - 1);
    if (!current || type === RightBrace || (breaks > 0 && brackets === 0)) current = begin(breaks, type === RightBrace);
    current.tokens.push({ ...pieceOf(token), broken: breaks > 0 });
    if (type === LeftParen || type === LeftBracket) brackets++;
    else if (type === RightParen || type === RightBracket) brackets = Math.max(0, brackets - 1);
    else if (type === RightBrace) current = undefined;
  }
  return lines;

  function begin(breaks: number, closes = false): OpenLine {
    const previous = lines.at(-1);
    const opens = previous?.tokens.at(-1)?.tokenType === LeftBrace;
    const afterBlock = depth === 0 && previous?.tokens[0]?.tokenType === RightBrace;
    // A blank line separates blocks. Elsewhere, consecutive blank lines are merged.
    const apart = previous !== undefined && !opens && !closes && (breaks > 1 || afterBlock);
    const line: OpenLine = { depth, block, tokens: [], comment: undefined, apart };
    lines.push(line);
    return line;
  }
}

interface OpenLine extends Omit<Line, "tokens" | "comment"> {
  readonly tokens: Piece[];
  comment: Line["comment"];
}

/** Returns runs of adjacent lines of the same depth, which are aligned together. */
function runsOf(lines: readonly Line[]): Line[][] {
  const runs: Line[][] = [];
  for (const line of lines) {
    const previous = runs.at(-1)?.at(-1);
    const closes = line.tokens[0]?.tokenType === RightBrace || previous?.tokens.at(-1)?.tokenType === LeftBrace;
    if (previous && !line.apart && !closes && previous.depth === line.depth && previous.block === line.block) runs.at(-1)?.push(line);
    else runs.push([line]);
  }
  return runs;
}

const isRow = ({ tokens, block }: Line): boolean =>
  (block === "data" || block === "expect") &&
  (tokens[0]?.tokenType === NumberToken || tokens[0]?.tokenType === Text || tokens.some(({ tokenType }) => tokenType === Arrow));
const isLabelled = ({ tokens, depth }: Line): boolean => depth > 0 && tokens[1]?.tokenType === Colon;
const isDirective = ({ tokens, block, depth }: Line): boolean =>
  depth > 0 && (block === "data" || block === "train") && tokens.length > 1 && tokens[1]?.tokenType !== Comparison;

/** Returns the text of each line in a run, with indentation and without comments. */
function bodiesOf(run: readonly Line[]): string[] {
  const indent = INDENT.repeat(run[0]?.depth ?? 0);
  const bodies = run.map(({ tokens }) => indent + joined(tokens, indent.length));
  eachSequence(run, isRow, (from, to) => {
    for (const [i, cells] of aligned(run.slice(from, to)).entries()) bodies[from + i] = indent + cells;
  });
  eachSequence(run, isLabelled, (from, to) => {
    const lines = run.slice(from, to);
    const width = Math.max(...lines.map(({ tokens }) => tokens[0]?.image.length ?? 0)) + 1;
    const neurons = lines
      .map(({ tokens }) => tokens.slice(2))
      .filter((tokens) => isNamingWord(tokens[0]?.image ?? "") && namedAt(tokens) > 0);
    const namedColumn = columnOf(
      neurons.map((tokens) => (tokens[namedAt(tokens)]?.column ?? 0) - (tokens[0]?.column ?? 0)),
      Math.max(0, ...neurons.map((tokens) => joined(tokens.slice(0, namedAt(tokens)), 0).length)) + 1,
    );
    lines.forEach(({ tokens }, i) => {
      const start = indent.length + width + 1;
      const rest = tokens.slice(2);
      const at = isNamingWord(rest[0]?.image ?? "") ? namedAt(rest) : 0;
      const body =
        at > 0 ? joined(rest.slice(0, at), start).padEnd(namedColumn) + joined(rest.slice(at), start + namedColumn) : joined(rest, start);
      bodies[from + i] = `${indent}${`${tokens[0]?.image}:`.padEnd(width)} ${body}`;
    });
  });
  const width = directiveWidth(run.filter(isDirective).map(({ tokens }) => tokens[0]?.image ?? ""));
  run.forEach((line, i) => {
    if (!isDirective(line) || isRow(line)) return;
    const name = (line.tokens[0]?.image ?? "").padEnd(width);
    bodies[i] = `${indent}${name} ${joined(line.tokens.slice(1), indent.length + name.length + 1)}`;
  });
  return bodies;
}

/** Calls `work` with the index range of each sequence of consecutive lines that satisfy `belongs`. */
function eachSequence(run: readonly Line[], belongs: (line: Line) => boolean, work: (from: number, to: number) => void): void {
  for (let from = 0; from < run.length; from++) {
    let to = from;
    for (let line = run[to]; line && belongs(line); line = run[to]) to++;
    if (to > from) work(from, to);
    from = Math.max(from, to - 1);
  }
}

/** Returns the index of a line's first `name=`; 0 if there is none. */
function namedAt(tokens: readonly Piece[]): number {
  return Math.max(0, tokens.findIndex(({ tokenType }) => tokenType === Equals) - 1);
}

/**
 * Returns the width of the column of directive names. Only common directives determine it, so that a long name such as scale_target does
 * not widen it.
 */
function directiveWidth(names: readonly string[]): number {
  const common = names.filter((name) => COMMON.includes(name));
  const measured = common.length > 0 ? common : names.filter((name) => name.length <= 9);
  return Math.max(0, ...measured.map((name) => name.length));
}
const COMMON = ["source", "features", "target", "optimizer"];

/** Returns the rows of a table: numbers right-aligned, text left-aligned, arrows in one column. */
function aligned(rows: readonly Line[]): string[] {
  const cells = rows.map(({ tokens }) => tokens.filter(({ tokenType }) => tokenType !== Comma));
  const widths: number[] = [];
  for (const row of cells) for (const [j, { image }] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, image.length);
  // Rows whose arrows are at different positions are not aligned.
  const arrows = new Set(cells.map((row) => row.findIndex(({ tokenType }) => tokenType === Arrow)));
  return cells.map((row) =>
    row
      .map(({ image, tokenType }, j) =>
        arrows.size > 1 ? image : tokenType === NumberToken ? image.padStart(widths[j] ?? 0) : image.padEnd(widths[j] ?? 0),
      )
      .join(" ")
      .trimEnd(),
  );
}

const SIGNS = [Plus, Minus, Times, Divide];
const CLOSING = [RightParen, RightBracket, Comma, Colon];

/** Returns one statement. Line breaks inside brackets are kept, and each line is indented to its enclosing bracket. */
function joined(tokens: readonly Piece[], start: number): string {
  let text = "";
  let column = start;
  const open: number[] = [];
  const put = (piece: string): void => {
    text += piece;
    column += piece.length;
  };
  const isLet = tokens[0]?.tokenType === Let;
  const isNegation = (k: number): boolean =>
    tokens[k]?.tokenType === Minus && [Equals, LeftParen, ...SIGNS].some((type) => type === tokens[k - 1]?.tokenType);
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    if (before && breaksLine(before, token) && open.length > 0) {
      column = open.at(-1) ?? start;
      text += `\n${" ".repeat(column)}`;
    } else if (isComment(token)) put(GAP);
    else if (before && !isNegation(i - 1) && !isGlued(before, token, isLet, i)) put(" ");
    put(token.image);
    if (isOpening(token)) open.push(column);
    else if (isClosing(token)) open.pop();
  });
  return text;
}

const isComment = ({ image }: Piece): boolean => image.startsWith("#");
const isOpening = ({ tokenType }: Piece): boolean => tokenType === LeftParen || tokenType === LeftBracket;
const isClosing = ({ tokenType }: Piece): boolean => tokenType === RightParen || tokenType === RightBracket;

/** A line breaks after a comment and where the source breaks it, but not between a bracket and its first or last item. */
const breaksLine = (before: Piece, token: Piece): boolean => isComment(before) || (token.broken && !isOpening(before) && !isClosing(token));

function isGlued(before: Piece, { tokenType }: Piece, isLet: boolean, k: number): boolean {
  if (isOpening(before) || CLOSING.includes(tokenType)) return true;
  // In a sum, a space separates a parenthesis from the preceding sign.
  if (tokenType === LeftParen) return !isLet || !(before.tokenType === Equals || SIGNS.includes(before.tokenType));
  if (tokenType === DotDot || before.tokenType === DotDot) return true;
  // Only the sign after the name of a `let` has spaces around it.
  return !(isLet && k <= 3) && (tokenType === Equals || before.tokenType === Equals);
}

/** Returns the length of the last line of a body. */
const lastLine = (body: string): number => body.length - body.lastIndexOf("\n") - 1;
