/** The text of the file while the text that the session began with is debugged: whether it differs, and which of its lines are the same. */
import { readRegular } from "../../server/regularFiles.ts";
import type { Program } from "./program.ts";

export class EditedText {
  readonly #path: string;
  readonly #start: string;
  #present: string;
  /** Whether the client reports its text, which need not be saved. */
  #isReported = false;
  /** Whether the file's own text is debugged, not that of a saved run. */
  readonly #isOwn: boolean;

  constructor({ path, text, present }: Pick<Program, "path" | "text" | "present">) {
    this.#path = path;
    this.#start = text;
    this.#present = present;
    this.#isOwn = present === text;
  }

  /** Whether a restart would debug another text. */
  get isStale(): boolean {
    return this.#isOwn && this.isEdited;
  }

  get isEdited(): boolean {
    return this.#present !== this.#start;
  }

  /** Takes the text in the client's editor. Returns whether `isEdited` has changed. */
  report(text: string): boolean {
    this.#isReported = true;
    return this.#take(text);
  }

  /** Reads the file of a client that does not report its text. Returns whether `isEdited` has changed. */
  async look(): Promise<boolean> {
    if (this.#isReported) return false;
    const bytes = await readRegular(this.#path).catch(() => undefined);
    return bytes !== undefined && this.#take(bytes.toString());
  }

  /** Takes what the client has reported of the same file to an earlier session. */
  takeOver(earlier: EditedText): void {
    if (earlier.#isReported) this.report(earlier.#present);
  }

  /** Returns the line of the debugged text that is the same as a line of the current text; undefined if it was edited. Lines count from 1. */
  startLine(line: number): number | undefined {
    return sameLine(line, this.#present, this.#start);
  }

  /** Returns the line of the current text that is the same as a line of the debugged one; undefined if it was edited. */
  presentLine(line: number): number | undefined {
    return sameLine(line, this.#start, this.#present);
  }

  #take(text: string): boolean {
    const before = this.isEdited;
    this.#present = text;
    return this.isEdited !== before;
  }
}

/** Returns the line of `to` that a line of `from` has become, by the longest common sequence of lines; undefined if it is in none. */
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
  // length[i][j] is that of the longest common sequence of a[i ..] and b[j ..].
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

/** Of more lines between the first and the last difference, none is taken for the same. */
const MOST_COMPARED = 4e6;

const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
