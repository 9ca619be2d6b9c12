/** Splits a file's tokens into lines and finds each line's block, before the grammar reads them. */
import { blockWords } from "../../../engine/catalog/foreign.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import { blockAt } from "../syntax/blockStarts.ts";
import { Colon, EOF, Equals, LeftBrace, Newline, RightBrace, type Token, Train } from "../syntax/tokens.ts";
import { type BlockKind, isNameLike, type Line } from "./line.ts";

export interface FileLine extends Line {
  /** The range of the line's tokens in the file: from the first to the one after the last. */
  readonly from: number;
  readonly to: number;
  /** The number of the line's block, in the file's order; -1 outside of a block. */
  readonly blockNumber: number;
  /** Whether the line starts with its first token rather than with a brace. */
  readonly isWhole: boolean;
  /** Where the next line starts. */
  readonly end: number;
  /** Whether a closing brace follows. */
  readonly isLast: boolean;
  /** Whether there is a brace between the line's other tokens. */
  readonly isBraced: boolean;
  /** Whether a closing brace follows before the next block. */
  readonly isClosed: boolean;
}

/** Returns the kind of block that a line starts, even with another library's word or a capital letter. */
function headOf(tokens: readonly Token[], from: number, to: number, isOutside: boolean): BlockKind | undefined {
  const kind = blockAt((k) => (from + k < to ? tokens[from + k]?.tokenType : Newline) ?? EOF);
  if (kind !== undefined) return kind === "let" ? undefined : kind;
  const first = tokens[from];
  const last = tokens[to - 1]?.tokenType;
  const isRun = tokens[from + 1]?.tokenType === Train || (tokens[from + 1]?.tokenType === Equals && tokens[from + 2]?.tokenType === Train);
  if (isOutside && isRun && last === LeftBrace) return "train";
  if (!isOutside || !isNameLike(first) || (last !== LeftBrace && last !== Colon)) return undefined;
  return foreignBlock(first?.image ?? "");
}

/** Returns the kind of block for another library's word. */
export const foreignBlock = (word: string): BlockKind | undefined => {
  const lower = word.toLowerCase();
  return lower === "model" || lower === "data" || lower === "train" || lower === "expect" ? lower : entryOf(blockWords, lower);
};

export function fileLines(text: string, tokens: readonly Token[]): FileLine[] {
  const lines: FileLine[] = [];
  const closes = closedAfter(tokens);
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  let block: BlockKind | undefined;
  let blockNumber = -1;
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= tokens.length; i++) {
    if (i < tokens.length && tokens[i]?.tokenType !== Newline) continue;
    const [from, to] = [start, i];
    start = i + 1;
    const first = tokens[from];
    if (!first || from === to) continue;
    const lineStart = text.lastIndexOf("\n", first.startOffset - 1) + 1;
    const indent = text.slice(lineStart, Math.min(first.startOffset, lineStart + 80));
    const head = headOf(tokens, from, to, depth === 0);
    if (head) {
      block = head;
      blockNumber++;
      depth = 0;
    } else if (depth === 0 && indent === "" && first.tokenType !== LeftBrace) block = undefined;
    // Everything after a block's closing brace is outside of it.
    else if (depth === 1 && first.tokenType === RightBrace) block = undefined;
    const trimmed = withoutBraces(tokens, from, to);
    const isTop = head !== undefined || block === undefined;
    if (trimmed.from < trimmed.to) {
      const base = tokens[trimmed.from]?.startOffset ?? 0;
      const last = tokens[trimmed.to - 1];
      lines.push({
        text: text.slice(base, last ? last.startOffset + last.image.length : base),
        tokens: tokens.slice(trimmed.from, trimmed.to),
        base,
        isForeign: false,
        ...trimmed,
        block,
        blockNumber: block === undefined ? -1 : blockNumber,
        isTop,
        opens: tokens[to - 1]?.tokenType === LeftBrace || followingType(tokens, to) === LeftBrace,
        end: endOfLine(tokens, to, last),
        isLast: followingType(tokens, to) === RightBrace || tokens[to - 1]?.tokenType === RightBrace,
        hasBody: false,
        before: undefined,
        isReused: false,
        isWhole: trimmed.from === from,
        indent,
        lineBreak,
        isClosed: closes[from] === 1,
      });
    }
    depth = depthAfter(tokens, from, to, depth);
    if (depth === 0 && tokens[to - 1]?.tokenType === RightBrace) block = undefined;
  }
  return lines.map((line, i) => {
    if (line.isTop && lines[i + 1]?.blockNumber === line.blockNumber && line.block) return { ...line, hasBody: true };
    return line.block === "model" && layerName(line) !== undefined ? { ...line, ...namesAround(lines, i) } : line;
  });
}

/** Returns the `x` in `x = Dense(3)(y)`. */
const layerName = ({ tokens }: FileLine): string | undefined => (tokens[1]?.tokenType === Equals ? tokens[0]?.image : undefined);

function namesAround(lines: readonly FileLine[], at: number): Pick<Line, "before" | "isReused"> {
  const line = lines[at];
  const previous = lines[at - 1];
  const name = line && layerName(line);
  const before = previous && previous.blockNumber === line?.blockNumber && !previous.isTop ? layerName(previous) : undefined;
  for (let k = at + 1; before === name && lines[k]?.blockNumber === line?.blockNumber; k++) {
    const isUse = lines[k]?.tokens.some(({ image }, token) => token > 0 && image === name) === true;
    if (isUse && k > at + 1) return { before, isReused: true };
    const next = lines[k];
    if (next && layerName(next) === name) break;
  }
  return { before, isReused: false };
}

/** Returns the offset after the line break that ends a line, or after the last token at the end of the file. */
function endOfLine(tokens: readonly Token[], to: number, last: Token | undefined): number {
  const lineBreak = tokens[to];
  if (lineBreak?.tokenType === Newline) return lineBreak.startOffset + lineBreak.image.length;
  return last ? last.startOffset + last.image.length : 0;
}

/** Returns the type of the next token other than a newline. */
function followingType(tokens: readonly Token[], from: number): Token["tokenType"] | undefined {
  let k = from;
  while (tokens[k]?.tokenType === Newline) k++;
  return tokens[k]?.tokenType;
}

function withoutBraces(tokens: readonly Token[], first: number, end: number): Pick<FileLine, "from" | "to" | "isBraced"> {
  let from = first;
  let to = end;
  while (from < to && tokens[from]?.tokenType === RightBrace) from++;
  if (tokens[to - 1]?.tokenType === LeftBrace) to--;
  let isBraced = false;
  for (let k = from; k < to; k++) isBraced ||= tokens[k]?.tokenType === LeftBrace || tokens[k]?.tokenType === RightBrace;
  return { from, to, isBraced };
}

function depthAfter(tokens: readonly Token[], from: number, to: number, before: number): number {
  let depth = before;
  for (let k = from; k < to; k++) {
    if (tokens[k]?.tokenType === LeftBrace) depth++;
    else if (tokens[k]?.tokenType === RightBrace) depth = Math.max(0, depth - 1);
  }
  return depth;
}

/** Returns for each token whether a closing brace follows before the next block. */
function closedAfter(tokens: readonly Token[]): Uint8Array {
  const closes = new Uint8Array(tokens.length);
  let closed = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const type = tokens[i]?.tokenType;
    if (type === RightBrace) closed = 1;
    closes[i] = closed;
    const begins = i === 0 || tokens[i - 1]?.tokenType === Newline;
    const kind = begins && isNameLike(tokens[i]) ? blockAt((k) => tokens[i + k]?.tokenType ?? EOF) : undefined;
    if (kind !== undefined && kind !== "let") closed = 0;
  }
  return closes;
}
