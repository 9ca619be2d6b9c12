/** Reads numbers and texts from a file that may be damaged or hostile: checks every offset and limits the work. */
import { ExchangeProblem } from "../problem.ts";

/** The maximum number of objects, blocks, nodes and strings to visit in a file. This limit also ends cycles of blocks. */
const MOST_PLACES = 100_000;

export class Hdf5Bytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #places = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }
  /** Counts a visited place. Throws if the file leads to too many. */
  visit(at: number, signature?: string): void {
    if (++this.#places > MOST_PLACES) throw new ExchangeProblem("it has too many parts, or parts that lead to each other in a circle");
    if (signature !== undefined && this.ascii(at, signature.length) !== signature)
      throw new ExchangeProblem(`it is damaged: there is no ${signature} at byte ${at}`);
  }
  slice(at: number, length: number): Uint8Array {
    if (!Number.isSafeInteger(at) || at < 0 || length < 0 || at + length > this.#bytes.length)
      throw new ExchangeProblem(`it is damaged or cut off: it has ${this.#bytes.length} bytes, and leads to ${length} bytes at ${at}`);
    return this.#bytes.subarray(at, at + length);
  }
  u8(at: number): number {
    this.slice(at, 1);
    return this.#view.getUint8(at);
  }
  u16(at: number): number {
    this.slice(at, 2);
    return this.#view.getUint16(at, true);
  }
  u32(at: number): number {
    this.slice(at, 4);
    return this.#view.getUint32(at, true);
  }
  /** Returns an address or a size; infinity if it is larger than any file, which is how HDF5 encodes "undefined". */
  u64(at: number): number {
    this.slice(at, 8);
    const value = this.#view.getBigUint64(at, true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
  }
  uint(at: number, size: number): number {
    return size === 1 ? this.u8(at) : size === 2 ? this.u16(at) : size === 4 ? this.u32(at) : this.u64(at);
  }
  ascii(at: number, length: number): string {
    return String.fromCharCode(...this.slice(at, length));
  }
  /** Returns the bytes up to the next zero byte. */
  upToZero(at: number): Uint8Array {
    const end = this.#bytes.indexOf(0, at);
    return this.slice(at, (end < 0 ? this.#bytes.length : end) - at);
  }
}
