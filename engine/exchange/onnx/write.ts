/**
 * Writes ONNX files: a graph of operators as protocol buffers, with the field numbers of onnx/onnx.proto. Every runtime since 2022 reads IR version 8
 * and operator set 17.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { littleEndian } from "../bytes.ts";
import { message, text } from "../protobuf.ts";

export const IR_VERSION = 8;
export const OPSET = 17;
/** The element types of tensors. */
export const ELEMENT = { float: 1, int64: 7, string: 8, bool: 9 } as const;

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | readonly string[];
}

export type Attribute = number | { readonly int: number };

export interface OnnxNode {
  readonly name: string;
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A numeric attribute is a float. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly element: (typeof ELEMENT)[keyof typeof ELEMENT];
  /** The first axis is `batch`; these are the others. */
  readonly axes: readonly number[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly producer: string;
  readonly version: string;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}

export function onnxFrom({ producer, version, graph, metadata }: OnnxModel): Uint8Array {
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(IR_VERSION);
  text(model, 2, producer);
  text(model, 3, version);
  message(model, 7, (own) => writeGraph(own, graph));
  message(model, 8, (own) => {
    text(own, 1, "");
    own.tag(2, WireType.Varint).int64(OPSET);
  });
  for (const [key, value] of Object.entries(metadata))
    message(model, 14, (own) => {
      text(own, 1, key);
      text(own, 2, value);
    });
  return model.finish();
}

function writeGraph(to: BinaryWriter, { name, nodes, initializers, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) message(to, 1, (own) => writeNode(own, node));
  text(to, 2, name);
  for (const tensor of initializers) message(to, 5, (own) => writeTensor(own, tensor));
  for (const value of inputs) message(to, 11, (own) => writeValue(own, value));
  for (const value of outputs) message(to, 12, (own) => writeValue(own, value));
}

function writeNode(to: BinaryWriter, { name, type, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) text(to, 1, input);
  for (const output of outputs) text(to, 2, output);
  text(to, 3, name);
  text(to, 4, type);
  for (const [key, value] of Object.entries(attributes)) message(to, 5, (own) => writeAttribute(own, key, value));
}

const FLOAT = 1;
const INT = 2;

function writeAttribute(to: BinaryWriter, name: string, value: Attribute): void {
  text(to, 1, name);
  if (typeof value === "number") to.tag(2, WireType.Bit32).float(value).tag(20, WireType.Varint).int32(FLOAT);
  else to.tag(3, WireType.Varint).int64(value.int).tag(20, WireType.Varint).int32(INT);
}

function writeTensor(to: BinaryWriter, { name, dims, data }: OnnxTensor): void {
  for (const axis of dims) to.tag(1, WireType.Varint).int64(axis);
  const element = data instanceof Float32Array ? ELEMENT.float : data instanceof BigInt64Array ? ELEMENT.int64 : ELEMENT.string;
  to.tag(2, WireType.Varint).int32(element);
  // Strings have their own field here; numbers are little-endian bytes.
  if (data instanceof Float32Array || data instanceof BigInt64Array) {
    text(to, 8, name);
    to.tag(9, WireType.LengthDelimited).bytes(littleEndian(data));
  } else {
    for (const one of data) text(to, 6, one);
    text(to, 8, name);
  }
}

function writeValue(to: BinaryWriter, { name, element, axes }: OnnxValue): void {
  text(to, 1, name);
  message(to, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(element);
      message(tensor, 2, (shape) => {
        message(shape, 1, (axis) => text(axis, 2, "batch"));
        for (const size of axes) message(shape, 1, (axis) => axis.tag(1, WireType.Varint).int64(size));
      });
    }),
  );
}
