/**
 * Reads PyTorch state dicts: `.pt` files, and safetensors files with PyTorch's names. A state dict contains only names and shapes, so the layers are
 * derived from them: a weight with two axes is a linear layer, and its transpose is the kernel. Activations are in the program, not in the file.
 */
import { bfloatFrom, halfFrom } from "../../halfPrecision.ts";
import { uniqueName } from "../names.ts";
import { countOf, ExchangeProblem, UnsupportedNumbers } from "../problem.ts";
import { unzipped } from "../zip.ts";
import type { Imported, ImportedLayer, ImportedPart, ImportedWeight } from "./imported.ts";
import { type Pickled, type PickledDict, type PickledTensor, unpickled } from "./pickle.ts";

export interface StateTensor {
  readonly shape: readonly number[];
  readonly numbers: () => Float32Array;
}

/** Returns the tensors of a `.pt` file. The archive is inflated on the first request for numbers. Throws `ExchangeProblem`. */
export function torchTensors(bytes: Uint8Array): ReadonlyMap<string, StateTensor> {
  const entries = unzipped(bytes, (name) => /(^|\/)(data\.pkl|byteorder)$/.test(name));
  const [path, pickle] = [...entries].find(([name]) => name.endsWith("data.pkl")) ?? [];
  if (path === undefined || !pickle) throw new ExchangeProblem("it has no data.pkl, so it is not a file of torch.save");
  const folder = path.slice(0, -"data.pkl".length);
  const order = entries.get(`${folder}byteorder`);
  if (order && String.fromCharCode(...order).trim() === "big")
    throw new ExchangeProblem("its numbers have their highest byte first, which is not supported");
  let inflated: ReadonlyMap<string, Uint8Array> | undefined;
  const storage = (key: string): Uint8Array | undefined => {
    inflated ??= unzipped(bytes, (name) => /(^|\/)data\/\d+$/.test(name));
    return inflated.get(`${folder}data/${key}`);
  };
  return new Map(
    tensorsIn(unpickled(pickle)).map(([name, tensor]) => {
      const numbers = (): Float32Array => {
        const own = storage(tensor.storage.key);
        if (!own) throw new ExchangeProblem(`it lacks the numbers of ${name}`);
        return numbersOf(tensor, own, name);
      };
      return [name, { shape: tensor.shape, numbers }];
    }),
  );
}

/** Keys under which programs save the state dict next to other values. */
const WITHIN = ["state_dict", "model_state_dict", "model", "net"];

function tensorsIn(value: Pickled, depth = 0): (readonly [string, PickledTensor])[] {
  if (!(value instanceof Map)) throw new ExchangeProblem("it is not a state dict; save `model.state_dict()`");
  const tensors = [...value].flatMap(([name, one]) => (typeof name === "string" && isTensor(one) ? [[name, one] as const] : []));
  const within = WITHIN.map((key) => value.get(key)).find((one): one is PickledDict => one instanceof Map);
  if (tensors.length === 0 && within && depth < 4) return tensorsIn(within, depth + 1);
  return tensors;
}

const isTensor = (value: Pickled): value is PickledTensor =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "tensor";

type Read = (view: DataView, at: number) => number;
const STORAGES: ReadonlyMap<string, readonly [size: number, read: Read]> = new Map<string, readonly [number, Read]>([
  ["FloatStorage", [4, (view, at) => view.getFloat32(at, true)]],
  ["DoubleStorage", [8, (view, at) => view.getFloat64(at, true)]],
  ["HalfStorage", [2, (view, at) => halfFrom(view.getUint16(at, true))]],
  ["BFloat16Storage", [2, (view, at) => bfloatFrom(view.getUint16(at, true))]],
  ["LongStorage", [8, (view, at) => Number(view.getBigInt64(at, true))]],
  ["IntStorage", [4, (view, at) => view.getInt32(at, true)]],
  ["ShortStorage", [2, (view, at) => view.getInt16(at, true)]],
  ["CharStorage", [1, (view, at) => view.getInt8(at)]],
  ["ByteStorage", [1, (view, at) => view.getUint8(at)]],
  ["BoolStorage", [1, (view, at) => view.getUint8(at)]],
]);

/** Returns the tensor's numbers, row by row. Checks every index against the storage. */
function numbersOf({ shape, strides, offset, storage: { type } }: PickledTensor, bytes: Uint8Array, name: string): Float32Array {
  const [size, read] = STORAGES.get(type) ?? [0, undefined];
  if (!read) throw new UnsupportedNumbers(`${name} has numbers of the type ${type}, which is not supported`);
  const count = countOf(shape, name);
  const last = shape.reduce((at, axis, k) => at + Math.max(0, axis - 1) * strides[k], offset);
  // Strides of 0 could repeat a few numbers to a tensor of any size.
  if (count > 0 && Math.max(last + 1, count) * size > bytes.length)
    throw new ExchangeProblem(`${name} needs more numbers than the file has`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let at = offset;
    for (let k = shape.length - 1, rest = i; k >= 0; rest = Math.floor(rest / shape[k]), k--) at += (rest % shape[k]) * strides[k];
    values[i] = read(view, at * size);
  }
  return values;
}

/** Returns whether the names have the form of a state dict: `LAYER.weight`. */
export const isStateDict = (names: readonly string[]): boolean => names.some((name) => /\.weight$/.test(name));

/** In PyTorch, the momentum of batch normalization is the new batch's share; here it is the old mean's share. PyTorch's ε is smaller. */
const BATCH_NORM = "batch_norm momentum=0.9 epsilon=0.00001";
const LAYER_NORM = "layer_norm epsilon=0.00001";

/** Returns the layers in the natural order of their names, so that `layer10` follows `layer9`. */
export function stateDict(tensors: ReadonlyMap<string, StateTensor>): Imported {
  const groups = new Map<string, Map<string, StateTensor>>();
  for (const [name, tensor] of tensors) {
    const dot = name.lastIndexOf(".");
    const [layer, parameter] = dot < 0 ? ["parameters", name] : [name.slice(0, dot), name.slice(dot + 1)];
    const group = groups.get(layer) ?? new Map<string, StateTensor>();
    groups.set(layer, group.set(parameter, tensor));
  }
  const parts: ImportedPart[] = [];
  const taken = new Set<string>();
  const input = uniqueName("input", taken);
  let before = input;
  for (const [name, group] of [...groups].sort(([a], [b]) => naturally(a, b))) {
    const label = /^\d/.test(name) ? `layer_${name}` : name;
    const layer = layerOf(uniqueName(label.replaceAll(".", "_"), taken), group, before);
    parts.push(layer);
    if ("words" in layer) before = layer.name;
  }
  const first = parts.find((part): part is ImportedLayer => "words" in part);
  if (!first) throw new ExchangeProblem("it has no linear layer and no normalization");
  const width = first.weights[0]?.shape[0] ?? 1;
  return {
    kind: "a PyTorch state dict",
    name: "Imported",
    parts: [{ name: input, words: `input ${width}`, inputs: [], weights: [] }, ...parts],
    outputs: [before],
    notes: [
      "A state dict does not say which activations follow its layers, nor how layers are joined. Write them where they belong, such as `relu`.",
      ...([...groups.values()].some(isUnscaled)
        ? ["Batch normalizations with `affine=False` have gamma 1 and beta 0 here. They predict the same, but training changes both."]
        : []),
    ],
  };
}

/** Returns whether the group is a batch normalization with `affine=False`, which has only its running statistics. */
const isUnscaled = (group: ReadonlyMap<string, StateTensor>): boolean =>
  group.has("running_mean") && group.has("running_var") && !group.has("weight") && !group.has("bias");

const filled = (name: ImportedWeight["name"], shape: readonly number[], value: number): ImportedWeight => ({
  name,
  shape,
  numbers: () => new Float32Array(countOf(shape, name)).fill(value),
});

function layerOf(name: string, group: ReadonlyMap<string, StateTensor>, before: string): ImportedPart {
  const [weight, bias] = [group.get("weight"), group.get("bias")];
  const own = (parameter: ImportedWeight["name"], tensor: StateTensor | undefined): ImportedWeight[] =>
    tensor ? [{ name: parameter, ...tensor }] : [];
  if (weight?.shape.length === 2)
    return {
      name,
      words: `dense ${weight.shape[0]}${bias ? "" : " bias=false"}`,
      inputs: [before],
      weights: [{ name: "kernel", shape: [weight.shape[1], weight.shape[0]], numbers: () => transposed(weight) }, ...own("bias", bias)],
    };
  const [mean, variance] = [group.get("running_mean"), group.get("running_var")];
  const affine = weight?.shape.length === 1 && bias ? [...own("gamma", weight), ...own("beta", bias)] : undefined;
  const scaling = isUnscaled(group) && mean ? [filled("gamma", mean.shape, 1), filled("beta", mean.shape, 0)] : affine;
  if (scaling && mean && variance)
    return {
      name,
      words: BATCH_NORM,
      inputs: [before],
      weights: [...scaling, ...own("moving_mean", mean), ...own("moving_variance", variance)],
    };
  if (affine) return { name, words: LAYER_NORM, inputs: [before], weights: affine };
  const shapes = [...group]
    .map(([parameter, { shape }]) => [parameter, ...(shape.length > 0 ? [shape.join("x")] : [])].join(" "))
    .join(", ");
  return { name, what: `a layer with ${shapes}`, inputs: [before] };
}

function transposed({ shape: [rows, columns], numbers }: StateTensor): Float32Array {
  const values = numbers();
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  return result;
}

/** Compares names in natural order: numbers in them by value. */
function naturally(a: string, b: string): number {
  const parts = (name: string): string[] => name.split(/(\d+)/);
  const [left, right] = [parts(a), parts(b)];
  for (let k = 0; k < Math.min(left.length, right.length); k++) {
    if (left[k] === right[k]) continue;
    return k % 2 === 1 ? Number(left[k]) - Number(right[k]) : left[k] < right[k] ? -1 : 1;
  }
  return left.length - right.length;
}
