/**
 * All that the engine needs of the program around it. The editor's worker, the terminal and tests each give their own.
 */

/** The time and the breaks of a training. */
export interface TrainingHost {
  /** Milliseconds, from any start. */
  readonly now: () => number;
  /** Lets the host's other work run and waits while the training is paused; says whether to go on. Called at least every 25 ms. */
  readonly rest: () => Promise<"go" | "stop">;
  /** Bytes that may be taken; absent: not known. */
  readonly memory?: () => number;
}

/** Where the bytes of data files come from. */
export interface FileReader {
  /** The whole file; throws where it can't be read. `path` is as the plan has it. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** What a gzip file holds, where the host has a quicker way than the one that all have; throws where the file is damaged. */
  readonly unpack?: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** Web platform classes that Node and browsers share and that the language's own library does not declare. */
interface ByteReader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>;
  cancel(): Promise<void>;
}
interface Gunzip {
  readonly readable: { getReader(): ByteReader };
  readonly writable: { getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } };
}
declare const DecompressionStream: new (format: "gzip") => Gunzip;
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  encoding: "utf-8",
  options?: { fatal?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string };

/** Memory that grows in pages of 64 kB; shared memory keeps what was taken of it where it is. */
export interface PagedMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
/** A compiled function: numbers in, a number or nothing out. */
export type Compiled = (...numbers: number[]) => number;
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => PagedMemory;
};

const MOST_PAGES = 65_536;

/**
 * Starts kernel threads besides the engine's own. Each instantiates the module over the memory and calls its `serve` with the block and its slot, from 1.
 * Returns a function whose promise resolves when all of them have ended.
 */
export type StartKernelThreads = (work: KernelThreadWork) => Promise<() => Promise<void>>;
export interface KernelThreadWork {
  readonly bytes: Uint8Array;
  readonly memory: PagedMemory;
  readonly block: number;
  readonly count: number;
}

/** Shared memory: it can grow without moving, and other threads can work on it. */
export const pagedMemory = (pages: number): PagedMemory => new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });

/** Whether this machine can run the compiled module, which wants shared memory: a web page may have none. */
export const canRun = (bytes: Uint8Array): boolean => typeof SharedArrayBuffer === "function" && WebAssembly.validate(bytes);

/** The module's functions, over the memory. */
export async function instantiate(bytes: Uint8Array, memory: PagedMemory): Promise<Readonly<Record<string, Compiled>>> {
  const instance = new WebAssembly.Instance(await WebAssembly.compile(bytes), { env: { memory } });
  return instance.exports as Readonly<Record<string, Compiled>>;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** UTF-8 text, a byte-order mark dropped. */
export const textFrom = (bytes: Uint8Array): string => new TextDecoder("utf-8").decode(bytes);

export const utf8From = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The bytes that a gzip file holds, at most `limit` of them. Throws where the file is damaged before that. */
export async function gunzip(bytes: Uint8Array, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // The reader meets the same error: a rejection here must not go unhandled.
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
