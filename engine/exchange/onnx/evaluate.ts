/** Computes an ONNX graph in float64, with the operators that `operators.ts` writes. It serves to compare an export with the engine. */
import { erf } from "../../catalog/special.ts";
import { ExchangeProblem } from "../problem.ts";
import type { ReadModel, ReadNode } from "./read.ts";

export interface Computed {
  readonly shape: readonly number[];
  readonly data: Float64Array | readonly string[];
}

interface Numbers extends Computed {
  readonly data: Float64Array;
}

/** Returns the outputs by name. `inputs` include the batch axis. Throws `ExchangeProblem` for an unknown operator. */
export function evaluateOnnx(
  { nodes, initializers, outputs }: ReadModel,
  inputs: ReadonlyMap<string, Numbers>,
): ReadonlyMap<string, Computed> {
  const values = new Map<string, Computed>(inputs);
  for (const [name, { dims, data }] of initializers) values.set(name, { shape: dims, data });
  const of = (name: string): Computed => {
    const value = values.get(name);
    if (!value) throw new ExchangeProblem(`its value ${name} is read before it is computed`);
    return value;
  };
  for (const node of nodes) values.set(node.outputs[0] ?? "", compute(node, node.inputs.map(of)));
  return new Map(outputs.map(({ name }) => [name, of(name)]));
}

const ELEMENTWISE: ReadonlyMap<string, (x: number, node: ReadNode) => number> = new Map<string, (x: number, node: ReadNode) => number>([
  ["Relu", (x) => Math.max(0, x)],
  ["Tanh", Math.tanh],
  ["Sigmoid", (x) => 1 / (1 + Math.exp(-x))],
  ["Softplus", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  ["Softsign", (x) => x / (1 + Math.abs(x))],
  ["Erf", erf],
  ["Exp", Math.exp],
  ["Neg", (x) => -x],
  ["Sign", (x) => (x === 0 ? 0 : Math.sign(x))],
  ["HardSwish", (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))],
  ["LeakyRelu", (x, node) => (x < 0 ? floatOf(node, "alpha", 0.01) * x : x)],
  ["Elu", (x, node) => (x < 0 ? floatOf(node, "alpha", 1) * Math.expm1(x) : x)],
  ["Selu", (x, node) => floatOf(node, "gamma", 1.0507) * (x > 0 ? x : floatOf(node, "alpha", 1.67326) * Math.expm1(x))],
  ["HardSigmoid", (x, node) => Math.max(0, Math.min(1, floatOf(node, "alpha", 0.2) * x + floatOf(node, "beta", 0.5)))],
]);

const PAIRWISE: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ["Add", (a, b) => a + b],
  ["Sub", (a, b) => a - b],
  ["Mul", (a, b) => a * b],
  ["Div", (a, b) => a / b],
  ["Max", Math.max],
  ["Min", Math.min],
  ["PRelu", (a, b) => (a < 0 ? a * b : a)],
  ["Greater", (a, b) => Number(a > b)],
  ["GreaterOrEqual", (a, b) => Number(a >= b)],
]);

const floatOf = ({ attributes }: ReadNode, name: string, fallback: number): number => attributes.get(name)?.float ?? fallback;

function compute(node: ReadNode, inputs: readonly Computed[]): Computed {
  const own = ELEMENTWISE.get(node.type);
  if (own) {
    const x = numbersOf(inputs[0]);
    return { shape: x.shape, data: x.data.map((value) => own(value, node)) };
  }
  const pair = PAIRWISE.get(node.type);
  if (pair) return inputs.slice(1).reduce<Numbers>((a, b) => broadcast(a, numbersOf(b), pair), numbersOf(inputs[0]));
  const other = OTHERS.get(node.type);
  if (!other) throw new ExchangeProblem(`its operator ${node.type} is not known`);
  return other(inputs, node);
}

function numbersOf(value: Computed | undefined): Numbers {
  if (!(value?.data instanceof Float64Array)) throw new ExchangeProblem("an operator has no number where it needs one");
  return value as Numbers;
}

const OTHERS: ReadonlyMap<string, (inputs: readonly Computed[], node: ReadNode) => Computed> = new Map<
  string,
  (inputs: readonly Computed[], node: ReadNode) => Computed
>([
  ["Identity", ([x]) => numbersOf(x)],
  // Booleans are already 0 or 1 here.
  ["Cast", ([x]) => numbersOf(x)],
  ["Gemm", ([x, kernel, bias]) => gemm(numbersOf(x), numbersOf(kernel), bias && numbersOf(bias))],
  ["Softmax", ([x]) => eachRow(numbersOf(x), softmax)],
  [
    "LayerNormalization",
    ([x, gamma, beta], node) =>
      eachRow(numbersOf(x), layerNorm(numbersOf(gamma).data, numbersOf(beta).data, floatOf(node, "epsilon", 1e-5))),
  ],
  [
    "Clip",
    ([x, low, high]) => ({
      shape: numbersOf(x).shape,
      data: numbersOf(x).data.map((value) => Math.min(Math.max(value, numbersOf(low).data[0]), numbersOf(high).data[0])),
    }),
  ],
  [
    "Reshape",
    ([x, shape]) => ({
      shape: Array.from(numbersOf(shape).data, (axis, k) => (axis === 0 ? numbersOf(x).shape[k] : axis)),
      data: numbersOf(x).data,
    }),
  ],
  ["Concat", (all) => concat(all.map(numbersOf))],
  [
    "Mean",
    (all) => {
      const sum = all.slice(1).reduce<Numbers>((a, b) => broadcast(a, numbersOf(b), (x, y) => x + y), numbersOf(all[0]));
      return { shape: sum.shape, data: sum.data.map((value) => value / all.length) };
    },
  ],
  [
    "ArgMax",
    ([x]) => ({
      shape: numbersOf(x).shape.slice(0, -1),
      data: Float64Array.from(rowsOf(numbersOf(x)), (row) => row.indexOf(largestOf(row))),
    }),
  ],
  ["Squeeze", ([x]) => ({ shape: numbersOf(x).shape.slice(0, 1), data: numbersOf(x).data })],
  [
    "Gather",
    ([texts, index]) => ({ shape: numbersOf(index).shape, data: Array.from(numbersOf(index).data, (k) => String(texts?.data[k])) }),
  ],
]);

/** Returns numbers of the broadcast shape. Shapes are aligned at their last axes, and an axis of size 1 is repeated. */
function broadcast(a: Numbers, b: Numbers, of: (a: number, b: number) => number): Numbers {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = ({ shape }: Numbers): number[] => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  const shape = left.map((axis, k) => Math.max(axis, right[k]));
  if (shape.some((axis, k) => (left[k] !== axis && left[k] !== 1) || (right[k] !== axis && right[k] !== 1)))
    throw new ExchangeProblem(`the shapes ${a.shape.join("x")} and ${b.shape.join("x")} do not fit together`);
  const count = shape.reduce((product, axis) => product * axis, 1);
  const at = (index: number, own: readonly number[]): number => {
    let place = 0;
    let step = 1;
    for (let k = rank - 1, rest = index; k >= 0; rest = Math.floor(rest / shape[k]), k--) {
      if (own[k] > 1) place += (rest % shape[k]) * step;
      step *= own[k];
    }
    return place;
  };
  return { shape, data: Float64Array.from({ length: count }, (_, k) => of(a.data[at(k, left)], b.data[at(k, right)])) };
}

function gemm(x: Numbers, kernel: Numbers, bias: Numbers | undefined): Numbers {
  const [rows, inputs] = x.shape;
  const units = kernel.shape[1];
  const data = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++)
    for (let unit = 0; unit < units; unit++) {
      let sum = bias?.data[unit] ?? 0;
      for (let i = 0; i < inputs; i++) sum += x.data[row * inputs + i] * kernel.data[i * units + unit];
      data[row * units + unit] = sum;
    }
  return { shape: [rows, units], data };
}

function* rowsOf({ shape, data }: Numbers): Generator<Float64Array> {
  const width = shape.at(-1) ?? 1;
  for (let from = 0; from < data.length; from += width) yield data.subarray(from, from + width);
}

function eachRow(x: Numbers, of: (row: Float64Array) => Float64Array): Numbers {
  const data = new Float64Array(x.data.length);
  let at = 0;
  for (const row of rowsOf(x)) {
    data.set(of(row), at);
    at += row.length;
  }
  return { shape: x.shape, data };
}

/** A row may be longer than the longest list of arguments. */
const largestOf = (row: Float64Array): number => row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

function softmax(row: Float64Array): Float64Array {
  const most = largestOf(row);
  const powers = row.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

const layerNorm =
  (gamma: Float64Array, beta: Float64Array, epsilon: number) =>
  (row: Float64Array): Float64Array => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value, k) => (gamma[k] * (value - mean)) / Math.sqrt(variance + epsilon) + beta[k]);
  };

function concat(all: readonly Numbers[]): Numbers {
  const leading = all[0]?.shape.slice(0, -1) ?? [];
  const widths = all.map(({ shape }) => shape.at(-1) ?? 1);
  const width = widths.reduce((sum, own) => sum + own, 0);
  const rows = leading.reduce((product, axis) => product * axis, 1);
  const data = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    for (const [k, { data: own }] of all.entries()) {
      data.set(own.subarray(row * widths[k], (row + 1) * widths[k]), at);
      at += widths[k];
    }
  }
  return { shape: [...leading, width], data };
}
