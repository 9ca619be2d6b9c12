/**
 * The safetensors format: the header's length, a JSON header, then the numbers, row-major and little-endian. A network's parameters are named
 * `layer/kernel` [inputs, units], `layer/bias` [units] and so on.
 */
import * as v from "valibot";
import { textFrom, utf8From } from "../host.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";

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

export function safetensorsFrom(tensors: readonly NamedTensor[], metadata?: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, shape, values }) => {
      const from = offset;
      offset += values.byteLength;
      return [name, { dtype: values instanceof Float32Array ? "F32" : "F64", shape, data_offsets: [from, offset] }];
    }),
  );
  const json = utf8From(JSON.stringify(metadata ? { __metadata__: metadata, ...header } : header));
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
  return bytes;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const metadataSchema = v.record(v.string(), v.string());

/** A tensor's entry in the header. The format allows more keys and other element types. */
const tensorSchema = v.object({ dtype: v.string(), shape: v.array(count), data_offsets: v.strictTuple([count, count]) });

/** Reads the tensors of type F32 and F64 and skips others. Throws an Error that says what is wrong with the file. */
export function parseSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (8 + headerLength > bytes.length) throw new Error("it is not a safetensors file, or it is cut off within its header");
  const header = headerFrom(textFrom(bytes.subarray(8, 8 + headerLength)));
  const start = 8 + headerLength;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!v.is(tensorSchema, entry)) throw new Error(`its header has an invalid entry for ${name}`);
    const {
      dtype,
      shape: axes,
      data_offsets: [from, to],
    } = entry;
    if (dtype !== "F32" && dtype !== "F64") continue;
    const size = dtype === "F32" ? 4 : 8;
    const length = axes.reduce((product, axis) => product * axis, 1);
    if (to - from !== length * size) throw new Error(`its header gives ${name} a shape that does not match its length`);
    if (start + to > bytes.length) throw new Error(`it is cut off: ${name} ends at byte ${start + to} of ${bytes.length}`);
    const values = dtype === "F32" ? new Float32Array(length) : new Float64Array(length);
    for (let i = 0; i < length; i++)
      values[i] = size === 4 ? view.getFloat32(start + from + i * 4, true) : view.getFloat64(start + from + i * 8, true);
    tensors.set(name, { name, shape: axes, values });
  }
  const metadata = header["__metadata__"] ?? {};
  if (!v.is(metadataSchema, metadata)) throw new Error("its metadata is not a table of strings");
  return { tensors, metadata };
}

function headerFrom(json: string): Record<string, unknown> {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), json);
  if (!success) throw new Error("its header is not JSON, so it is not a safetensors file");
  return output;
}

/** Loads a file's numbers into the network's parameters. Throws an Error that names the first parameter that is missing or has another shape. */
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
