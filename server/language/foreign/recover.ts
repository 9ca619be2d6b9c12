/**
 * Reads lines in the form of another language or library as they are meant. Each such line has one message, whose fix rewrites it in this
 * language. The checker reads the line as if the fix had been applied, so the mistake has no further consequences.
 */
import { fix, together } from "../diagnostics/fixes.ts";
import { type Issue, issue, type TextChange } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import { endOfToken, LeftBrace, Newline, RightBrace, type Token, tokensOf } from "../syntax/tokens.ts";
import { commentsRead } from "./comments.ts";
import { dictionary, directiveForms } from "./directives.ts";
import { type FileLine, fileLines } from "./fileLines.ts";
import { headForms } from "./heads.ts";
import { layerForms } from "./layers.ts";
import { type ForeignCode, imageAt, type Line, type Recogniser, rewritten, wordAt } from "./line.ts";
import { type Move, moveOf, type Neighbours, neighboursOf } from "./moves.ts";
import { namesOf } from "./names.ts";
import { isNative } from "./native.ts";
import { type Program, programAt } from "./programs.ts";
import { signForms } from "./signs.ts";
import { valueForms } from "./values.ts";

export interface Recovered {
  readonly tokens: readonly Token[];
  readonly issues: readonly Issue[];
}

/** A limit for text that is not a `.nn` file, which would have a foreign form on every line. */
const MOST_REPAIRS = 500;
/** Longer lines are data, not a mistake. */
const MOST_TOKENS = 300;
/** The maximum number of forms on one line. Each repair removes one, so a larger number means that two recognisers undo each other. */
const MOST_STEPS = 12;

const FORMS: readonly Recogniser[] = [...signForms, ...valueForms, ...headForms, ...layerForms, ...directiveForms, ...namesOf];

export function recover(text: string, written: readonly Token[]): Recovered {
  const comments = commentsRead(text, written);
  const lines = fileLines(text, comments.tokens);
  const neighbours = neighboursOf(lines);
  const issues = [...comments.issues];
  /** The replacements of token ranges. */
  const read: { readonly from: number; readonly to: number; readonly tokens: readonly Token[] }[] = [];
  const hoisted: Token[] = [];
  /** The number of the message shared by lines with the same key. */
  const shared = new Map<string, number>();
  let end = -1;
  for (const [k, line] of lines.entries()) {
    if (issues.length >= MOST_REPAIRS) break;
    if (k <= end) continue;
    const program = programAt(lines, k, layerText);
    const last = lines[program?.last ?? -1];
    if (program && last) {
      end = program.last;
      const found = translated(program, line, last);
      issues.push(found.issue);
      read.push({ from: line.from, to: last.to, tokens: found.tokens });
      continue;
    }
    if (line.tokens.length > MOST_TOKENS || isNative(line)) continue;
    const found = repairOf(line, neighbours);
    if (!found) continue;
    const repairs = { start: line.base, end: line.base + line.text.length };
    const same = found.key === undefined ? undefined : shared.get(found.key);
    if (same === undefined) {
      if (found.key !== undefined) shared.set(found.key, issues.length);
      issues.push({ ...found.issue, repairs });
    } else issues[same] = withFixesOf(issues[same] ?? found.issue, found.issue);
    if (found.isHoisted) hoisted.push(...line.tokens, newlineAt(line.base));
    read.push({ from: line.from, to: line.to, tokens: found.tokens });
    if (found.inserted) read.push({ from: found.inserted.token, to: found.inserted.token, tokens: found.inserted.tokens });
    if (found.closedAfter !== undefined)
      read.push({
        from: found.closedAfter,
        to: found.closedAfter,
        tokens: [newlineAt(line.base), braceAt(comments.tokens, found.closedAfter)],
      });
  }
  if (read.length === 0) return { tokens: comments.tokens, issues };
  read.sort((a, b) => a.from - b.from);
  const tokens = [...hoisted];
  let at = 0;
  for (const { from, to, tokens: own } of read) {
    for (; at < from; at++) tokens.push(comments.tokens[at] as Token);
    for (const token of own) tokens.push(token);
    at = to;
  }
  for (; at < comments.tokens.length; at++) tokens.push(comments.tokens[at] as Token);
  return { tokens, issues };
}

/** Converts a layer's call to a line of a model. */
function layerText(call: string): string {
  const { tokens } = tokensOf(call);
  const line: Line = {
    text: call,
    tokens,
    base: 0,
    isForeign: true,
    block: "model",
    isTop: false,
    opens: false,
    indent: "  ",
    lineBreak: "\n",
    hasBody: false,
    before: undefined,
    isReused: false,
  };
  return repaired(undefined, line).line.text;
}

/** The size of an input that the program does not contain. */
const GUESSED_INPUT = "4";

/** Returns the message about a whole model of another library, with the equivalent block. */
function translated(
  { name, layers, input, isWhole }: Program,
  { base, tokens, text, lineBreak }: FileLine,
  last: FileLine,
): Pick<Found, "issue" | "tokens"> {
  const repairs = { start: base, end: last.base + last.text.length };
  const lines = [`input ${input ?? GUESSED_INPUT}`, ...layers];
  const block = `model ${name} {${lineBreak}${lines.map((line) => `  ${line}${lineBreak}`).join("")}}`;
  const title = `Change to \`model ${name}\` with ${lines.length} lines`;
  const fixes = isWhole ? [{ ...fix(title, { span: repairs, text: block }), ...(input === undefined ? { isGuess: true } : {}) }] : [];
  const size = input === undefined ? ", with the size of your input" : "";
  const message = `A model is a block with one layer on each line; write ${isWhole ? "" : "it as in "}\`${shown(`model ${name} { ${lines.join("; ")} }`)}\`${size}.`;
  const end = endOfToken(tokens.at(-1) ?? made(text, Newline, base));
  return {
    issue: { ...issue("NN101", { start: base, end }, { message }, { fixes }), repairs },
    tokens: tokensOf(block).tokens.map((token) => movedTo(token, base, end)),
  };
}

interface Found {
  readonly issue: Issue;
  readonly tokens: readonly Token[];
  readonly isHoisted?: boolean;
  /** Tokens to read before the token with an index: a line that was moved there. */
  /** Shared by similar repairs on other lines, which then have one common message. */
  readonly key?: string | undefined;
  readonly inserted?: { readonly token: number; readonly tokens: readonly Token[] } | undefined;
  /** The index of the token before which a block without braces must be closed. */
  readonly closedAfter?: number | undefined;
}

function repairOf(line: FileLine, neighbours: Neighbours): Found | undefined {
  const steps = stepsOf(line);
  const last = steps.line;
  const move = moveOf(last, line, neighbours);
  if (move) return moved(line, steps, move);
  const [code] = steps.codes;
  if (code === undefined) return undefined;
  const isRemoved = last.text === "";
  const own = isRemoved ? removed(line) : changed(line, last.text);
  const opens = last.text.endsWith("{") && !line.opens;
  const end = opens ? neighbours.endOf(line) : undefined;
  const closing: TextChange[] = end && !end.isClosed ? [{ span: { start: end.offset, end: end.offset }, text: `${line.lineBreak}}` }] : [];
  const isGuess = steps.others.length > 0;
  const removal = line.isWhole ? "remove this line" : `remove \`${shown(line.text)}\``;
  const fixes = isRemoved
    ? [fix(`${removal[0]?.toUpperCase()}${removal.slice(1)}`, own)]
    : [last.text, ...steps.others].map((to) => ({
        ...fix(`Change to \`${shown(to)}\``, changed(line, to), ...closing),
        ...(isGuess ? { isGuess } : {}),
      }));
  const choice = [last.text, ...steps.others].map((to) => `\`${shown(to)}\``).join(" or ");
  const advice = steps.asks === undefined ? `write ${choice}` : `did you mean \`${steps.asks}\`?`;
  const message = `${sentence(steps.says)}; ${isRemoved ? removal : advice}${steps.asks === undefined ? "." : ""}`;
  return {
    issue: issue(code, placeOf(line, own.span), { message }, { fixes }),
    tokens: isRemoved ? [] : placed(last.tokens, line),
    closedAfter: end?.isClosed === false ? end.token : undefined,
    key: steps.codes.length === 1 ? steps.key : undefined,
  };
}

const withFixesOf = (one: Issue, other: Issue): Issue => ({
  ...one,
  fixes: one.fixes.map((own) => together(own, other.fixes.slice(0, 1))),
});

interface Steps {
  readonly key: string | undefined;
  readonly asks: string | undefined;
  readonly line: Line;
  readonly codes: readonly ForeignCode[];
  readonly says: readonly string[];
  /** Other possible texts of the line. */
  readonly others: readonly string[];
}

/** Repairs a line until no recogniser finds a foreign form in it. Two names from other libraries on one line also count as a foreign form. */
function stepsOf(line: FileLine): Steps {
  const steps = repaired(line, line);
  const hasNames = /^[A-Z]/.test(imageAt(line, wordAt(line))) || line.tokens.some(({ image }) => image === "=");
  if (steps.codes.length > 0 || !hasNames) return steps;
  const foreign = repaired(line, { ...line, isForeign: true });
  return foreign.codes.length > 1 ? foreign : steps;
}

function repaired(line: FileLine | undefined, written: Line): Steps {
  let now = written;
  let key: string | undefined;
  let asks: string | undefined;
  const codes: ForeignCode[] = [];
  const says: string[] = [];
  let others: readonly string[] = [];
  for (let step = 0; step < MOST_STEPS && now.text !== ""; step++) {
    const next = line?.isBraced && step === 0 ? dictionary(now) : first(now);
    if (!next || next.text === now.text) break;
    codes.push(next.code ?? "NN101");
    if (!says.some((one) => one.slice(0, 12) === next.says.slice(0, 12))) says.push(next.says);
    others = next.others ?? others;
    key = next.key;
    asks = next.asks;
    now = rewritten(now, next.text);
  }
  return { line: now, key, asks: codes.length === 1 ? asks : undefined, codes, says, others };
}

function first(line: Line): ReturnType<Recogniser> {
  for (const form of FORMS) {
    const found = form(line);
    if (found) return found;
  }
  return undefined;
}

function moved(line: FileLine, { line: last }: Steps, move: Move): Found {
  const span = { start: line.base, end: line.base + line.text.length };
  const own = move.stays === undefined ? removed(line) : changed(line, move.stays);
  const fixes = move.fixes.map((one) => ({ ...one, changes: [own, ...one.changes] }));
  const { insertion } = move;
  return {
    issue: issue(move.code ?? "NN208", placeOf(line, span), { message: `${move.says}; ${move.advice}.` }, { fixes }),
    tokens: move.stays === undefined ? [] : placed(tokensOf(move.stays).tokens, line),
    isHoisted: move.isHoisted === true && last.text !== "",
    inserted: insertion && {
      token: insertion.token,
      tokens: [
        newlineAt(insertion.offset),
        ...tokensOf(insertion.text).tokens.map((token) => movedTo(token, insertion.offset, insertion.offset)),
      ],
    },
  };
}

const sentence = (says: readonly string[]): string => {
  const [start = "", second] = says;
  return second === undefined ? start : `${start}, and ${second[0]?.toLowerCase()}${second.slice(1)}`;
};

const shown = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 80 ? line : `${line.slice(0, 80).replace(/[\ud800-\udbff]$/, "")}…`;
};

/** Returns the change of a line to a text, without the common beginning and end. */
function changed({ text, base }: FileLine, to: string): TextChange {
  const most = Math.min(text.length, to.length);
  let head = 0;
  while (head < most && text[head] === to[head]) head++;
  let tail = 0;
  while (tail < most - head && text.at(-1 - tail) === to.at(-1 - tail)) tail++;
  return { span: { start: base + head, end: base + text.length - tail }, text: to.slice(head, to.length - tail) };
}

/** Returns the removal of a line with its indentation and its line break. */
function removed({ text, base, indent, isWhole, end }: FileLine): TextChange {
  return { span: isWhole ? { start: base - indent.length, end } : { start: base, end: base + text.length }, text: "" };
}

/** Returns the place of a message: the tokens that a change touches, or the tokens next to an insertion. */
function placeOf({ tokens, base, text }: FileLine, { start, end }: Span): Span {
  const whole = { start: base, end: base + text.length };
  if (start < whole.start) return whole;
  const touched = tokens.filter((token) => token.startOffset < end && endOfToken(token) > start);
  const from = touched[0] ?? tokens.find((token) => token.startOffset < start && endOfToken(token) >= start) ?? tokens[0];
  const to = touched.at(-1) ?? from;
  return from && to ? { start: from.startOffset, end: endOfToken(to) } : whole;
}

/** Assigns places in the file to a repaired line's tokens: the places of the written tokens with the same text, or of the next written token. */
function placed(tokens: readonly Token[], { tokens: written, base }: FileLine): Token[] {
  let tail = 0;
  const most = Math.min(tokens.length, written.length);
  while (tail < most && isSame(tokens.at(-1 - tail), written.at(-1 - tail))) tail++;
  const limit = written.length - tail;
  let next = 0;
  return tokens.map((token, k) => {
    const isTail = tokens.length - k <= tail;
    let at = isTail ? written.length - (tokens.length - k) : next;
    while (!isTail && at < limit && !isSame(written[at], token)) at++;
    const own = isTail || at < limit ? written[at] : undefined;
    if (own) next = at + 1;
    const beside = own ?? written[Math.min(next, written.length - 1)];
    return beside ? movedTo(token, beside.startOffset, endOfToken(beside)) : movedTo(token, base, base);
  });
}

const isSame = (a: Token | undefined, b: Token | undefined): boolean =>
  a !== undefined && b !== undefined && a.image.replaceAll('"', "").toLowerCase() === b.image.replaceAll('"', "").toLowerCase();

/** Returns the token with other offsets. */
const movedTo = (token: Token, start: number, end: number): Token => ({ ...token, startOffset: start, endOffset: end - 1 });

const newlineAt = (offset: number): Token => made("\n", Newline, offset);
const braceAt = (tokens: readonly Token[], before: number): Token =>
  made("}", RightBrace, endOfToken(tokens[before - 1] ?? made("", LeftBrace, 0)));
const made = (image: string, tokenType: Token["tokenType"], offset: number): Token => ({
  image,
  tokenType,
  tokenTypeIdx: tokenType.tokenTypeIdx ?? 0,
  startOffset: offset,
  endOffset: offset - 1,
});
