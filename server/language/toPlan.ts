/** From a checked `train` block to the plan that the engine takes, with every default filled in. */
import { activations } from "../../engine/catalog/activations.ts";
import { type Configured, withDefaults } from "../../engine/catalog/index.ts";
import { type ParameterName, sizeOf } from "../../engine/catalog/layers.ts";
import {
  type DataPlan,
  layerKey,
  type NetworkPlan,
  type OutputPlan,
  type ParameterStart,
  type PlannedLayer,
  type SourceMap,
  type TrainingPlan,
} from "../../engine/plan.ts";
import type { ResolvedData } from "./data.ts";
import { featureColumns, featureShape } from "./fit.ts";
import type { ResolvedLayer, ResolvedModel } from "./resolved.ts";
import type { Span } from "./span.ts";
import { type ResolvedTrain, targetsOf } from "./train.ts";

export interface Planned {
  readonly plan: TrainingPlan;
  readonly sources: SourceMap;
}

/** undefined where something that the plan needs is not known: an error stands in the file, or a data file was not read. */
export function toPlan(train: ResolvedTrain): Planned | undefined {
  const { model, data } = train;
  if (train.faulty || !model || !data || model.faulty || data.faulty) return undefined;
  const network = networkPlan(model);
  const dataPlan = network && toDataPlan(model, data);
  if (!network || !dataPlan) return undefined;
  const isClasses =
    data.images !== undefined ||
    (data.target.length === 1 && (data.classes !== undefined || data.column(data.target[0] ?? "")?.kind === "text"));
  const ranges = targetsOf(train, model.outputs, Math.max(dataPlan.target.length, 1), isClasses);
  const outputs = model.outputs.flatMap(({ id }): OutputPlan[] => {
    const loss = train.losses.get(id)?.use;
    return loss ? [{ layer: id, loss, weight: train.weights.get(id) ?? 1, target: ranges.get(id) ?? [0, 1] }] : [];
  });
  if (outputs.length !== model.outputs.length) return undefined;
  const { optimizer, learningRate, metrics, batch, epochs, seed, shuffle, reproducible, clip, stop } = train;
  return {
    plan: {
      version: 1,
      network,
      data: dataPlan,
      training: {
        run: train.node.label?.text ?? model.name,
        outputs,
        optimizer,
        learningRate,
        metrics,
        batch,
        epochs,
        seed,
        shuffle,
        reproducible,
        clip,
        stop,
      },
    },
    sources: sourceMap(train, model, data),
  };
}

/** For a model that nothing trains: its data under losses that only say how the targets are meant. undefined as above. */
export function untrainedPlan(model: ResolvedModel, data: ResolvedData): TrainingPlan | undefined {
  const network = !model.faulty && !data.faulty ? networkPlan(model) : undefined;
  const dataPlan = network && toDataPlan(model, data);
  if (!network || !dataPlan) return undefined;
  const loss = withDefaults("losses", "mse");
  const ranges = targetsOf({ losses: new Map() }, model.outputs, Math.max(dataPlan.target.length, 1), false);
  return {
    version: 1,
    network,
    data: dataPlan,
    training: {
      run: model.name,
      outputs: model.outputs.map(({ id }) => ({ layer: id, loss, weight: 1, target: ranges.get(id) ?? [0, 1] })),
      optimizer: withDefaults("optimizers", "sgd"),
      learningRate: 0.01,
      metrics: [],
      batch: null,
      epochs: 0,
      seed: 42,
      shuffle: false,
      reproducible: false,
      clip: { norm: null, value: null },
      stop: null,
    },
  };
}

function sourceMap(train: ResolvedTrain, model: ResolvedModel, data: ResolvedData): SourceMap {
  const layers = model.layers.map(({ id, node }): [string, Span] => [layerKey(id), node.span]);
  return {
    ...Object.fromEntries(layers),
    source: data.sourceSpan,
    target: data.targetSpan,
    data: data.node.name?.span ?? data.node.keyword,
    train: train.node.head,
    ...train.spans,
  };
}

/** undefined where a layer's shape is not known. */
export function networkPlan(model: ResolvedModel): NetworkPlan | undefined {
  const layers: PlannedLayer[] = [];
  for (const layer of model.layers) {
    const planned = plannedLayer(layer, model);
    if (!planned) return undefined;
    layers.push(planned);
  }
  return { name: model.name, layers, outputs: model.outputs.map(({ id }) => id) };
}

function plannedLayer(layer: ResolvedLayer, model: ResolvedModel): PlannedLayer | undefined {
  const { id, kind, output, numbers } = layer;
  if (!output || !layer.parameters) return undefined;
  const freeze = numbers["freeze"] === 1;
  const parameters = layer.parameters.map(({ name, shape, statistic = false }) => ({
    name,
    shape,
    start: startOf(layer, name, model),
    trained: !statistic && !freeze,
  }));
  const facts = { id, inputs: layer.inputs.map((input) => input.id), output, parameters };
  switch (kind) {
    case "input":
      return { ...facts, kind, columns: layer.columns ?? null };
    case "dense":
      return {
        ...facts,
        kind,
        activation: layer.activation ?? withDefaults("activations", "linear"),
        l1: numbers["l1"] ?? 0,
        l2: numbers["l2"] ?? 0,
        freeze,
      };
    // A dense layer with a step is all that a threshold logic unit is.
    case "tlu":
      return layer.activation && { ...facts, kind: "dense", activation: layer.activation, l1: 0, l2: 0, freeze };
    case "neuron":
      return { ...facts, kind, threshold: numbers["threshold"] ?? 0, terms: layer.terms };
    case "batch_norm":
      return { ...facts, kind, momentum: numbers["momentum"] ?? 0, epsilon: numbers["epsilon"] ?? 0 };
    case "layer_norm":
      return { ...facts, kind, epsilon: numbers["epsilon"] ?? 0 };
    case "activation":
      return layer.activation && { ...facts, kind, activation: layer.activation };
    case "dropout":
      return { ...facts, kind, rate: numbers["rate"] ?? 0 };
    case "normalize":
    case "flatten":
    case "reshape":
    case "concat":
    case "add":
    case "multiply":
      return { ...facts, kind };
  }
}

const ONES: readonly ParameterName[] = ["gamma", "moving_variance", "variance"];

function startOf(layer: ResolvedLayer, name: ParameterName, model: ResolvedModel): ParameterStart {
  const values = name === "kernel" ? layer.kernel : name === "bias" ? layer.bias : undefined;
  if (values) return { kind: "values", values };
  const constant = withDefaults("initializers", ONES.includes(name) ? "ones" : "zeros");
  return { kind: "initializer", use: name === "kernel" ? initializerOf(layer, model) : constant };
}

/** As `init=` says, or what fits the activation: the layer's own, or that of the activation line that follows it. */
export function initializerOf(layer: ResolvedLayer, model: ResolvedModel): Configured<"initializers"> {
  if (layer.initializer) return layer.initializer;
  const consumers = layer.activation?.name === "linear" ? model.layers.filter(({ inputs }) => inputs.includes(layer)) : [];
  const following = consumers.length === 1 && consumers[0]?.kind === "activation" ? consumers[0].activation : undefined;
  return withDefaults("initializers", activations[(following ?? layer.activation)?.name ?? "linear"].initializer);
}

function toDataPlan(model: ResolvedModel, data: ResolvedData): DataPlan | undefined {
  const shape = featureShape(model, data);
  if (!data.source || !shape || sizeOf(shape) === 0) return undefined;
  const features = data.images ? null : (featureColumns(model, data) ?? null);
  const oneHot = data.oneHot
    .filter((name) => features?.includes(name))
    .map((column) => ({ column, words: data.column(column)?.words ?? [] }));
  const { name, source, target, scale, scaleTarget, missing, split } = data;
  return { name, source, features, featureShape: shape, target, classes: data.classes ?? null, oneHot, scale, scaleTarget, missing, split };
}
