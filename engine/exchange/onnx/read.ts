/** Reads ONNX files: the graph, its constants and the metadata, with the field numbers of onnx/onnx.proto. Rejects weights in external files. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { textFrom } from "../../host.ts";
import { countOf, ExchangeProblem, UnsupportedNumbers } from "../problem.ts";
import { eachField } from "../protobuf.ts";
import { ELEMENT } from "./write.ts";

export interface ReadTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly isText: boolean;
  /** Numbers of any type, or texts. Decoded on demand; throws `ExchangeProblem` if decoding fails. */
  readonly data: Float64Array | readonly string[];
}

export interface ReadNode {
  readonly name: string;
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, ReadAttribute>;
}

export interface ReadAttribute {
  readonly float: number;
  readonly int: number;
  readonly text: string;
  readonly tensor: ReadTensor | undefined;
}

export interface ReadValue {
  readonly name: string;
  /** Includes the batch axis; null for an axis without a fixed size. */
  readonly axes: readonly (number | null)[];
}

export interface ReadModel {
  readonly name: string;
  readonly nodes: readonly ReadNode[];
  readonly initializers: ReadonlyMap<string, ReadTensor>;
  readonly inputs: readonly ReadValue[];
  readonly outputs: readonly ReadValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Returns whether the bytes may be an ONNX file: the first field is the IR version. */
export const isOnnx = (bytes: Uint8Array): boolean => bytes[0] === 8 && bytes[1] > 0 && bytes[1] < 64;

const MOST_NODES = 100_000;

/** Throws `ExchangeProblem` if the file is damaged. */
export function readOnnx(bytes: Uint8Array): ReadModel {
  try {
    return modelIn(bytes);
  } catch (error) {
    throw error instanceof ExchangeProblem ? error : new ExchangeProblem("it is not an ONNX file, or it is damaged");
  }
}

function modelIn(bytes: Uint8Array): ReadModel {
  let graph: Uint8Array | undefined;
  const metadata: Record<string, string> = {};
  eachField(bytes, {
    7: (field) => (graph = field.bytes()),
    14: (field) => {
      const [key, value] = entryIn(field.bytes());
      metadata[key] = value;
    },
  });
  if (!graph) throw new ExchangeProblem("it has no graph");
  return { metadata, ...graphIn(graph) };
}

function entryIn(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  eachField(bytes, { 1: (field) => (entry[0] = field.string()), 2: (field) => (entry[1] = field.string()) });
  return entry;
}

function graphIn(bytes: Uint8Array): Omit<ReadModel, "metadata"> {
  let name = "";
  const nodes: ReadNode[] = [];
  const initializers = new Map<string, ReadTensor>();
  const [inputs, outputs]: ReadValue[][] = [[], []];
  eachField(bytes, {
    1: (field) => {
      nodes.push(nodeIn(field.bytes()));
      if (nodes.length > MOST_NODES) throw new ExchangeProblem(`it has more than ${MOST_NODES} operators`);
    },
    2: (field) => (name = field.string()),
    5: (field) => {
      const tensor = tensorIn(field.bytes());
      initializers.set(tensor.name, tensor);
    },
    11: (field) => inputs.push(valueIn(field.bytes())),
    12: (field) => outputs.push(valueIn(field.bytes())),
    15: () => {
      throw new ExchangeProblem("it has sparse constants, which are not supported");
    },
  });
  return { name, nodes, initializers, inputs: inputs.filter((one) => !initializers.has(one.name)), outputs };
}

function nodeIn(bytes: Uint8Array): ReadNode {
  const [inputs, outputs]: string[][] = [[], []];
  let [name, type, domain] = ["", "", ""];
  const attributes = new Map<string, ReadAttribute>();
  eachField(bytes, {
    1: (field) => inputs.push(field.string()),
    2: (field) => outputs.push(field.string()),
    3: (field) => (name = field.string()),
    4: (field) => (type = field.string()),
    5: (field) => attributes.set(...attributeIn(field.bytes())),
    7: (field) => (domain = field.string()),
  });
  return { name, type, domain, inputs, outputs, attributes };
}

function attributeIn(bytes: Uint8Array): [string, ReadAttribute] {
  let [name, float, int, text] = ["", 0, 0, ""];
  let tensor: ReadTensor | undefined;
  eachField(bytes, {
    1: (field) => (name = field.string()),
    2: (field) => (float = field.float()),
    3: (field) => (int = Number(field.int64())),
    4: (field) => (text = textFrom(field.bytes())),
    5: (field) => (tensor = tensorIn(field.bytes())),
  });
  return [name, { float, int, text, tensor }];
}

/** The size and the reader of each numeric type in `raw_data`. */
const RAW: ReadonlyMap<number, readonly [size: number, read: (view: DataView, at: number) => number]> = new Map([
  [ELEMENT.float, [4, (view, at) => view.getFloat32(at, true)]],
  [2, [1, (view, at) => view.getUint8(at)]],
  [3, [1, (view, at) => view.getInt8(at)]],
  [6, [4, (view, at) => view.getInt32(at, true)]],
  [ELEMENT.int64, [8, (view, at) => Number(view.getBigInt64(at, true))]],
  [ELEMENT.bool, [1, (view, at) => view.getUint8(at)]],
  [11, [8, (view, at) => view.getFloat64(at, true)]],
]);

function tensorIn(bytes: Uint8Array): ReadTensor {
  const dims: number[] = [];
  const numbers: number[] = [];
  const texts: string[] = [];
  let [name, element] = ["", 0];
  let raw: Uint8Array | undefined;
  const add = (read: (own: BinaryReader) => number) => (field: BinaryReader, wire: WireType) => {
    for (const one of packed(field, wire, read)) numbers.push(one);
  };
  eachField(bytes, {
    1: (field, wire) => {
      for (const axis of packed(field, wire, (own) => Number(own.int64()))) dims.push(axis);
    },
    2: (field) => (element = field.int32()),
    4: add((own) => own.float()),
    5: add((own) => own.int32()),
    6: (field) => texts.push(field.string()),
    7: add((own) => Number(own.int64())),
    8: (field) => (name = field.string()),
    9: (field) => (raw = field.bytes()),
    10: add((own) => own.double()),
    13: () => {
      throw new ExchangeProblem("its weights are in another file; save the model with its weights inside");
    },
  });
  const count = countOf(dims, `its constant ${name}`);
  if (element === ELEMENT.string) {
    if (texts.length !== count) throw new ExchangeProblem(`its constant ${name} has ${texts.length} texts, not ${count}`);
    return { name, dims, isText: true, data: texts };
  }
  let decoded: Float64Array | undefined;
  return {
    name,
    dims,
    isText: false,
    get data() {
      decoded ??= raw ? rawNumbers(raw, { name, element, count }) : Float64Array.from(numbers);
      if (decoded.length !== count) throw new ExchangeProblem(`its constant ${name} has ${decoded.length} numbers, not ${count}`);
      return decoded;
    },
  };
}

function rawNumbers(
  raw: Uint8Array,
  { name, element, count }: { readonly name: string; readonly element: number; readonly count: number },
): Float64Array {
  const [size, read] = RAW.get(element) ?? [0, undefined];
  if (!read) throw new UnsupportedNumbers(`its constant ${name} has numbers of a type that is not supported (${element})`);
  if (raw.length !== count * size) throw new ExchangeProblem(`its constant ${name} has ${raw.length} bytes, not ${count * size}`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float64Array.from({ length: count }, (_, k) => read(view, k * size));
}

function valueIn(bytes: Uint8Array): ReadValue {
  let name = "";
  const axes: (number | null)[] = [];
  const axis = (field: BinaryReader): void => {
    let size: number | null = null;
    eachField(field.bytes(), { 1: (own) => (size = Number(own.int64())) });
    axes.push(size);
  };
  eachField(bytes, {
    1: (field) => (name = field.string()),
    2: (type) =>
      eachField(type.bytes(), { 1: (tensor) => eachField(tensor.bytes(), { 2: (shape) => eachField(shape.bytes(), { 1: axis }) }) }),
  });
  return { name, axes };
}

/** Returns the numbers of a repeated field: a single number, or several packed into bytes. */
function packed(field: BinaryReader, wire: WireType, read: (own: BinaryReader) => number): number[] {
  if (wire !== WireType.LengthDelimited) return [read(field)];
  const own = new BinaryReader(field.bytes());
  const numbers: number[] = [];
  while (own.pos < own.len) numbers.push(read(own));
  return numbers;
}
