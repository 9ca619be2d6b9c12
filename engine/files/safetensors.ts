/**
 * The safetensors format: the header's length, a JSON header, then the numbers, row-major and little-endian. A network's parameters are named
 * `layer/kernel` [inputs, units], `layer/bias` [units] and so on.
 */
import * as v from "valibot";
import { bfloatFrom, halfFrom } from "../halfPrecision.ts";
import { textFrom, utf8From } from "../host.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";
import { crc32 } from "./crc32.ts";
import { duplicateKeyIn } from "./duplicateKeys.ts";

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Numbers;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export const parametersOf = ({ parameters }: Network): NamedTensor[] =>
  parameters.map(({ layer, planned, values }) => ({ name: `${layer.id}/${planned.name}`, shape: planned.shape, values }));

/** The metadata's `format` in Backprop's files. Such a file has a checksum; other programs' files and older ones do not. */
const FORMAT = "backprop";
const UNKNOWN_CHECKSUM = "crc32:00000000";

/**
 * Returns the file's bytes. Adds `format` and `checksum` to the metadata. The checksum is the CRC of the file with eight zeros in place of its
 * digits.
 */
export function safetensorsFrom(tensors: readonly NamedTensor[], metadata?: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, shape, values }) => {
      const from = offset;
      offset += values.byteLength;
      return [name, { dtype: values instanceof Float32Array ? "F32" : "F64", shape, data_offsets: [from, offset] }];
    }),
  );
  const all = { ...metadata, format: FORMAT, checksum: UNKNOWN_CHECKSUM };
  const json = utf8From(JSON.stringify({ __metadata__: all, ...header }));
  // The numbers begin at a multiple of 8; the format pads the header with spaces.
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  let at = 8 + padded;
  for (const { values } of tensors) {
    const size = values.BYTES_PER_ELEMENT;
    for (let i = 0; i < values.length; i++, at += size) {
      if (size === 4) view.setFloat32(at, values[i], true);
      else view.setFloat64(at, values[i], true);
    }
  }
  const digits = checksumDigits(bytes.subarray(8, 8 + padded), UNKNOWN_CHECKSUM);
  bytes.set(utf8From(crc32(bytes)), 8 + digits);
  return bytes;
}

/** Returns the offset of the checksum's digits in the header; -1 if the header has no such checksum. */
function checksumDigits(header: Uint8Array, checksum: string): number {
  const wanted = utf8From(`"checksum":"${checksum}"`);
  for (let at = header.indexOf(wanted[0]); at >= 0; at = header.indexOf(wanted[0], at + 1))
    if (wanted.every((byte, k) => header[at + k] === byte)) return at + wanted.length - 9;
  return -1;
}

/** Throws an Error if the bytes have changed since they were written. Other programs' files have no checksum to compare. */
function requireChecksum(bytes: Uint8Array, headerLength: number, { format, checksum }: Readonly<Record<string, string>>): void {
  if (checksum === undefined) {
    if (format === FORMAT) throw new Error("it is damaged: its checksum is missing");
    return;
  }
  const digits = 8 + checksumDigits(bytes.subarray(8, 8 + headerLength), checksum);
  const before = crc32(bytes.subarray(0, Math.max(0, digits)));
  const after = crc32(bytes.subarray(digits + 8), crc32(utf8From("00000000"), before));
  if (digits < 8 || checksum !== `crc32:${after}`)
    throw new Error("it is damaged: its bytes do not match its checksum; use a copy, or train again");
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const metadataSchema = v.record(v.string(), v.string());

/** A tensor's entry in the header. The format allows more keys and other element types. */
const tensorSchema = v.object({ dtype: v.string(), shape: v.array(count), data_offsets: v.strictTuple([count, count]) });

/** The types that are read: the bytes of a number, the array for the numbers, and the reader of one. */
const TYPES: ReadonlyMap<string, readonly [size: number, make: (length: number) => Numbers, read: (view: DataView, at: number) => number]> =
  new Map([
    ["F64", [8, (length) => new Float64Array(length), (view, at) => view.getFloat64(at, true)]],
    ["F32", [4, (length) => new Float32Array(length), (view, at) => view.getFloat32(at, true)]],
    ["F16", [2, (length) => new Float32Array(length), (view, at) => halfFrom(view.getUint16(at, true))]],
    ["BF16", [2, (length) => new Float32Array(length), (view, at) => bfloatFrom(view.getUint16(at, true))]],
  ]);

/** Reads the tensors of floating-point numbers and skips others. Throws an Error that describes the problem with the file. */
export function parseSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, start } = headerOf(bytes);
  const metadata = metadataIn(header);
  const ranges: Range[] = [];
  const decoders: (() => NamedTensor)[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!v.is(tensorSchema, entry)) throw new Error(`its header has an invalid entry for ${name}`);
    const {
      dtype,
      shape: axes,
      data_offsets: [from, to],
    } = entry;
    ranges.push({ name, from, to });
    const type = TYPES.get(dtype);
    if (!type) continue;
    const [size, make, read] = type;
    const length = axes.reduce((product, axis) => product * axis, 1);
    if (to - from !== length * size) throw new Error(`its header gives ${name} a shape that does not match its length`);
    if (start + to > bytes.length) throw new Error(`it is cut off: ${name} ends at byte ${start + to} of ${bytes.length}`);
    decoders.push(() => {
      const values = make(length);
      for (let i = 0; i < length; i++) values[i] = read(view, start + from + i * size);
      return { name, shape: axes, values };
    });
  }
  // Tensors that share their bytes could need far more memory than the file.
  requireWholeData(ranges, bytes.length - start);
  requireChecksum(bytes, start - 8, metadata);
  return { tensors: new Map(decoders.map((decode) => decode()).map((tensor) => [tensor.name, tensor])), metadata };
}

/**
 * Returns the shape of each tensor that `parseSafetensors` reads. Needs only the bytes up to the end of the header. Throws an Error like
 * `parseSafetensors`.
 */
export const shapesFrom = (beginning: Uint8Array): ReadonlyMap<string, readonly number[]> => shapesOf(beginning, (type) => TYPES.has(type));

/** Like `shapesFrom`, also for the tensors that `parseSafetensors` skips. */
export const allShapesFrom = (beginning: Uint8Array): ReadonlyMap<string, readonly number[]> => shapesOf(beginning, () => true);

function shapesOf(beginning: Uint8Array, isWanted: (type: string) => boolean): ReadonlyMap<string, readonly number[]> {
  const entries = Object.entries(headerOf(beginning).header).filter(([name]) => name !== "__metadata__");
  return new Map(
    entries.flatMap(([name, entry]): [string, readonly number[]][] => {
      if (!v.is(tensorSchema, entry)) throw new Error(`its header has an invalid entry for ${name}`);
      return isWanted(entry.dtype) ? [[name, entry.shape]] : [];
    }),
  );
}

/** Returns the number of bytes up to the end of the header, from the file's first 8 bytes; undefined if they can't start a safetensors file. */
export function headerEnd(first: Uint8Array): number | undefined {
  if (first.length < 8) return undefined;
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  return length <= MOST_HEADER ? 8 + Number(length) : undefined;
}

/** The maximum size of a header, in bytes, as in the format's reference implementation. */
export const MOST_HEADER = 100_000_000;

/** Reads only the metadata. Throws an Error like `parseSafetensors`. */
export const metadataFrom = (bytes: Uint8Array): Safetensors["metadata"] => metadataIn(headerOf(bytes).header);

/** Returns the header and the offset of the numbers. */
function headerOf(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  const start = 8 + headerLength;
  if (start > bytes.length) throw new Error("it is not a safetensors file, or it is cut off within its header");
  return { header: headerFrom(textFrom(bytes.subarray(8, start))), start };
}

function metadataIn(header: Record<string, unknown>): Safetensors["metadata"] {
  const metadata = header["__metadata__"] ?? {};
  if (!v.is(metadataSchema, metadata)) throw new Error("its metadata is not a table of strings");
  return metadata;
}

/** The bytes of a tensor, [from, to), counted from the end of the header. */
interface Range {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Throws an Error unless the tensors follow each other without a gap or an overlap to the end of the file, as the format requires. */
function requireWholeData(ranges: readonly Range[], length: number): void {
  let end = 0;
  let before = "the header";
  for (const { name, from, to } of ranges.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end || to < from) throw new Error(`it is damaged: the numbers of ${before} and ${name} overlap`);
    if (from > end) throw new Error(`it is damaged: there are ${from - end} bytes between ${before} and ${name} that belong to no tensor`);
    [end, before] = [to, name];
  }
  if (end > length) throw new Error(`it is cut off: ${before} ends at byte ${end} of ${length} after the header`);
  if (end < length) throw new Error(`it is damaged: there are ${length - end} bytes after ${before} that belong to no tensor`);
}

function headerFrom(json: string): Record<string, unknown> {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), json);
  if (!success) throw new Error("its header is not JSON, so it is not a safetensors file");
  const twice = duplicateKeyIn(json);
  if (twice !== undefined) throw new Error(`it is damaged: its header has ${twice} twice`);
  return output;
}

/**
 * Loads a file's numbers into the network's parameters. Throws an Error that names the first missing parameter, or the first one with another shape.
 */
export function loadParameters(network: Network, { tensors }: Safetensors): void {
  for (const { layer, planned, values } of network.parameters) {
    const name = `${layer.id}/${planned.name}`;
    const found = tensors.get(name);
    if (!found) throw new Error(`it has no ${name}; it has ${[...tensors.keys()].slice(0, 8).join(", ")}`);
    if (found.shape.join("x") !== planned.shape.join("x"))
      throw new Error(`its ${name} is ${found.shape.join("x")}, but the model's is ${planned.shape.join("x")}`);
    values.set(found.values);
  }
}
