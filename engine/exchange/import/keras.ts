/** Reads Keras models: `.keras` files and the older `.h5` files. Their configuration is treated as data and never executed. */
import type { ParameterName } from "../../catalog/parameters.ts";
import type { Shape } from "../../catalog/shapes.ts";
import type { NamedTensor } from "../../files/safetensors.ts";
import { utf8TextFrom } from "../../host.ts";
import type { NetworkPlan } from "../../plan.ts";
import { datasetsIn, type Hdf5Dataset, type Hdf5Group, openHdf5 } from "../hdf5/read.ts";
import { OWN_ENTRY } from "../keras/file.ts";
import { isAllowedName } from "../keras/layers.ts";
import { kerasOrder, variableGroups } from "../keras/order.ts";
import { safeNames, uniqueName } from "../names.ts";
import { countOf, ExchangeProblem } from "../problem.ts";
import { unzipped } from "../zip.ts";
import type { Imported, ImportedPart, ImportedWeight } from "./imported.ts";
import { type Config, isObject, type KerasLine, kerasLine } from "./kerasLayers.ts";

const ENTRIES = ["config.json", "model.weights.h5", OWN_ENTRY];
const MOST_LAYERS = 10_000;

interface Archive {
  readonly config: unknown;
  readonly weights: Hdf5Group;
  /** The entry that Backprop adds to its own files. */
  readonly own: Uint8Array | undefined;
}

function openArchive(bytes: Uint8Array): Archive {
  const entries = unzipped(bytes, (name) => ENTRIES.includes(name));
  const config = entries.get("config.json");
  const weights = entries.get("model.weights.h5");
  if (!config || !weights) throw new ExchangeProblem("it has no config.json and model.weights.h5, so it is not a Keras model");
  return { config: jsonOf(config), weights: openHdf5(weights), own: entries.get(OWN_ENTRY) };
}

/** Reads a `.keras` file. Throws `ExchangeProblem`. */
export function kerasArchive(bytes: Uint8Array): Imported {
  const { config, weights, own } = openArchive(bytes);
  const graph = graphOf(config);
  const groups = archiveGroups(weights, graph);
  return imported(graph, (layer) => numberedVariables(groups.get(layer.name), layer.line), own && textsOf(jsonOf(own)));
}

/**
 * Returns the datasets of a `.keras` file as `LAYER/kernel`, or as `LAYER/0` for a class that the language lacks. If the layers are code, the
 * datasets have their paths as names.
 */
export function kerasArchiveTensors(bytes: Uint8Array): ReadonlyMap<string, Hdf5Dataset> {
  const { config, weights } = openArchive(bytes);
  let graph: Graph;
  try {
    graph = graphOf(config);
  } catch (error) {
    if (error instanceof ExchangeProblem) return datasetsIn(weights);
    throw error;
  }
  const groups = archiveGroups(weights, graph);
  return new Map(
    graph.nodes.flatMap((node) => {
      const group = groups.get(node.name);
      const line = kerasLine(node.className, node.config, []);
      const names = typeof line === "string" ? [] : line.variables;
      return [...(group ? datasetsIn(group) : [])].map(([path, dataset]): [string, Hdf5Dataset] => {
        const own = path.replace(/^vars\//, "");
        return [`${node.name}/${names[Number(own)] ?? own}`, dataset];
      });
    }),
  );
}

/** Reads an `.h5` file of Keras 2 or 3. Throws `ExchangeProblem`. */
export function kerasLegacy(bytes: Uint8Array): Imported {
  const root = openHdf5(bytes);
  const config = root.attributes.get("model_config")?.[0];
  if (config === undefined)
    throw new ExchangeProblem("it has no model_config, so it holds weights without their layers; export the whole model");
  const weights = root.member("model_weights");
  const graph = graphOf(parsed(config));
  return imported(graph, (layer) => (weights?.kind === "group" ? namedVariables(weights, layer.name, layer.line) : new Map()), undefined);
}

/** A Keras layer before it is converted to a line. */
interface Node {
  readonly name: string;
  readonly className: string;
  /** Whether this is a layer, which counts in its variables' path, rather than an operation. */
  readonly isLayer: boolean;
  readonly config: Config;
  readonly reads: readonly string[];
}

interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExchangeProblem("its configuration is not JSON, so it is damaged");
  }
}

const jsonOf = (bytes: Uint8Array): unknown => parsed(utf8TextFrom(bytes) ?? "");

/** Returns the text values of an object. */
const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

function graphOf(model: unknown): Graph {
  const [className, config] = isObject(model) ? [model["class_name"], model["config"]] : [];
  if (!isObject(config) || !Array.isArray(config["layers"]))
    throw new ExchangeProblem(
      `its model is of the class ${String(className)}, whose layers are code; export a Sequential or functional model`,
    );
  if (config["layers"].length > MOST_LAYERS) throw new ExchangeProblem(`it has more than ${MOST_LAYERS} layers`);
  const layers = config["layers"].filter(isObject);
  const name = typeof config["name"] === "string" ? config["name"] : "Imported";
  if (className === "Sequential") return sequential(name, layers, config["build_input_shape"]);
  const nodes = layers.map(nodeOf);
  return { name, nodes: sorted(nodes), inputs: endsOf(config["input_layers"]), outputs: endsOf(config["output_layers"]) };
}

const nodeOf = (layer: Config): Node => {
  const config = isObject(layer["config"]) ? layer["config"] : {};
  const name = [layer["name"], config["name"]].find((one) => typeof one === "string") ?? "layer";
  const nodes = Array.isArray(layer["inbound_nodes"]) ? layer["inbound_nodes"] : [];
  if (nodes.length > 1) throw new ExchangeProblem(`its layer ${name} is used ${nodes.length} times, and layers can't be shared here`);
  const reads = historiesIn(nodes[0]);
  const args = isObject(nodes[0]) && Array.isArray(nodes[0]["args"]) ? nodes[0]["args"] : [];
  return {
    name,
    className: String(layer["class_name"]),
    isLayer: !String(layer["module"] ?? "").startsWith("keras.src.ops"),
    config: { ...config, number: args.find((one) => typeof one === "number") },
    reads,
  };
};

/** Returns the names of the layers whose outputs appear in a node's arguments, in either form: `keras_history`, or the lists of Keras 2. */
function historiesIn(value: unknown, depth = 0): string[] {
  if (depth > 16) throw new ExchangeProblem("its layers' inputs are nested too deeply");
  if (Array.isArray(value)) {
    const [first, second] = value;
    if (typeof first === "string" && typeof second === "number") return [first];
    return value.flatMap((one) => historiesIn(one, depth + 1));
  }
  if (!isObject(value)) return [];
  const config = isObject(value["config"]) ? value["config"] : {};
  if (value["class_name"] === "__keras_tensor__") return historiesIn(config["keras_history"], depth + 1);
  return "args" in value ? historiesIn(value["args"], depth + 1) : [];
}

/** Returns the names in `[["x", 0, 0], …]` or `["x", 0, 0]`. */
const endsOf = (value: unknown): string[] => historiesIn(value);

/** Returns the layers in topological order. Throws `ExchangeProblem` if they form a cycle. */
function sorted(nodes: readonly Node[]): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const result: Node[] = [];
  let waiting = [...nodes];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ reads }) => reads.every((name) => done.has(name) || !byName.has(name)));
    if (ready.length === 0) throw new ExchangeProblem("its layers read each other in a circle");
    for (const node of ready) done.add(node.name);
    result.push(...ready);
    const next = new Set(ready);
    waiting = waiting.filter((node) => !next.has(node));
  }
  return result;
}

function sequential(name: string, layers: readonly Config[], built: unknown): Graph {
  const nodes = layers.map(nodeOf);
  const [first] = nodes;
  if (!first) throw new ExchangeProblem("its model has no layers");
  const shape = first.config["batch_shape"] ?? first.config["batch_input_shape"] ?? built;
  const all =
    first.className === "InputLayer"
      ? nodes
      : [
          {
            name: uniqueName("input", new Set(nodes.map((node) => node.name))),
            className: "InputLayer",
            isLayer: true,
            config: { batch_shape: shape },
            reads: [],
          },
          ...nodes,
        ];
  const chained = all.map((node, k) => ({ ...node, reads: k === 0 ? [] : [all[k - 1]?.name ?? ""] }));
  return { name, nodes: chained, inputs: [chained[0]?.name ?? ""], outputs: [chained.at(-1)?.name ?? ""] };
}

type Variables = ReadonlyMap<ParameterName, Hdf5Dataset>;

/** Returns the parts of the network with the shapes that follow from the inputs. `variables` returns those of a layer. */
function imported(
  graph: Graph,
  variables: (layer: { readonly name: string; readonly line: KerasLine }) => Variables,
  saved: Imported["saved"],
): Imported {
  const shapes = new Map<string, Shape>();
  const instead = new Map<string, string>();
  const read = (name: string): string => instead.get(name) ?? name;
  const parts: ImportedPart[] = [];
  for (const { name, className, config, reads } of graph.nodes) {
    const inputs = reads.map(read);
    const inputShapes = inputs.map((one) => shapes.get(one) ?? []);
    if (className === "InputLayer") {
      const shape = batchShape(config);
      shapes.set(name, shape);
      parts.push({ name, words: `input ${shape.join("x")}`, inputs: [], weights: [] });
      continue;
    }
    const line = kerasLine(className, config, inputShapes);
    const shape = typeof line === "string" ? (inputShapes[0] ?? []) : shapeAfter(className, config, inputShapes);
    countOf(shape, `the output of its layer ${name}`);
    shapes.set(name, shape);
    if (typeof line === "string") parts.push({ name, what: line, inputs });
    else if (line.passesOn) instead.set(name, inputs[0] ?? name);
    else parts.push({ name, words: line.words, inputs, weights: weightsOf(name, line, variables({ name, line }), shape) });
  }
  return { kind: "a Keras model", name: graph.name, parts, outputs: graph.outputs.map(read), saved, notes: [] };
}

function batchShape(config: Config): Shape {
  const shape = config["batch_shape"] ?? config["batch_input_shape"];
  const axes: unknown[] = Array.isArray(shape) ? shape.slice(1) : [];
  if (axes.length === 0 || !axes.every((axis): axis is number => typeof axis === "number" && Number.isInteger(axis) && axis > 0))
    throw new ExchangeProblem("its input has no fixed shape");
  countOf(axes, "its input");
  return axes;
}

function shapeAfter(className: string, config: Config, [first = [], ...others]: readonly Shape[]): Shape {
  switch (className) {
    case "Dense":
      return [Number(config["units"])];
    case "Flatten":
      return [first.reduce((product, axis) => product * axis, 1)];
    case "Reshape": {
      const target = (config["target_shape"] as readonly number[]).map(Number);
      const known = -target.reduce((product, axis) => product * axis, 1);
      return target.map((axis) => (axis === -1 ? first.reduce((product, own) => product * own, 1) / known : axis));
    }
    case "Concatenate":
      return [...first.slice(0, -1), [first, ...others].reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)];
    default:
      return first;
  }
}

function weightsOf(layer: string, line: KerasLine, variables: Variables, output: Shape): ImportedWeight[] {
  const stored = line.variables.flatMap((name): ImportedWeight[] => {
    const dataset = name === null ? undefined : variables.get(name);
    if (name === null) return [];
    if (!dataset) throw new ExchangeProblem(`it has no ${name} of its layer ${layer}`);
    // Keras' normalization may have leading axes of size 1.
    const shape = name === "mean" || name === "variance" ? dataset.shape.slice(-1) : dataset.shape;
    return [{ name, shape, numbers: dataset.numbers }];
  });
  const width = output.at(-1) ?? 1;
  const given = Object.entries(line.given ?? {}) as [ParameterName, readonly number[]][];
  const constants = Object.entries(line.constant ?? {}) as [ParameterName, number][];
  return [
    ...stored,
    ...given.map(([name, own]) => ({
      name,
      shape: [width],
      numbers: () => Float32Array.from({ length: width }, (_, k) => own[k % own.length] ?? 0),
    })),
    ...constants
      .filter(([name]) => !line.variables.includes(name))
      .map(([name, value]) => ({ name, shape: [width], numbers: () => new Float32Array(width).fill(value) })),
  ];
}

/** Returns the groups of variables by layer. A layer's path consists of its class and a number in Keras' order. */
function archiveGroups(root: Hdf5Group, { nodes, inputs, outputs }: Graph): ReadonlyMap<string, Hdf5Group> {
  const layers = root.member("layers") ?? root.member("_layer_checkpoint_dependencies");
  if (layers?.kind !== "group") throw new ExchangeProblem("its weights have no layers, so they are of another version of Keras");
  const ordered = kerasOrder(nodes, inputs, outputs).filter(({ isLayer }) => isLayer);
  return new Map(
    variableGroups(ordered).flatMap(([path, { name }]) => {
      const group = layers.member(path);
      return group?.kind === "group" ? [[name, group] as const] : [];
    }),
  );
}

function numberedVariables(group: Hdf5Group | undefined, { variables }: KerasLine): Variables {
  const vars = group?.member("vars");
  const found = new Map<ParameterName, Hdf5Dataset>();
  for (const [k, name] of variables.entries()) {
    const dataset = vars?.kind === "group" ? vars.member(String(k)) : undefined;
    if (name !== null && dataset?.kind === "dataset") found.set(name, dataset);
  }
  return found;
}

/** Returns a layer's variables by the paths that its group lists, such as `hidden/kernel:0`. A path is never guessed. */
function namedVariables(weights: Hdf5Group, layer: string, { variables }: KerasLine): Variables {
  const group = weights.member(layer);
  const found = new Map<ParameterName, Hdf5Dataset>();
  if (group?.kind !== "group") return found;
  for (const path of namesOf(group)) {
    const name = path.split("/").at(-1)?.replace(/:\d+$/, "") ?? "";
    const dataset = path
      .split("/")
      .reduce<Hdf5Group | Hdf5Dataset | undefined>((own, part) => (own?.kind === "group" ? own.member(part) : undefined), group);
    const known = variables.find((one) => one === name);
    if (known && dataset?.kind === "dataset") found.set(known, dataset);
  }
  return found;
}

/** Returns the list `weight_names`, which Keras splits if it is long. */
function namesOf({ attributes }: Hdf5Group): readonly string[] {
  const whole = attributes.get("weight_names");
  if (whole) return whole;
  const parts: string[] = [];
  for (let k = 0; attributes.has(`weight_names${k}`); k++) parts.push(...(attributes.get(`weight_names${k}`) ?? []));
  return parts;
}

/**
 * Returns the weights of a file that Backprop wrote, by the plan's names. The weights of a layer with a step function are in the layer before the
 * step.
 */
export function kerasWeights({ parts }: Imported, { layers }: NetworkPlan): NamedTensor[] {
  const names = safeNames(
    layers.map(({ id }) => id),
    isAllowedName,
  );
  const byName = new Map(parts.flatMap((part) => ("words" in part ? [[part.name, part]] : [])));
  return layers.flatMap(({ id, parameters }) => {
    const own = byName.get(`${names.of(id)}_sum`) ?? byName.get(names.of(id));
    return parameters.map(({ name, shape }) => {
      const weight = own?.weights.find((one) => one.name === name);
      if (!weight) throw new ExchangeProblem(`it lacks the ${name} of ${id}`);
      return { name: `${id}/${name}`, shape, values: weight.numbers() };
    });
  });
}
