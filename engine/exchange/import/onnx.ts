/** Reads feed-forward networks from ONNX files. Files written by Backprop contain the plan in their metadata. */
import type { ParameterName } from "../../catalog/parameters.ts";
import { type Shape, sizeOf } from "../../catalog/shapes.ts";
import { rounded } from "../../numberText.ts";
import type { NetworkPlan } from "../../plan.ts";
import { uniqueName } from "../names.ts";
import { OWN_KEY } from "../onnx/file.ts";
import { type ReadModel, type ReadNode, type ReadTensor, readOnnx } from "../onnx/read.ts";
import { countOf, ExchangeProblem } from "../problem.ts";
import type { Imported, ImportedLayer, ImportedPart, ImportedWeight } from "./imported.ts";

/** Throws `ExchangeProblem`. */
export function onnxImport(bytes: Uint8Array): Imported {
  const model = readOnnx(bytes);
  const own = Object.entries(model.metadata).flatMap(([key, value]) =>
    key.startsWith(OWN_KEY) ? [[key.slice(OWN_KEY.length), value]] : [],
  );
  const { parts, outputs } = new Reading(model).read();
  return {
    kind: "an ONNX model",
    name: model.name,
    parts,
    outputs,
    saved: own.length > 0 ? Object.fromEntries(own) : undefined,
    notes: [],
  };
}

/** Returns the weights of a file that Backprop wrote, by its plan. The file stores batch normalization as a factor and a shift. */
export function ownWeights(
  bytes: Uint8Array,
  { layers }: NetworkPlan,
): { readonly name: string; readonly shape: readonly number[]; readonly values: Float32Array }[] {
  const { initializers } = readOnnx(bytes);
  const numbers = (name: string): Float32Array => {
    const data = initializers.get(name)?.data;
    if (!(data instanceof Float64Array)) throw new ExchangeProblem(`it lacks its constant ${name}`);
    return Float32Array.from(data);
  };
  return layers.flatMap((layer) =>
    layer.parameters.map(({ name, shape }) => ({
      name: `${layer.id}/${name}`,
      shape,
      values: ownValues(layer.id, layer.kind, name, numbers, layer.kind === "batch_norm" ? layer.epsilon : 0),
    })),
  );
}

function ownValues(id: string, kind: string, name: ParameterName, numbers: (name: string) => Float32Array, epsilon: number): Float32Array {
  if (kind === "batch_norm") {
    const scale = numbers(`${id}/scale`);
    switch (name) {
      case "gamma":
        return scale;
      case "beta":
        return numbers(`${id}/shift`);
      case "moving_mean":
        return new Float32Array(scale.length);
      default:
        return new Float32Array(scale.length).fill(1 - epsilon);
    }
  }
  if (kind === "normalize" && name === "variance") return numbers(`${id}/deviation`).map((value) => value * value);
  return numbers(`${id}/${name}`);
}

const ACTIVATIONS: ReadonlyMap<string, (node: ReadNode) => string> = new Map<string, (node: ReadNode) => string>([
  ["Relu", () => "relu"],
  ["Tanh", () => "tanh"],
  ["Sigmoid", () => "sigmoid"],
  ["LeakyRelu", (node) => `leaky_relu(negative_slope=${floatIn(node, "alpha", 0.01)})`],
  ["Elu", (node) => `elu(alpha=${floatIn(node, "alpha", 1)})`],
  ["Selu", () => "selu"],
  ["HardSwish", () => "hard_swish"],
  ["Softplus", () => "softplus"],
  ["Softsign", () => "softsign"],
  ["Exp", () => "exponential"],
  ["Sign", () => "sign"],
]);
const JOINING: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Add: "add",
    Sum: "add",
    Sub: "subtract",
    Mul: "multiply",
    Mean: "average",
    Max: "maximum",
    Min: "minimum",
    Concat: "concat",
  }),
);
/** Operators that do not change a prediction. */
const PASSING = ["Identity", "Dropout", "Cast"];

function floatIn({ attributes }: ReadNode, name: string, fallback: number): number {
  const value = attributes.get(name)?.float ?? fallback;
  // Float32 digits such as 0.009999999776 represent a shorter number.
  return Number.isFinite(value) ? rounded(Math.fround(value), 7) : fallback;
}

function intIn({ attributes }: ReadNode, name: string, fallback: number): number {
  return attributes.get(name)?.int ?? fallback;
}

const DEFAULT_DOMAINS = ["", "ai.onnx"];

/** Returns whether an axis is the last one of a batch of this shape. */
const isLastAxis = (axis: number, shape: Shape): boolean => axis === -1 || axis === shape.length;

/**
 * Returns the words of an activation. Returns undefined for other operators, for an approximated gelu, for a hard sigmoid of another slope, and for
 * a softmax over another axis. The default axis is 1 in operator sets before 13.
 */
function activationOf(node: ReadNode, shape: Shape): string | undefined {
  switch (node.type) {
    case "Softmax":
      return isLastAxis(intIn(node, "axis", shape.length === 1 ? -1 : 1), shape) ? "softmax" : undefined;
    case "HardSigmoid":
      return floatIn(node, "alpha", 0.2) === rounded(1 / 6, 7) && floatIn(node, "beta", 0.5) === 0.5 ? "hard_sigmoid" : undefined;
    case "Gelu":
      return ["none", undefined].includes(node.attributes.get("approximate")?.text) ? "gelu" : undefined;
    default:
      return ACTIVATIONS.get(node.type)?.(node);
  }
}

/** Returns undefined for other operators, and for a concatenation along another axis. */
function joiningOf(node: ReadNode, shape: Shape): string | undefined {
  return node.type === "Concat" && !isLastAxis(intIn(node, "axis", -1), shape) ? undefined : JOINING.get(node.type);
}

/** Returns the layer's name in an operator's name: `fc1` in `fc1/Gemm`, `/fc1/Gemm` and `model/fc1/MatMul`. */
function nameOf({ name, type }: ReadNode): string {
  const parts = name.split("/").filter((part) => part !== "");
  return parts.at(-2) ?? parts[0] ?? type.toLowerCase();
}

/** Adds a line of the operator's layer. */
type Line = (words: string, weights?: readonly ImportedWeight[], shape?: Shape) => void;

class Reading {
  readonly #model: ReadModel;
  readonly #parts: ImportedPart[] = [];
  /** The layer that computes each value. */
  readonly #layerOf = new Map<string, string>();
  readonly #widths = new Map<string, readonly number[]>();
  readonly #names = new Set<string>();
  /** The file's constants, including those passed on by operators. */
  readonly #constants: Map<string, ReadTensor>;

  constructor(model: ReadModel) {
    this.#model = model;
    this.#constants = new Map(model.initializers);
  }

  read(): Pick<Imported, "parts" | "outputs"> {
    const { inputs, outputs, nodes } = this.#model;
    for (const { name, axes } of inputs) {
      const shape = axes.slice(1);
      if (shape.length === 0 || !shape.every((axis): axis is number => axis !== null && axis > 0))
        throw new ExchangeProblem(`its input ${name} has no fixed shape`);
      this.#add({ name, words: `input ${shape.join("x")}`, inputs: [], weights: [] }, name, shape);
    }
    for (const node of nodes) {
      if (node.inputs.some((name) => name !== "" && !this.#constant(name) && !this.#layerOf.has(name)))
        throw new ExchangeProblem(`its operator ${node.type} reads a value that is not computed before it`);
      this.#node(node);
    }
    return { parts: this.#parts, outputs: outputs.map(({ name }) => this.#layerOf.get(name) ?? name) };
  }

  #constant(name: string): ReadTensor | undefined {
    return this.#constants.get(name);
  }

  #add(layer: ImportedLayer, value: string, shape: readonly number[]): void {
    countOf(shape, `the output of its operator ${layer.name}`);
    const free = uniqueName(layer.name, this.#names);
    this.#parts.push({ ...layer, name: free });
    this.#layerOf.set(value, free);
    this.#widths.set(value, shape);
  }

  #node(node: ReadNode): void {
    const { type, outputs } = node;
    const [value = ""] = outputs;
    const constant =
      type === "Constant"
        ? node.attributes.get("value")?.tensor
        : PASSING.includes(type)
          ? this.#constant(node.inputs[0] ?? "")
          : undefined;
    if (constant) {
      this.#constants.set(value, constant);
      return;
    }
    const dynamic = node.inputs.filter((name) => name !== "" && !this.#constant(name));
    const sources = dynamic.map((name) => this.#layerOf.get(name) ?? name);
    const shapes = dynamic.map((name) => this.#widths.get(name) ?? []);
    const [shape = []] = shapes;
    const name = nameOf(node);
    const line: Line = (words, weights = [], own = shape) => this.#add({ name, words, inputs: sources, weights }, value, own);
    const refuse = (): void => this.#unknown(name, type, sources, value, shape);
    const activation = activationOf(node, shape);
    const joining = joiningOf(node, shape);
    // Operators of other domains may have the same names and compute something else.
    if (!DEFAULT_DOMAINS.includes(node.domain) || dynamic[0] === undefined) refuse();
    else if (PASSING.includes(type)) this.#pass(dynamic[0], value);
    else if (type === "Gemm" || type === "MatMul") this.#dense(node, line, refuse);
    else if (type === "Add" && sources.length === 1 && this.#bias(node, dynamic[0], value)) return;
    else if (activation !== undefined) line(activation);
    else if (type === "Flatten" && intIn(node, "axis", 1) === 1) line("flatten", [], [sizeOf(shape)]);
    else if (type === "Reshape" && dynamic.length === 1) this.#reshape(node, line);
    else if (type === "BatchNormalization" && shape.length === 1) this.#batchNorm(node, line);
    else if (type === "LayerNormalization" && isLastAxis(intIn(node, "axis", -1), shape)) this.#layerNorm(node, line);
    else if (joining !== undefined && sources.length > 1 && sources.length === node.inputs.length)
      line(joining, [], type === "Concat" ? [...shape.slice(0, -1), shapes.reduce((sum, own) => sum + (own.at(-1) ?? 0), 0)] : shape);
    else refuse();
  }

  #pass(from: string, value: string): void {
    this.#layerOf.set(value, this.#layerOf.get(from) ?? from);
    this.#widths.set(value, this.#widths.get(from) ?? []);
  }

  #unknown(name: string, what: string, inputs: readonly string[], value: string, shape: readonly number[]): void {
    const free = uniqueName(name, this.#names);
    this.#parts.push({ name: free, what: `the operator ${what}`, inputs });
    this.#layerOf.set(value, inputs[0] ?? free);
    this.#widths.set(value, shape);
  }

  #dense(node: ReadNode, line: Line, refuse: () => void): void {
    const { inputs, attributes } = node;
    const [kernel, bias] = [this.#constant(inputs[1] ?? ""), this.#constant(inputs[2] ?? "")];
    const isPlain = ["alpha", "beta"].every((name) => (attributes.get(name)?.float ?? 1) === 1) && intIn(node, "transA", 0) === 0;
    const isRow = this.#widths.get(inputs[0] ?? "")?.length === 1;
    if (kernel?.dims.length !== 2 || kernel.isText || !isPlain || !isRow || (inputs.length > 2 && !bias)) {
      refuse();
      return;
    }
    const isTransposed = intIn(node, "transB", 0) === 1;
    const [rows, columns] = kernel.dims;
    const [width, units] = isTransposed ? [columns, rows] : [rows, columns];
    if (bias && !isBias(bias, units)) {
      refuse();
      return;
    }
    const values = (): Float32Array => {
      const data = numbersOf(kernel);
      return Float32Array.from(data, (_, k) => data[isTransposed ? (k % units) * width + Math.floor(k / units) : k]);
    };
    const weights: ImportedWeight[] = [{ name: "kernel", shape: [width, units], numbers: values }];
    if (bias) weights.push({ name: "bias", shape: [units], numbers: () => spread(bias, units) });
    line(`dense ${units}${bias ? "" : " bias=false"}`, weights, [units]);
  }

  /** Reads a constant that is added right after a product as its bias. */
  #bias({ inputs }: ReadNode, from: string, value: string): boolean {
    const constant = inputs.map((name) => this.#constant(name)).find((one) => one);
    const last = this.#parts.at(-1);
    const [units = 0] = this.#widths.get(from) ?? [];
    if (!constant || !last || !("words" in last) || last.name !== this.#layerOf.get(from)) return false;
    // Another operator may read the product without the bias.
    if (!last.words.endsWith(" bias=false") || !isBias(constant, units) || this.#readers(from) > 1) return false;
    const bias: ImportedWeight = { name: "bias", shape: [units], numbers: () => spread(constant, units) };
    this.#parts[this.#parts.length - 1] = { ...last, words: last.words.replace(" bias=false", ""), weights: [...last.weights, bias] };
    this.#pass(from, value);
    return true;
  }

  #readers(value: string): number {
    const { nodes, outputs } = this.#model;
    return nodes.filter(({ inputs }) => inputs.includes(value)).length + outputs.filter(({ name }) => name === value).length;
  }

  #reshape({ inputs }: ReadNode, line: Line): void {
    const data = this.#constant(inputs[1] ?? "")?.data;
    const from = this.#widths.get(inputs[0] ?? "") ?? [];
    // An axis of 0 is copied from the input.
    const target = data instanceof Float64Array ? Array.from(data.subarray(1), (axis, k) => (axis === 0 ? from[k] : axis)) : [];
    const size = sizeOf(from);
    const known = -sizeOf(target);
    const shape = target.map((axis) => (axis === -1 ? size / known : axis));
    line(shape.length <= 1 ? "flatten" : `reshape ${shape.join("x")}`, [], shape.length <= 1 ? [size] : shape);
  }

  #batchNorm(node: ReadNode, line: Line): void {
    line(
      `batch_norm momentum=${floatIn(node, "momentum", 0.9)} epsilon=${floatIn(node, "epsilon", 1e-5)}`,
      this.#weights(node, ["gamma", "beta", "moving_mean", "moving_variance"]),
    );
  }

  /** The shift is optional. */
  #layerNorm(node: ReadNode, line: Line): void {
    const gamma = this.#weights(node, ["gamma"]);
    const beta = node.inputs[2]
      ? this.#weights(node, ["gamma", "beta"]).slice(1)
      : gamma.map(({ shape }): ImportedWeight => ({ name: "beta", shape, numbers: () => new Float32Array(sizeOf(shape)) }));
    line(`layer_norm epsilon=${floatIn(node, "epsilon", 1e-5)}`, [...gamma, ...beta]);
  }

  /** Returns the constants that follow an operator's first input. */
  #weights({ inputs, type }: ReadNode, names: readonly ParameterName[]): ImportedWeight[] {
    return names.map((name, k) => {
      const constant = this.#constant(inputs[k + 1] ?? "");
      if (!constant || constant.isText) throw new ExchangeProblem(`its operator ${type} has no constant ${name}`);
      return { name, shape: constant.dims, numbers: () => Float32Array.from(numbersOf(constant)) };
    });
  }
}

/** Returns whether a constant is one number for each unit, or one for all. */
const isBias = ({ dims, isText }: ReadTensor, units: number): boolean =>
  !isText && (sizeOf(dims) === 1 || (sizeOf(dims) === units && dims.at(-1) === units));

const numbersOf = ({ data }: ReadTensor): Float64Array => (data instanceof Float64Array ? data : new Float64Array());

function spread(constant: ReadTensor, units: number): Float32Array {
  const data = numbersOf(constant);
  return Float32Array.from({ length: units }, (_, k) => data[data.length === 1 ? 0 : k]);
}
