/** `history.jsonl`: appends a line for each event, and continues the history of a resumed training. */
import { type FileHandle, open, rename } from "node:fs/promises";
import { parseEventLine } from "../messages/eventReader.ts";
import { codeOf } from "../runs/fileProblems.ts";

export class HistoryFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  /** The number of bytes of complete lines in the file. */
  #size = 0;
  #waiting: string[] = [];
  /** The operations on the file, queued one after another. */
  #work: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(path: string) {
    this.#path = path;
  }

  /** The error that ended the writing; undefined if none. The file then still ends with a complete line. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Starts a new history. */
  begin(): void {
    this.#enqueue(async () => {
      this.#file = await open(this.#path, "w");
    });
  }

  /**
   * Continues the history after removing half a line at its end. If there is no history, `first` becomes the first line. A file that is not
   * a history is renamed to `history.jsonl.damaged`.
   */
  resume(first: string): void {
    this.#enqueue(async () => {
      const size = await wholeLinesOf(this.#path);
      if (size === "damaged") await rename(this.#path, `${this.#path}.damaged`);
      this.#file = await open(this.#path, typeof size === "number" && size > 0 ? "r+" : "w");
      this.#size = typeof size === "number" ? size : 0;
      await this.#file.truncate(this.#size);
      if (this.#size === 0) this.#waiting.unshift(first);
    });
  }

  append(line: string): void {
    if (this.#failure !== undefined) return;
    this.#waiting.push(line);
    if (this.#waiting.length === 1) this.#enqueue(async () => await this.#write());
  }

  /** Resolves when every line is written or the writing has failed. */
  async flush(): Promise<void> {
    await this.#work;
    if (this.#waiting.length > 0 && this.#failure === undefined) {
      this.#enqueue(async () => await this.#write());
      await this.#work;
    }
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file?.close();
    this.#file = undefined;
  }

  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await step();
      } catch (error) {
        this.#failure = error;
        this.#waiting = [];
      }
    });
  }

  async #write(): Promise<void> {
    const file = this.#file;
    if (!file || this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    try {
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, this.#size + at)).bytesWritten;
      this.#size += bytes.length;
    } catch (error) {
      // The complete lines that were written remain.
      const { size } = await file.stat();
      const whole = bytes.lastIndexOf(10, size - this.#size - 1) + 1;
      await file.truncate(this.#size + (size > this.#size ? whole : 0));
      throw error;
    }
  }
}

/** Large enough for any network's first line. */
const FIRST_LINE = 2 ** 24;
const PIECE = 2 ** 16;

/** Returns the length of the file up to its last line break; 0 if there is no file or line; "damaged" if it does not start like a history. */
async function wholeLinesOf(path: string): Promise<number | "damaged"> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size === 0) return 0;
    const { buffer } = await file.read(Buffer.alloc(Math.min(size, FIRST_LINE)), 0, Math.min(size, FIRST_LINE), 0);
    const end = buffer.indexOf(10);
    // A kill may have truncated the first line.
    if (end < 0) return buffer.toString("utf8", 0, 2) === '{"' ? 0 : "damaged";
    if (parseEventLine(buffer.toString("utf8", 0, end))?.kind !== "started") return "damaged";
    for (let to = size; to > 0; to -= PIECE) {
      const from = Math.max(0, to - PIECE);
      const { buffer: piece } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
      const at = piece.lastIndexOf(10);
      if (at >= 0) return from + at + 1;
    }
    return 0;
  } finally {
    await file.close();
  }
}
