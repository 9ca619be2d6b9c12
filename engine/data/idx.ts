/** The IDX format of the MNIST files: a magic number, the sizes of the axes, then the values. Big-endian. */

import type { Shape } from "../catalog/shapes.ts";
import { type FileReader, gunzip, isGzip } from "../host.ts";
import { DataProblem } from "./problem.ts";

export interface IdxHeader {
  /** The size of each axis, the number of items first: [60000, 28, 28]. */
  readonly shape: Shape;
  /** Byte offset of the first value. */
  readonly offset: number;
}

/** Reads the header from a file's beginning. Throws `DataProblem` if the bytes are not an IDX header. */
export function parseIdxHeader(bytes: Uint8Array, file: string): IdxHeader {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw new DataProblem(`${file} is not an IDX file: it must begin with two zero bytes, a type and the number of axes.`);
  }
  const [, , type, axes] = bytes;
  if (type !== 0x08)
    throw new DataProblem(
      `${file} holds IDX values of type 0x${type.toString(16).padStart(2, "0")}; only unsigned bytes (0x08) can be read.`,
    );
  const offset = 4 + 4 * axes;
  if (axes === 0 || axes > 4) throw new DataProblem(`${file} declares ${axes} axes; an IDX file has 1 to 4.`);
  if (bytes.length < offset) throw new DataProblem(`${file} ends within its header, after ${bytes.length} bytes; the file is cut off.`);
  const shape = Array.from({ length: axes }, (_, i) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 + 4 * i));
  if (shape.some((axis) => axis === 0)) throw new DataProblem(`${file} is empty: its axes are ${shape.join(" x ")}.`);
  return { shape, offset };
}

export interface IdxValues {
  readonly shape: Shape;
  readonly values: Uint8Array;
}

/** Returns the whole file's values, decompressed if it is gzip. Throws `DataProblem` if it is damaged. */
export async function parseIdx(bytes: Uint8Array, file: string, unpack: FileReader["unpack"] = gunzip): Promise<IdxValues> {
  const plain = isGzip(bytes) ? await unpacked(bytes, file, unpack) : bytes;
  const { shape, offset } = parseIdxHeader(plain, file);
  const wanted = shape.reduce((product, axis) => product * axis, 1);
  const found = plain.length - offset;
  if (found < wanted) throw cutOff(file, shape, wanted, found);
  return { shape, values: plain.subarray(offset, offset + wanted) };
}

export function cutOff(file: string, shape: Shape, wanted: number, found: number): DataProblem {
  return new DataProblem(
    `${file} is cut off: its header promises ${shape.join(" x ")} = ${wanted} values, but ${Math.max(found, 0)} are present; download the file again.`,
  );
}

async function unpacked(bytes: Uint8Array, file: string, unpack: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await unpack(bytes);
  } catch {
    throw new DataProblem(`${file} can't be unpacked: the gzip data ends too early or is damaged; download the file again.`);
  }
}
