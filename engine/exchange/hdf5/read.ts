/**
 * Reads groups, datasets and text attributes of HDF5 files that Keras and h5py write: superblocks 0 to 3, both kinds of object headers and groups,
 * and contiguous numbers. It follows only hard links, so that a file can't refer to anything outside itself. It rejects chunked and compressed
 * datasets.
 */
import { halfFrom } from "../../halfPrecision.ts";
import { countOf, ExchangeProblem, UnsupportedNumbers } from "../problem.ts";
import { Hdf5Bytes } from "./bytes.ts";
import { attributeAt, type Datatype, datatypeAt, MESSAGE, type Message, messagesAt, shapeAt, textUpToZero } from "./messages.ts";

const SIGNATURE = "\x89HDF\r\n\x1a\n";
/** The maximum nesting of groups. Keras' files have about 6 levels. */
const DEEPEST = 32;

export interface Hdf5Group {
  readonly kind: "group";
  readonly names: readonly string[];
  /** Returns the member with this name; undefined if there is none. */
  readonly member: (name: string) => Hdf5Group | Hdf5Dataset | undefined;
  /** The texts of each text attribute. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface Hdf5Dataset {
  readonly kind: "dataset";
  readonly shape: readonly number[];
  /** Throws `UnsupportedNumbers` if the dataset is not contiguous numbers, `ExchangeProblem` if it is damaged. */
  readonly numbers: () => Float32Array;
}

export const isHdf5 = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 8)) === SIGNATURE;

/** Returns the root group. This function and the group's functions throw `ExchangeProblem` if the file is damaged. */
export function openHdf5(bytes: Uint8Array): Hdf5Group {
  const file = new Hdf5Bytes(bytes);
  file.visit(0, SIGNATURE);
  const version = file.u8(8);
  const sizes = version < 2 ? [file.u8(13), file.u8(14)] : [file.u8(9), file.u8(10)];
  if (version > 3 || sizes.some((size) => size !== 8)) throw new ExchangeProblem("its version of HDF5 is not supported");
  const root = version < 2 ? file.u64(24 + (version === 1 ? 4 : 0) + 32 + 8) : file.u64(36);
  const opened = objectAt(file, root, 0);
  if (opened.kind !== "group") throw new ExchangeProblem("it is damaged: it has no root group");
  return opened;
}

/** Limits the visited objects, since groups may refer to each other in cycles. */
const MOST_OBJECTS = 100_000;

/** Returns all datasets of a group by their paths within it. */
export function datasetsIn(root: Hdf5Group): ReadonlyMap<string, Hdf5Dataset> {
  const found = new Map<string, Hdf5Dataset>();
  let seen = 0;
  const walk = (group: Hdf5Group, path: string): void => {
    for (const name of group.names) {
      if (++seen > MOST_OBJECTS) throw new ExchangeProblem(`it has more than ${MOST_OBJECTS} groups and datasets`);
      const member = group.member(name);
      if (member?.kind === "dataset") found.set(`${path}${name}`, member);
      else if (member) walk(member, `${path}${name}/`);
    }
  };
  walk(root, "");
  return found;
}

function objectAt(file: Hdf5Bytes, address: number, depth: number): Hdf5Group | Hdf5Dataset {
  if (depth > DEEPEST) throw new ExchangeProblem("its groups are nested too deeply, or in a circle");
  const messages = messagesAt(file, address);
  const of = (type: number): Message | undefined => messages.find((one) => one.type === type);
  const layout = of(MESSAGE.layout);
  if (layout) {
    const [space, type] = [of(MESSAGE.dataspace), of(MESSAGE.datatype)];
    if (!space || !type) throw new ExchangeProblem("it is damaged: a dataset has no shape or type");
    const shape = shapeAt(file, space.at);
    const isFiltered = of(MESSAGE.filters) !== undefined;
    return { kind: "dataset", shape, numbers: () => numbersAt(file, { layout, shape, type: datatypeAt(file, type.at), isFiltered }) };
  }
  const links = linksOf(file, messages);
  const attributes = messages.filter(({ type }) => type === MESSAGE.attribute).map(({ at }) => attributeAt(file, at));
  return {
    kind: "group",
    names: [...links.keys()],
    member(name) {
      const to = links.get(name);
      return to === undefined ? undefined : objectAt(file, to, depth + 1);
    },
    attributes: new Map(attributes.flatMap(({ name, texts }) => (texts ? [[name, texts]] : []))),
  };
}

/** Returns the addresses of a group's members, without soft and external links. */
function linksOf(file: Hdf5Bytes, messages: readonly Message[]): Map<string, number> {
  const links = new Map<string, number>();
  for (const { type, at } of messages) {
    if (type === MESSAGE.link) addLink(file, at, links);
    else if (type === MESSAGE.symbolTable) addTable(file, file.u64(at), heapOf(file, file.u64(at + 8)), links, 0);
    else if (type === MESSAGE.linkInfo && Number.isFinite(file.u64(at + 2 + (file.u8(at + 1) & 1 ? 8 : 0))))
      throw new ExchangeProblem("it stores the names of a large group in a form that is not supported; save it again with Keras");
  }
  return links;
}

function addLink(file: Hdf5Bytes, at: number, links: Map<string, number>): void {
  const flags = file.u8(at + 1);
  let own = at + 2;
  const isHard = !(flags & 8) || file.u8(own) === 0;
  own += (flags & 8 ? 1 : 0) + (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  const size = 1 << (flags & 3);
  const length = file.uint(own, size);
  const name = textUpToZero(file.slice(own + size, length));
  if (isHard) links.set(name, file.u64(own + size + length));
}

/** Returns the address of the names in a local heap. */
function heapOf(file: Hdf5Bytes, address: number): number {
  file.visit(address, "HEAP");
  return file.u64(address + 24);
}

const HARD_LINKS = [0, 1];

/** Adds the links of a B-tree's node: the links of its child nodes, or of its symbol tables. */
function addTable(file: Hdf5Bytes, address: number, names: number, links: Map<string, number>, depth: number): void {
  if (depth > DEEPEST) throw new ExchangeProblem("it is damaged: the nodes of a group lead to each other in a circle");
  if (file.ascii(address, 4) === "SNOD") {
    file.visit(address);
    for (let k = 0; k < file.u16(address + 6); k++) {
      const entry = address + 8 + 40 * k;
      file.visit(entry);
      if (HARD_LINKS.includes(file.u32(entry + 16))) links.set(textUpToZero(file.upToZero(names + file.u64(entry))), file.u64(entry + 8));
    }
    return;
  }
  file.visit(address, "TREE");
  for (let k = 0; k < file.u16(address + 6); k++) addTable(file, file.u64(address + 24 + 8 + 16 * k), names, links, depth + 1);
}

interface StoredNumbers {
  readonly layout: Message;
  readonly shape: readonly number[];
  readonly type: Datatype;
  readonly isFiltered: boolean;
}

function numbersAt(file: Hdf5Bytes, { layout: { at }, shape, type, isFiltered }: StoredNumbers): Float32Array {
  if (type.kind === "string" || type.kind === "strings" || type.kind === "other") throw new UnsupportedNumbers("a dataset is not numbers");
  const count = countOf(shape, "a dataset");
  const [version, kind] = [file.u8(at), file.u8(at + 1)];
  if (version < 3 || kind > 1 || isFiltered)
    throw new UnsupportedNumbers("a dataset is stored in chunks or compressed; save the model again with Keras' own `save`");
  const length = count * type.size;
  const bytes = kind === 0 ? file.slice(at + 4, length) : count === 0 ? new Uint8Array() : file.slice(file.u64(at + 2), length);
  return decoded(bytes, type, count);
}

function decoded(
  bytes: Uint8Array,
  { kind, size, littleEndian }: Extract<Datatype, { littleEndian: boolean }>,
  count: number,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[kind].get(size);
  if (!read) throw new UnsupportedNumbers(`a dataset has numbers of ${size} bytes, which are not supported`);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * size, littleEndian);
  return values;
}

type Read = (view: DataView, at: number, littleEndian: boolean) => number;
const READERS = {
  float: new Map<number, Read>([
    [2, (view, at, little) => halfFrom(view.getUint16(at, little))],
    [4, (view, at, little) => view.getFloat32(at, little)],
    [8, (view, at, little) => view.getFloat64(at, little)],
  ]),
  int: new Map<number, Read>([
    [1, (view, at) => view.getInt8(at)],
    [2, (view, at, little) => view.getInt16(at, little)],
    [4, (view, at, little) => view.getInt32(at, little)],
    [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  ]),
  uint: new Map<number, Read>([
    [1, (view, at) => view.getUint8(at)],
    [2, (view, at, little) => view.getUint16(at, little)],
    [4, (view, at, little) => view.getUint32(at, little)],
    [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  ]),
};
