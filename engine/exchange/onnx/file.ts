/** Writes a model as an ONNX file. Operators are named `LAYER/Operator`, so that viewers show the layers' names. */

import { lastAxis, sizeOf } from "../../catalog/shapes.ts";
import type { FeatureFit, TargetFit } from "../../data/fit.ts";
import { classLabels, formOf } from "../../data/fit.ts";
import type { Scaler } from "../../data/scaling.ts";
import { trainedMetadata } from "../../files/trainedWith.ts";
import { isInput } from "../../layerTraits.ts";
import type { OutputPlan, PlannedKind, PlannedLayer } from "../../plan.ts";
import { encodingNotes } from "../keras/file.ts";
import { type Exported, roundingNotes, type TrainedModel, weightsOf } from "../model.ts";
import { uniqueName } from "../names.ts";
import { type Building, ONNX_LAYERS, type Value } from "./operators.ts";
import { ELEMENT, type OnnxNode, type OnnxTensor, type OnnxValue, onnxFrom } from "./write.ts";

export interface OnnxOptions {
  /** Whether inputs and outputs are in the data's own units: scaling is part of the graph, and classes have names. */
  readonly ownUnits: boolean;
  /** Backprop's version. */
  readonly version: string;
}

/** The prefix of the metadata keys of files/trainedWith.ts. */
export const OWN_KEY = "backprop.";

/** The maximum size of a protocol buffer. */
const MOST_BYTES = 2 ** 31 - 1;

export function onnxFile(model: TrainedModel, { ownUnits, version }: OnnxOptions): Exported {
  const { plan, fit } = model;
  const graph = new Graph();
  const values = new Map<string, Value>();
  for (const layer of plan.network.layers) {
    const name = isInput(layer) ? graph.input(layer, ownUnits, fit.features) : graph.layer(layer, inputsOf(layer, values), model);
    values.set(layer.id, { name, shape: layer.output });
  }
  for (const [k, id] of plan.network.outputs.entries()) {
    const value = values.get(id);
    const output = plan.training.outputs.find(({ layer }) => layer === id);
    if (value) graph.output(id, value, ownUnits ? fit.targets[k] : undefined, output && classesOf(model, output, fit.targets[k]));
  }
  const bytes = onnxFrom({
    producer: "Backprop",
    version,
    graph: { name: plan.network.name, ...graph },
    metadata: Object.fromEntries(Object.entries(trainedMetadata(model)).map(([key, value]) => [`${OWN_KEY}${key}`, value])),
  });
  if (bytes.length > MOST_BYTES) throw new Error("An ONNX file can't have more than 2 GB; export safetensors instead");
  return { bytes, renamed: [], notes: onnxNotes(model, ownUnits) };
}

const inputsOf = ({ inputs }: PlannedLayer, values: ReadonlyMap<string, Value>): Value[] => inputs.flatMap((id) => values.get(id) ?? []);

/** The class names of an output with one class per row, and the number above which a single unit means the second class. */
interface Classes {
  readonly labels: readonly string[];
  readonly boundary: number;
}

/** Returns undefined for an output of numbers, of several classes per row or of several yes-or-no answers. */
function classesOf({ plan }: TrainedModel, output: OutputPlan, target: TargetFit | undefined): Classes | undefined {
  if (output.target === "features") return undefined;
  const form = formOf(plan, output);
  const shape = plan.network.layers.find(({ id }) => id === output.layer)?.output ?? [];
  const width = sizeOf(shape);
  const isOne = form === "class_index" || form === "one_hot" ? width === lastAxis(shape) : width === 1 || Boolean(target?.classes);
  if (form === "number" || !isOne) return undefined;
  return { labels: classLabels(target, form, Math.max(2, width)), boundary: form === "sign" ? 0 : 0.5 };
}

class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  readonly #taken = new Set<string>();

  /** Adds an input. In the data's own units, the graph scales it by the fit. Returns the name of the value for the layers. */
  input({ id, output, columns }: Extract<PlannedLayer, { kind: "input" }>, ownUnits: boolean, features: readonly FeatureFit[]): string {
    const scalers = ownUnits ? scalersOf(columns, features) : [];
    const name = this.#name(scalers.length > 0 ? `${id}_raw` : id);
    this.inputs.push({ name, element: ELEMENT.float, axes: output });
    if (scalers.length === 0) return name;
    const build = this.#building(id);
    const [offset, factor] = constantsOf(scalers, build);
    return build.op("Div", [build.op("Sub", [name, offset]), factor]);
  }

  layer(layer: Exclude<PlannedLayer, { kind: "input" }>, inputs: readonly Value[], model: TrainedModel): string {
    const add = ONNX_LAYERS[layer.kind] as (own: PlannedLayer, ...given: readonly unknown[]) => string;
    return add(layer, inputs, weightsOf(model, layer), this.#building(layer.id));
  }

  /** Adds an output with the layer's name in the target's own units, and the class of each row: its index and its name. */
  output(id: string, { name, shape }: Value, target: TargetFit | undefined, classes: Classes | undefined): void {
    const build = this.#building(id);
    const { op, floats, integers } = build;
    const scalers = target?.scalers ?? [];
    let own = name;
    if (!classes && isScaled(scalers)) {
      const [offset, factor] = constantsOf(scalers, build);
      own = op("Add", [op("Mul", [name, factor]), offset]);
    }
    this.#named("Identity", own, this.#name(id), id, { element: ELEMENT.float, axes: shape });
    if (!target || !classes) return;
    const index =
      shape[0] === 1
        ? op("Squeeze", [
            op("Cast", [op("Greater", [name, floats("boundary", [classes.boundary])])], { to: { int: ELEMENT.int64 } }),
            integers("axes", [1]),
          ])
        : op("ArgMax", [name], { axis: { int: -1 }, keepdims: { int: 0 } });
    this.#named("Identity", index, this.#name(`${id}_class`), id, { element: ELEMENT.int64, axes: [] });
    const labels = this.#constant(`${id}/labels`, [classes.labels.length], classes.labels);
    const label = this.#name(`${id}_label`);
    this.nodes.push({ name: this.#name(`${id}/Gather`), type: "Gather", inputs: [labels, index], outputs: [label], attributes: {} });
    this.outputs.push({ name: label, element: ELEMENT.string, axes: [] });
  }

  #named(type: string, from: string, name: string, id: string, { element, axes }: Omit<OnnxValue, "name">): void {
    this.nodes.push({ name: this.#name(`${id}/${type}`), type, inputs: [from], outputs: [name], attributes: {} });
    this.outputs.push({ name, element, axes });
  }

  #building(id: string): Building {
    return {
      op: (type, inputs, attributes = {}) => {
        const name = this.#name(`${id}/${type}`);
        this.nodes.push({ name, type, inputs, outputs: [`${name}:0`], attributes });
        return `${name}:0`;
      },
      floats: (name, values, dims = [values.length]) => this.#constant(`${id}/${name}`, dims, Float32Array.from(values)),
      integers: (name, values) => this.#constant(`${id}/${name}`, [values.length], BigInt64Array.from(values, BigInt)),
    };
  }

  #constant(wanted: string, dims: readonly number[], data: OnnxTensor["data"]): string {
    const name = this.#name(wanted);
    this.initializers.push({ name, dims, data });
    return name;
  }

  /** Returns the name, with a number appended if another part of the graph uses it. */
  #name(wanted: string): string {
    return uniqueName(wanted, this.#taken);
  }
}

const constantsOf = (scalers: readonly Scaler[], { floats }: Building): readonly [offset: string, factor: string] => [
  floats(
    "offset",
    scalers.map(({ offset }) => offset),
  ),
  floats(
    "factor",
    scalers.map(({ factor }) => factor),
  ),
];

/** Returns the scaler of each number of an input, or a single scaler for all pixels; an empty list if nothing is scaled. */
export function scalersOf(columns: readonly string[] | null, features: readonly FeatureFit[]): readonly Scaler[] {
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const read = columns ? columns.flatMap((name) => byName.get(name) ?? []) : features;
  const scalers = read.flatMap(({ name, width, scaler }) => Array.from({ length: name === null ? 1 : width }, () => scaler));
  return isScaled(scalers) ? scalers : [];
}

const isScaled = (scalers: readonly Scaler[]): boolean => scalers.some(({ offset, factor }) => offset !== 0 || factor !== 1);

function onnxNotes(model: TrainedModel, ownUnits: boolean): string[] {
  const kinds = new Set<PlannedKind>(model.plan.network.layers.map(({ kind }) => kind));
  const words = model.fit.features.filter(({ words: list }) => list !== null).map(({ name }) => name);
  const own = words.length > 0 ? [`The words of ${words.join(", ")} are one input each, 0 or 1.`] : [];
  return [
    ...(ownUnits ? own : encodingNotes(model, `the metadata ${OWN_KEY}fit`)),
    ...roundingNotes(model),
    ...(kinds.has("dropout") || kinds.has("gaussian_noise") ? ["Dropout and noise do nothing in a prediction, so they are left out."] : []),
    "ONNX is for predictions: the loss, the optimizer and the training are not carried over.",
  ];
}
