/**
 * The record of a run's epochs, `epochs.bin`: rows of float64 numbers (history.ts), one after another. It is appended to during the run
 * and read in stretches, so its length does not matter.
 */
import { createWriteStream, fstatSync, type WriteStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { openRegular } from "../../server/regularFiles.ts";
import { float64From } from "./storedRun.ts";

/** Writes a run's rows to its record. */
export interface RecordWriter {
  readonly append: (rows: Float64Array) => void;
  /** Rejects if the rows can't be written, or if the file at that path was deleted or moved. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Rows of a range of recorded epochs: every `stride`-th. */
export interface Stretch {
  readonly rows: Float64Array;
  readonly stride: number;
}

/**
 * Returns a writer that appends each row to the file at once, so a killed window loses little and memory stays bounded. `onFailure` is
 * called if the file can't be written. After a failure `check` opens the file again: later rows are appended, and the rows between are
 * missing.
 */
export function fileWriter(path: string, onFailure: (error: Error) => void = () => undefined): RecordWriter {
  let failure: Error | undefined;
  let opened: { readonly ino: number; readonly dev: number } | undefined;
  /** The length of the rows that are written completely. */
  let complete = 0;
  let stream = streamTo("w");

  function streamTo(flags: "w" | "a"): WriteStream {
    const own = createWriteStream(path, { flags });
    own.on("open", (descriptor) => (opened = fstatSync(descriptor)));
    own.on("error", (error) => {
      failure = error;
      onFailure(error);
    });
    return own;
  }
  const reopen = async (): Promise<void> => {
    const file = await open(path, "a");
    try {
      // The failed write may have left a part of a row.
      complete = Math.min(complete, (await file.stat()).size);
      await file.truncate(complete);
    } finally {
      await file.close();
    }
    stream = streamTo("a");
  };
  return {
    append(rows) {
      stream.write(bytesOf(rows), (error) => {
        if (error) return;
        complete += rows.byteLength;
        failure = undefined;
      });
    },
    async check() {
      if (failure && stream.destroyed) await reopen();
      // A written row ends the failure.
      if (failure) throw failure;
      if (!opened) return;
      // An open file can still be written to after its name is deleted.
      const named = await stat(path).catch(() => undefined);
      if (named?.ino !== opened.ino || named.dev !== opened.dev)
        throw new Error(`${basename(path)} was deleted or moved during the training, and the epochs before that with it`);
    },
    close: () =>
      new Promise((resolve, reject) => {
        if (failure && stream.destroyed) reject(failure);
        else stream.end(() => (failure ? reject(failure) : resolve()));
      }),
  };
}

/** The size in bytes at which a part of a record ends. */
const PART_BYTES = 1e6;
const WRITE_EVERY_MS = 5000;

/**
 * Returns a writer of a record in parts, for files on another machine, which can't be appended to. Every five seconds it rewrites the last
 * part with the new rows. `write` replaces a part, counted from 0. If it rejects, `onFailure` is called, and the rows are written again the
 * next time.
 */
export function partWriter(
  write: (part: number, bytes: Uint8Array) => Promise<void>,
  onFailure: (error: Error) => void,
  everyMs: number = WRITE_EVERY_MS,
): RecordWriter {
  let part = 0;
  /** The rows of the last part. */
  let rows: Uint8Array[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const writeLast = async (): Promise<void> => {
    const bytes = Buffer.concat(rows);
    const { length } = rows;
    await write(part, bytes);
    const isFull = bytes.length >= PART_BYTES;
    rows = isFull ? rows.slice(length) : [bytes, ...rows.slice(length)];
    if (isFull) part++;
  };
  return {
    append(added) {
      rows.push(bytesOf(added));
      timer ??= setTimeout(() => {
        timer = undefined;
        writing = writing.then(writeLast).catch(onFailure);
      }, everyMs);
    },
    // A write replaces its part, whether or not it is still there.
    check: () => Promise.resolve(),
    async close() {
      clearTimeout(timer);
      await writing;
      await writeLast();
    },
  };
}

const bytesOf = (rows: Float64Array): Uint8Array => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);

/** Returns the complete rows in the bytes; a killed window may have cut off the last one. undefined if the rows are not epochs. */
export function rowsFrom(bytes: Uint8Array, width: number): Float64Array | undefined {
  const rows = float64From(bytes.subarray(0, bytes.length - (bytes.length % (8 * width))));
  return areEpochs(rows, width) ? rows : undefined;
}

/** Whether the first numbers of the rows are increasing epoch numbers. */
function areEpochs(rows: Float64Array, width: number): boolean {
  let before = 0;
  for (let at = 0; at < rows.length; at += width) {
    const epoch = rows[at] ?? 0;
    if (!Number.isSafeInteger(epoch) || epoch <= before) return false;
    before = epoch;
  }
  return true;
}

/** Returns at most `most` rows of the epochs `from` to `to`; undefined if the file is missing or its rows are not epochs. */
export async function stretchOf(path: string, width: number, from: number, to: number, most: number): Promise<Stretch | undefined> {
  const file = await openRegular(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const record = { file, width, count: Math.floor((await file.stat()).size / (8 * width)) };
    const first = await firstFrom(record, from);
    const end = Math.max(first, await firstFrom(record, to + 1));
    const stride = Math.max(1, Math.ceil((end - first) / most));
    const rows = await readRows(record, first, end, stride);
    return areEpochs(rows, width) ? { rows, stride } : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** The number of bytes read at a time from a record of any length. */
const PIECE_BYTES = 8e6;

/** Calls `visit` with the file's complete rows from index `first` on, in pieces. A file that is missing or has no epochs there has no rows. */
export async function rowsBehind(path: string, width: number, first: number, visit: (rows: Float64Array) => void): Promise<void> {
  const file = await openRegular(path).catch(() => undefined);
  if (!file) return;
  try {
    const record = { file, width, count: Math.floor((await file.stat()).size / (8 * width)) };
    const most = Math.max(1, Math.floor(PIECE_BYTES / (8 * width)));
    for (let k = first; k < record.count; k += most) {
      const rows = await rowsAt(record, k, Math.min(most, record.count - k));
      if (!areEpochs(rows, width)) return;
      visit(rows);
    }
  } finally {
    await file.close();
  }
}

interface OpenRecord {
  readonly file: FileHandle;
  /** Numbers in a row. */
  readonly width: number;
  readonly count: number;
}

/** Reads `count` rows from row `k` on. */
async function rowsAt({ file, width }: OpenRecord, k: number, count: number): Promise<Float64Array> {
  const bytes = 8 * width;
  const { buffer } = await file.read(new Uint8Array(count * bytes), 0, count * bytes, k * bytes);
  return float64From(buffer);
}

/** Returns the index of the first row of the epoch or a later one, by binary search. */
async function firstFrom(record: OpenRecord, epoch: number): Promise<number> {
  let [low, high] = [0, record.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (((await rowsAt(record, middle, 1))[0] ?? 0) < epoch) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function readRows(record: OpenRecord, first: number, end: number, stride: number): Promise<Float64Array> {
  if (stride === 1) return await rowsAt(record, first, end - first);
  const { width } = record;
  const rows = new Float64Array(width * Math.ceil((end - first) / stride));
  for (let k = 0; first + k * stride < end; k++) rows.set(await rowsAt(record, first + k * stride, 1), k * width);
  return rows;
}
