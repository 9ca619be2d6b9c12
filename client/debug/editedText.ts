/** Compares the file's current text with the debugged one, which the session started with: whether they differ, and which lines match. */
import { readRegular } from "../../server/regularFiles.ts";
import type { Program } from "./program.ts";

export class EditedText {
  readonly #path: string;
  readonly #start: string;
  #present: string;
  /** Whether the client reports its text, saved or not. */
  #isReported = false;
  /** Whether the debugged text is the file's, not a saved run's. */
  readonly #isOwn: boolean;

  constructor({ path, text, present }: Pick<Program, "path" | "text" | "present">) {
    this.#path = path;
    this.#start = text;
    this.#present = present;
    this.#isOwn = present === text;
  }

  /** Whether a restart would debug a different text. */
  get isStale(): boolean {
    return this.#isOwn && this.isEdited;
  }

  get isEdited(): boolean {
    return this.#present !== this.#start;
  }

  /** Receives the text in the client's editor. Returns whether `isEdited` has changed. */
  report(text: string): boolean {
    this.#isReported = true;
    return this.#take(text);
  }

  /** Reads the file if the client does not report its text. Returns whether `isEdited` has changed. */
  async look(): Promise<boolean> {
    if (this.#isReported) return false;
    const bytes = await readRegular(this.#path).catch(() => undefined);
    return bytes !== undefined && this.#take(bytes.toString());
  }

  /** Takes over the text that the client reported before the restart. */
  takeOver(earlier: EditedText): void {
    if (earlier.#isReported) this.report(earlier.#present);
  }

  /** Returns the debugged text's line that matches a line of the current text; undefined if it was edited. Lines count from 1. */
  startLine(line: number): number | undefined {
    return sameLine(line, this.#present, this.#start);
  }

  /** Returns the current text's line that matches a line of the debugged text; undefined if it was edited. */
  presentLine(line: number): number | undefined {
    return sameLine(line, this.#start, this.#present);
  }

  #take(text: string): boolean {
    const before = this.isEdited;
    this.#present = text;
    return this.isEdited !== before;
  }
}

/** Returns the line of `to` that matches a line of `from` in their longest common subsequence; undefined if that does not contain the line. */
function sameLine(line: number, from: string, to: string): number | undefined {
  const [own, other] = [linesOf(from), linesOf(to)];
  let start = 0;
  while (start < own.length && own[start] === other[start]) start++;
  if (line <= start) return line;
  let end = 0;
  while (end < Math.min(own.length, other.length) - start && own.at(-1 - end) === other.at(-1 - end)) end++;
  if (line > own.length - end) return line + other.length - own.length;
  const [a, b] = [own.slice(start, own.length - end), other.slice(start, other.length - end)];
  if (a.length * b.length > MOST_COMPARED) return undefined;
  // length[i][j] is the length of the longest common subsequence of a[i ..] and b[j ..].
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => length[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const row = length[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      if (start + i + 1 === line) return start + j + 1;
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return undefined;
}

/** The maximum product of the two numbers of lines between the first and the last difference. Beyond it, none of these lines match. */
const MOST_COMPARED = 4e6;

const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
