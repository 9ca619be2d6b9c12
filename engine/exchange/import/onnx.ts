/** Reads feed-forward networks from ONNX files. Files written by Backprop contain the plan in their metadata. */
import type { ParameterName } from "../../catalog/parameters.ts";
import { rounded } from "../../numberText.ts";
import type { NetworkPlan } from "../../plan.ts";
import { OWN_KEY } from "../onnx/file.ts";
import { type ReadModel, type ReadNode, type ReadTensor, readOnnx } from "../onnx/read.ts";
import { ExchangeProblem } from "../problem.ts";
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
  ["Softmax", () => "softmax"],
  ["LeakyRelu", (node) => `leaky_relu(negative_slope=${floatIn(node, "alpha", 0.01)})`],
  ["Elu", (node) => `elu(alpha=${floatIn(node, "alpha", 1)})`],
  ["Selu", () => "selu"],
  ["Gelu", () => "gelu"],
  ["HardSwish", () => "hard_swish"],
  ["Softplus", () => "softplus"],
  ["Softsign", () => "softsign"],
  ["Exp", () => "exponential"],
  ["Sign", () => "sign"],
]);
const JOINING: ReadonlyMap<string, string> = new Map(
  Object.entries({ Add: "add", Sub: "subtract", Mul: "multiply", Mean: "average", Max: "maximum", Min: "minimum", Concat: "concat" }),
);
/** Operators that do not change a prediction. */
const PASSING = ["Identity", "Dropout", "Cast"];

function floatIn({ attributes }: ReadNode, name: string, fallback: number): number {
  const value = attributes.get(name)?.float ?? fallback;
  // Float32 digits such as 0.009999999776 represent a shorter number.
  return Number.isFinite(value) ? rounded(Math.fround(value), 7) : fallback;
}

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
    let free = layer.name;
    for (let k = 2; this.#names.has(free); k++) free = `${layer.name}_${k}`;
    this.#names.add(free);
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
    const [shape = []] = dynamic.map((name) => this.#widths.get(name) ?? []);
    const name = (node.name || type.toLowerCase()).split("/")[0] || type.toLowerCase();
    const line = (words: string, weights: readonly ImportedWeight[] = [], own: readonly number[] = shape): void =>
      this.#add({ name, words, inputs: sources, weights }, value, own);
    const activation = ACTIVATIONS.get(type);
    const joining = JOINING.get(type);
    if (PASSING.includes(type) && dynamic[0] !== undefined) this.#pass(dynamic[0], value);
    else if (type === "Gemm" || type === "MatMul") this.#dense(node, line, () => this.#unknown(name, type, sources, value, shape));
    else if (type === "Add" && sources.length === 1 && this.#bias(node, dynamic[0] ?? "", value)) return;
    else if (activation) line(activation(node));
    else if (type === "Flatten") line("flatten", [], [shape.reduce((product, axis) => product * axis, 1)]);
    else if (type === "Reshape") this.#reshape(node, line);
    else if (type === "BatchNormalization" && shape.length === 1) this.#batchNorm(node, line);
    else if (joining && sources.length > 1)
      line(
        joining,
        [],
        type === "Concat" ? [...shape.slice(0, -1), dynamic.reduce((sum, one) => sum + (this.#widths.get(one)?.at(-1) ?? 0), 0)] : shape,
      );
    else this.#unknown(name, type, sources, value, shape);
  }

  #pass(from: string, value: string): void {
    this.#layerOf.set(value, this.#layerOf.get(from) ?? from);
    this.#widths.set(value, this.#widths.get(from) ?? []);
  }

  #unknown(name: string, what: string, inputs: readonly string[], value: string, shape: readonly number[]): void {
    this.#parts.push({ name, what: `the operator ${what}`, inputs });
    this.#layerOf.set(value, inputs[0] ?? name);
    this.#widths.set(value, shape);
  }

  #dense(
    { inputs, attributes }: ReadNode,
    line: (words: string, weights: readonly ImportedWeight[], shape: readonly number[]) => void,
    refuse: () => void,
  ): void {
    const [kernel, bias] = [this.#constant(inputs[1] ?? ""), this.#constant(inputs[2] ?? "")];
    const isPlain =
      ["alpha", "beta"].every((name) => (attributes.get(name)?.float ?? 1) === 1) && (attributes.get("transA")?.int ?? 0) === 0;
    if (kernel?.dims.length !== 2 || kernel.isText || !isPlain || (inputs.length > 2 && !bias)) {
      refuse();
      return;
    }
    const isTransposed = (attributes.get("transB")?.int ?? 0) === 1;
    const [rows, columns] = kernel.dims;
    const [width, units] = isTransposed ? [columns, rows] : [rows, columns];
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
    if (!constant || constant.isText || !last || !("words" in last) || last.name !== this.#layerOf.get(from)) return false;
    const size = constant.dims.reduce((product, axis) => product * axis, 1);
    if (!last.words.endsWith(" bias=false") || (size !== units && size !== 1)) return false;
    const bias: ImportedWeight = { name: "bias", shape: [units], numbers: () => spread(constant, units) };
    this.#parts[this.#parts.length - 1] = { ...last, words: last.words.replace(" bias=false", ""), weights: [...last.weights, bias] };
    this.#pass(from, value);
    return true;
  }

  #reshape({ inputs }: ReadNode, line: (words: string, weights: readonly ImportedWeight[], shape: readonly number[]) => void): void {
    const data = this.#constant(inputs[1] ?? "")?.data;
    const target = data instanceof Float64Array ? [...data].slice(1) : [];
    const size = (this.#widths.get(inputs[0] ?? "") ?? []).reduce((product, axis) => product * axis, 1);
    const known = -target.reduce((product, axis) => product * axis, 1);
    const shape = target.map((axis) => (axis === -1 ? size / known : axis));
    line(shape.length <= 1 ? "flatten" : `reshape ${shape.join("x")}`, [], shape.length <= 1 ? [size] : shape);
  }

  #batchNorm(node: ReadNode, line: (words: string, weights: readonly ImportedWeight[]) => void): void {
    const names = ["gamma", "beta", "moving_mean", "moving_variance"] as const;
    const weights = names.map((name, k): ImportedWeight => {
      const constant = this.#constant(node.inputs[k + 1] ?? "");
      if (!constant || constant.isText) throw new ExchangeProblem("its batch normalization has no constants");
      return { name, shape: constant.dims, numbers: () => Float32Array.from(numbersOf(constant)) };
    });
    line(`batch_norm momentum=${floatIn(node, "momentum", 0.9)} epsilon=${floatIn(node, "epsilon", 1e-5)}`, weights);
  }
}

const numbersOf = ({ data }: ReadTensor): Float64Array => (data instanceof Float64Array ? data : new Float64Array());

function spread(constant: ReadTensor, units: number): Float32Array {
  const data = numbersOf(constant);
  return Float32Array.from({ length: units }, (_, k) => data[data.length === 1 ? 0 : k]);
}
