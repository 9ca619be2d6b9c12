/** The messages of an HDF5 object header, and the types and strings within them (HDF5 File Format Specification 3.0, section IV). */
import { textFrom } from "../../host.ts";
import { countOf, ExchangeProblem } from "../problem.ts";
import type { Hdf5Bytes } from "./bytes.ts";

export interface Message {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

export const MESSAGE = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
} as const;

/** Returns the messages of the object at an address, including those in continuation blocks. */
export function messagesAt(file: Hdf5Bytes, address: number): Message[] {
  file.visit(address);
  return file.ascii(address, 4) === "OHDR" ? secondVersion(file, address) : firstVersion(file, address);
}

function firstVersion(file: Hdf5Bytes, address: number): Message[] {
  if (file.u8(address) !== 1) throw new ExchangeProblem(`it is damaged: there is no object at byte ${address}`);
  const messages: Message[] = [];
  const blocks = [{ at: address + 16, end: address + 16 + file.u32(address + 8) }];
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    for (let at = block.at; at + 8 <= block.end; ) {
      const own = { type: file.u16(at), at: at + 8, length: file.u16(at + 2) };
      file.visit(own.at);
      if (own.type === MESSAGE.continuation) blocks.push({ at: file.u64(own.at), end: file.u64(own.at) + file.u64(own.at + 8) });
      else messages.push(own);
      at = own.at + own.length;
    }
  }
  return messages;
}

function secondVersion(file: Hdf5Bytes, address: number): Message[] {
  const flags = file.u8(address + 5);
  const size = 1 << (flags & 3);
  const start = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const head = flags & 4 ? 6 : 4;
  const messages: Message[] = [];
  const blocks = [{ at: start + size, end: start + size + file.uint(start, size) }];
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    for (let at = block.at; at + head <= block.end; ) {
      const own = { type: file.u8(at), at: at + head, length: file.u16(at + 1) };
      file.visit(own.at);
      if (own.type === MESSAGE.continuation) {
        const to = file.u64(own.at);
        file.visit(to, "OCHK");
        blocks.push({ at: to + 4, end: to + file.u64(own.at + 8) - 4 });
      } else messages.push(own);
      at = own.at + own.length;
    }
  }
  return messages;
}

/** Returns the shape in a dataspace message; [] for a single value. */
export function shapeAt(file: Hdf5Bytes, at: number): number[] {
  const version = file.u8(at);
  const first = version === 1 ? at + 8 : at + 4;
  const shape = Array.from({ length: file.u8(at + 1) }, (_, k) => file.u64(first + 8 * k));
  countOf(shape, "a part of it");
  return shape;
}

export type Datatype =
  | { readonly kind: "float" | "int" | "uint"; readonly size: number; readonly littleEndian: boolean }
  | { readonly kind: "string"; readonly size: number }
  | { readonly kind: "strings" }
  | { readonly kind: "other"; readonly size: number };

export function datatypeAt(file: Hdf5Bytes, at: number): Datatype {
  const [kind, bits, size] = [file.u8(at) & 15, file.u8(at + 1), file.u32(at + 4)];
  const littleEndian = (bits & 1) === 0;
  if (kind === 1) return { kind: "float", size, littleEndian };
  if (kind === 0) return { kind: bits & 8 ? "int" : "uint", size, littleEndian };
  if (kind === 3) return { kind: "string", size };
  if (kind === 9 && (bits & 15) === 1) return { kind: "strings" };
  return { kind: "other", size };
}

/** An attribute: its texts, row by row; undefined if it is not text. */
export interface Attribute {
  readonly name: string;
  readonly texts: readonly string[] | undefined;
}

export function attributeAt(file: Hdf5Bytes, at: number): Attribute {
  const version = file.u8(at);
  const [nameLength, typeLength, spaceLength] = [file.u16(at + 2), file.u16(at + 4), file.u16(at + 6)];
  const padded = (length: number): number => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const nameAt = at + (version === 3 ? 9 : 8);
  const typeAt = nameAt + padded(nameLength);
  const spaceAt = typeAt + padded(typeLength);
  const name = textUpToZero(file.slice(nameAt, nameLength));
  return { name, texts: textsAt(file, spaceAt + padded(spaceLength), datatypeAt(file, typeAt), countOf(shapeAt(file, spaceAt), name)) };
}

/** Returns `count` texts; undefined if the type is not text. */
function textsAt(file: Hdf5Bytes, at: number, type: Datatype, count: number): string[] | undefined {
  if (type.kind === "string") {
    file.slice(at, type.size * count);
    return Array.from({ length: type.size === 0 ? 0 : count }, (_, k) => textUpToZero(file.slice(at + k * type.size, type.size)));
  }
  if (type.kind !== "strings") return undefined;
  file.slice(at, 16 * count);
  return Array.from({ length: count }, (_, k) => heapText(file, at + 16 * k));
}

/** Returns a string of the global heap. It is located by a length, an address and an index. */
function heapText(file: Hdf5Bytes, at: number): string {
  const [length, collection, index] = [file.u32(at), file.u64(at + 4), file.u32(at + 12)];
  file.visit(collection, "GCOL");
  const end = collection + file.u64(collection + 8);
  for (let own = collection + 16; own + 16 <= end; ) {
    file.visit(own);
    const size = file.u64(own + 8);
    if (file.u16(own) === index) return textFrom(file.slice(own + 16, Math.min(length, size)));
    own += 16 + Math.ceil(size / 8) * 8;
  }
  throw new ExchangeProblem("it is damaged: a text is missing");
}

export function textUpToZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return textFrom(end < 0 ? bytes : bytes.subarray(0, end));
}
