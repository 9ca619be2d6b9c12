/**
 * Everything that the engine needs from its host program. The editor's worker, the terminal and the tests each have an implementation.
 */

/** The clock and the breaks of a training. */
export interface TrainingHost {
  /** Returns the time in milliseconds since an arbitrary fixed moment. */
  readonly now: () => number;
  /**
   * Lets the host do other work and waits while the training is paused. Resolves to "stop" if the host ends the training. Called at least every 25
   * ms.
   */
  readonly rest: () => Promise<"go" | "stop">;
  /** Returns the number of bytes that may be allocated; absent if unknown. */
  readonly memory?: () => number;
}

/** Reads data files. */
export interface FileReader {
  /** Returns the whole file; throws if it can't be read. `path` is the path in the plan. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /**
   * Decompresses a gzip file and returns at most `limit` bytes; throws if the file is damaged. Present if the host has a faster way than `gunzip`.
   */
  readonly unpack?: (bytes: Uint8Array, limit?: number) => Promise<Uint8Array>;
}

/** Web platform classes that Node and browsers have and that TypeScript's ECMAScript library does not declare. */
interface ByteReader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>;
  cancel(): Promise<void>;
}
interface Gunzip {
  readonly readable: { getReader(): ByteReader };
  readonly writable: { getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } };
}
declare const DecompressionStream: new (format: "gzip") => Gunzip;
declare const crypto: { readonly subtle: { digest(algorithm: "SHA-256", bytes: Uint8Array): Promise<ArrayBuffer> } };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  encoding: "utf-8",
  options?: { fatal?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string };

/** Memory that grows in pages of 64 kB. Shared memory does not move when it grows. */
export interface PagedMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
/** A compiled function: takes numbers and returns a number or nothing. */
export type Compiled = (...numbers: number[]) => number;
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => PagedMemory;
};

const MOST_PAGES = 65_536;

/**
 * Starts kernel threads in addition to the engine's own. Each instantiates the module over the memory and calls its `serve` with the block and its
 * slot, from 1. Returns a function; its promise resolves when all threads have ended.
 */
export type StartKernelThreads = (work: KernelThreadWork) => Promise<() => Promise<void>>;
/** The arguments for starting kernel threads: the module's bytes, the memory, the byte offset of the shared block, and the number of threads. */
export interface KernelThreadWork {
  readonly bytes: Uint8Array;
  readonly memory: PagedMemory;
  readonly block: number;
  readonly count: number;
}

/** Returns shared memory, which can grow without moving and which other threads can access. */
export const pagedMemory = (pages: number): PagedMemory => new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });

/** Returns whether this machine can run the compiled module. It needs shared memory, which a web page may lack. */
export const canRun = (bytes: Uint8Array): boolean => typeof SharedArrayBuffer === "function" && WebAssembly.validate(bytes);

/** Returns the functions of the module, instantiated over the memory. */
export async function instantiate(bytes: Uint8Array, memory: PagedMemory): Promise<Readonly<Record<string, Compiled>>> {
  const instance = new WebAssembly.Instance(await WebAssembly.compile(bytes), { env: { memory } });
  return instance.exports as Readonly<Record<string, Compiled>>;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Returns UTF-8 bytes as text, without a byte-order mark. */
export const textFrom = (bytes: Uint8Array): string => new TextDecoder("utf-8").decode(bytes);

/** Returns UTF-8 bytes as text, without a byte-order mark; undefined if they are not UTF-8. */
export function utf8TextFrom(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const utf8From = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The maximum number of bytes to hash at once. */
const HASHED_AT_ONCE = 2 ** 30;

/** Returns the SHA-256 of the bytes, in hexadecimal. For more than 1 GiB, it is the hash of the hashes of each GiB. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= HASHED_AT_ONCE) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const hashes: string[] = [];
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) hashes.push(await sha256(bytes.subarray(at, at + HASHED_AT_ONCE)));
  return await sha256(utf8From(hashes.join("")));
}

/** Decompresses a gzip file and returns at most `limit` bytes. Throws if the file is damaged before that. */
export async function gunzip(bytes: Uint8Array, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // The reader rejects with the same error, so a rejection here is ignored.
  const written = writer
    .write(bytes)
    .then(() => writer.close())
    .catch(() => undefined);
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < limit) {
    const { done, value } = await reader.read();
    if (done || !value) break;
    parts.push(value);
    length += value.length;
  }
  if (length >= limit) void reader.cancel().catch(() => undefined);
  else await written;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole.subarray(0, Math.min(length, limit));
}
