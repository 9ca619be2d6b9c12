/**
 * Writes HDF5 files with groups, float32 and int64 datasets, and text attributes: enough for Keras' weights. Layout and message numbers are
 * from the HDF5 File Format Specification 3.0, sections II.A (superblock 2) and IV.A (object headers 2).
 */
import { utf8From } from "../../host.ts";
import { littleEndian } from "../bytes.ts";
import { lookup3 } from "./lookup3.ts";

export interface Group {
  readonly kind: "group";
  readonly members: Readonly<Record<string, Group | Dataset>>;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Dataset {
  readonly kind: "dataset";
  /** [] for a single number. */
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

const SUPERBLOCK_LENGTH = 48;
const UNDEFINED = 0xffff_ffff_ffff_ffffn;
const LINK_INFO = 2;
const GROUP_INFO = 10;
const LINK = 6;
const DATASPACE = 1;
const DATATYPE = 3;
const FILL_VALUE = 5;
const LAYOUT = 8;
const ATTRIBUTE = 12;

export function hdf5From(root: Group): Uint8Array {
  const file = new Bytes();
  file.zeros(SUPERBLOCK_LENGTH);
  const address = writeObject(file, root);
  const head = new Bytes().raw(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 2, 8, 8, 0));
  head.u64(0n).u64(UNDEFINED).u64(BigInt(file.length)).u64(BigInt(address));
  const bytes = file.bytes();
  bytes.set(head.u32(lookup3(head.bytes())).bytes());
  return bytes;
}

/** Writes an object after its members. Returns the address of its header. */
function writeObject(file: Bytes, object: Group | Dataset): number {
  const messages = object.kind === "group" ? groupMessages(file, object) : datasetMessages(file, object);
  const length = messages.length;
  const header = new Bytes().raw(utf8From("OHDR")).raw(Uint8Array.of(2, 2)).u32(length).raw(messages.bytes());
  const address = file.length;
  file.raw(header.u32(lookup3(header.bytes())).bytes());
  return address;
}

function groupMessages(file: Bytes, { members, attributes = {} }: Group): Bytes {
  const addresses = Object.entries(members).map(([name, member]) => ({ name, address: writeObject(file, member) }));
  const messages = new Bytes();
  message(messages, LINK_INFO, new Bytes().raw(Uint8Array.of(0, 0)).u64(UNDEFINED).u64(UNDEFINED));
  message(messages, GROUP_INFO, new Bytes().raw(Uint8Array.of(0, 0)));
  for (const { name, address } of addresses) {
    const text = utf8From(name);
    // Version 1: a hard link with a UTF-8 name and a 4-byte name length.
    message(
      messages,
      LINK,
      new Bytes()
        .raw(Uint8Array.of(1, 0x12, 1))
        .u32(text.length)
        .raw(text)
        .u64(BigInt(address)),
    );
  }
  for (const [name, value] of Object.entries(attributes)) message(messages, ATTRIBUTE, attribute(name, value));
  return messages;
}

function attribute(name: string, value: string): Bytes {
  const title = utf8From(name);
  const text = utf8From(value);
  const body = new Bytes()
    .raw(Uint8Array.of(3, 0))
    .u16(title.length + 1)
    .u16(8)
    .u16(4)
    .raw(Uint8Array.of(1))
    .raw(title)
    .zeros(1);
  // A zero-padded UTF-8 string of fixed length; a scalar.
  return body
    .raw(Uint8Array.of(0x13, 0x10, 0, 0))
    .u32(Math.max(1, text.length))
    .raw(Uint8Array.of(2, 0, 0, 0))
    .raw(text.length > 0 ? text : Uint8Array.of(0));
}

function datasetMessages(file: Bytes, { shape, values }: Dataset): Bytes {
  file.zeros(-file.length & 7);
  const address = file.length;
  file.raw(littleEndian(values));
  const messages = new Bytes();
  const space = new Bytes().raw(Uint8Array.of(2, shape.length, 0, shape.length === 0 ? 0 : 1));
  for (const axis of shape) space.u64(BigInt(axis));
  message(messages, DATASPACE, space);
  message(messages, DATATYPE, values instanceof Float32Array ? float32Type() : int64Type());
  message(messages, FILL_VALUE, new Bytes().raw(Uint8Array.of(3, 0x0a)));
  message(messages, LAYOUT, new Bytes().raw(Uint8Array.of(3, 1)).u64(BigInt(address)).u64(BigInt(values.byteLength)));
  return messages;
}

const float32Type = (): Bytes =>
  new Bytes()
    .raw(Uint8Array.of(0x11, 0x20, 0x1f, 0))
    .u32(4)
    .u16(0)
    .u16(32)
    .raw(Uint8Array.of(23, 8, 0, 23))
    .u32(127);
const int64Type = (): Bytes =>
  new Bytes()
    .raw(Uint8Array.of(0x10, 0x08, 0, 0))
    .u32(8)
    .u16(0)
    .u16(64);

const message = (messages: Bytes, type: number, data: Bytes): void => {
  messages.raw(Uint8Array.of(type)).u16(data.length).raw(Uint8Array.of(0)).raw(data.bytes());
};

/** A growing sequence of bytes. */
class Bytes {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
  zeros(count: number): this {
    return this.raw(new Uint8Array(count));
  }
  u16(value: number): this {
    return this.raw(Uint8Array.of(value, value >>> 8));
  }
  u32(value: number): this {
    return this.raw(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }
  u64(value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return this.raw(bytes);
  }
  bytes(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
