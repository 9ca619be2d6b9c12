/** Builds the engine's plan from a checked `train` block, with all defaults filled in. */

import { activations } from "../../engine/catalog/activations.ts";
import type { NoSettings } from "../../engine/catalog/arguments.ts";
import { type Configured, withDefaults } from "../../engine/catalog/index.ts";
import type { AnyLayerKind } from "../../engine/catalog/layers.ts";
import { type ParameterName, parameterFacts } from "../../engine/catalog/parameters.ts";
import { sizeOf } from "../../engine/catalog/shapes.ts";
import { idlePlan } from "../../engine/idlePlan.ts";
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
import { categoriesOf } from "./resolve/columnFacts.ts";
import type { ResolvedData } from "./resolve/data.ts";
import { featureColumns, featureShape } from "./resolve/features.ts";
import { isActivationLine, isFrozen, type ResolvedLayer, type ResolvedLayerOf, type ResolvedModel } from "./resolve/resolvedModel.ts";
import type { ResolvedTrain } from "./resolve/resolvedTrain.ts";
import { targetsOf } from "./resolve/targets.ts";
import type { Span } from "./syntax/span.ts";

export interface Planned {
  readonly plan: TrainingPlan;
  /** The number of trainings, each from the next seed. It is outside the plan, which describes a single training. */
  readonly seeds: number;
  readonly sources: SourceMap;
}

/** Returns the plan; undefined if the file has an error or a data file has not been read. */
export function toPlan(train: ResolvedTrain): Planned | undefined {
  const { model, data } = train;
  if (train.faulty || !model || !data || model.faulty || data.faulty) return undefined;
  const network = networkPlan(model);
  const dataPlan = network && toDataPlan(model, data);
  if (!network || !dataPlan) return undefined;
  const ranges = targetsOf(train, model.outputs, data);
  const outputs = model.outputs.flatMap(({ id }): OutputPlan[] => {
    const loss = train.losses.get(id)?.use;
    return loss ? [{ layer: id, loss, weight: train.weights.get(id) ?? 1, target: ranges.get(id) ?? [0, 1] }] : [];
  });
  if (outputs.length !== model.outputs.length) return undefined;
  const { optimizer, learningRate, metrics, batch, epochs, seed, shuffle, reproducible, clip, stop, start } = train;
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
        start,
      },
    },
    seeds: train.seeds,
    sources: sourceMap(train, model, data),
  };
}

/** Returns a plan for a model without a training. Its loss only determines how targets are read. undefined in the same cases as `toPlan`. */
export function untrainedPlan(model: ResolvedModel, data: ResolvedData): TrainingPlan | undefined {
  const network = !model.faulty && !data.faulty ? networkPlan(model) : undefined;
  const dataPlan = network && toDataPlan(model, data);
  if (!network || !dataPlan) return undefined;
  const loss = withDefaults("losses", "mse");
  const ranges = targetsOf({ losses: new Map() }, model.outputs, data);
  const outputs = model.outputs.map(({ id }): OutputPlan => ({ layer: id, loss, weight: 1, target: ranges.get(id) ?? [0, 1] }));
  return { ...idlePlan(network, dataPlan.name, { outputs, batch: null, epochs: 0 }), data: dataPlan };
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

/** Returns the network's plan; undefined if a layer's shape is unknown. */
export function networkPlan(model: ResolvedModel): NetworkPlan | undefined {
  const layers: PlannedLayer[] = [];
  for (const layer of model.layers) {
    const planned = plannedLayer(layer, model);
    if (!planned) return undefined;
    layers.push(planned);
  }
  return { name: model.name, layers, outputs: model.outputs.map(({ id }) => id) };
}

type Facts = Pick<PlannedLayer, "id" | "inputs" | "output" | "parameters">;
type Settings<K extends AnyLayerKind> = NonNullable<ResolvedLayerOf<K>["settings"]>;

/** Converts each kind of layer to its form in the plan. */
const PLANNED: {
  readonly [K in AnyLayerKind]: (facts: Facts, layer: ResolvedLayerOf<K>, settings: Settings<K>) => PlannedLayer | undefined;
} = {
  input: (facts, { columns }) => ({ ...facts, kind: "input", columns: columns ?? null }),
  dense: (facts, { activation }, { l1, l2, freeze }) => activation && { ...facts, kind: "dense", activation, l1, l2, freeze: freeze === 1 },
  // A threshold logic unit is a dense layer with a step.
  tlu: (facts, { activation }, { units: _inShape, ...others }) => {
    others satisfies NoSettings;
    return activation && { ...facts, kind: "dense", activation, l1: 0, l2: 0, freeze: false };
  },
  neuron: (facts, { terms }, { threshold }) => ({ ...facts, kind: "neuron", threshold, terms }),
  batch_norm: (facts, _layer, { momentum, epsilon }) => ({ ...facts, kind: "batch_norm", momentum, epsilon }),
  layer_norm: (facts, _layer, { epsilon }) => ({ ...facts, kind: "layer_norm", epsilon }),
  activation: (facts, { activation }) => activation && { ...facts, kind: "activation", activation },
  dropout: (facts, _layer, { rate }) => ({ ...facts, kind: "dropout", rate }),
  normalize: (facts) => ({ ...facts, kind: "normalize" }),
  flatten: (facts) => ({ ...facts, kind: "flatten" }),
  reshape: (facts) => ({ ...facts, kind: "reshape" }),
  concat: (facts) => ({ ...facts, kind: "concat" }),
  add: (facts) => ({ ...facts, kind: "add" }),
  multiply: (facts) => ({ ...facts, kind: "multiply" }),
  subtract: (facts) => ({ ...facts, kind: "subtract" }),
  average: (facts) => ({ ...facts, kind: "average" }),
  maximum: (facts) => ({ ...facts, kind: "maximum" }),
  minimum: (facts) => ({ ...facts, kind: "minimum" }),
  gaussian_noise: (facts, _layer, { stddev }) => ({ ...facts, kind: "gaussian_noise", stddev }),
  prelu: (facts) => ({ ...facts, kind: "prelu" }),
};

function plannedLayer(layer: ResolvedLayer, model: ResolvedModel): PlannedLayer | undefined {
  const { id, output } = layer;
  if (!output || !layer.parameters) return undefined;
  const parameters = layer.parameters.map(({ name, shape }) => ({
    name,
    shape,
    start: startOf(layer, name, model),
    trained: !parameterFacts[name].isStatistic && !isFrozen(layer),
  }));
  return plannedAs(layer, { id, inputs: layer.inputs.map((input) => input.id), output, parameters });
}

const plannedAs = <K extends AnyLayerKind>(layer: ResolvedLayerOf<K>, facts: Facts): PlannedLayer | undefined =>
  layer.settings && PLANNED[layer.kind](facts, layer, layer.settings);

function startOf(layer: ResolvedLayer, name: ParameterName, model: ResolvedModel): ParameterStart {
  const starts: { readonly [N in ParameterName]?: readonly number[] } = layer.starts;
  const values = starts[name];
  if (values) return { kind: "values", values };
  const { start } = parameterFacts[name];
  return { kind: "initializer", use: start === "drawn" ? initializerOf(layer, model) : withDefaults("initializers", start) };
}

/** Returns the initializer named by `init=`, or the default for the activation of the layer or of the activation line after it. */
export function initializerOf(layer: ResolvedLayer, model: ResolvedModel): Configured<"initializers"> {
  if (layer.initializer) return layer.initializer;
  const consumers = layer.activation?.name === "linear" ? model.layers.filter(({ inputs }) => inputs.includes(layer)) : [];
  const following = consumers.length === 1 && consumers[0] && isActivationLine(consumers[0]) ? consumers[0].activation : undefined;
  return withDefaults("initializers", activations[(following ?? layer.activation)?.name ?? "linear"].initializer);
}

function toDataPlan(model: ResolvedModel, data: ResolvedData): DataPlan | undefined {
  const shape = featureShape(model, data);
  if (!data.source || !shape || sizeOf(shape) === 0) return undefined;
  const features = data.images ? null : (featureColumns(model, data) ?? null);
  const named = new Set(features);
  const oneHot = [...data.oneHot].flatMap((name) => {
    const column = named.has(name) ? data.column(name) : undefined;
    return column ? [{ column: name, words: categoriesOf(column) }] : [];
  });
  const { name, source, target, scale, scaleTarget, missing, missingValues, classWeight, split } = data;
  const { validation, test } = data.ownSources;
  return {
    name,
    source,
    ownSources: { validation: validation?.read.source ?? null, test: test?.read.source ?? null },
    features,
    featureShape: shape,
    target,
    classes: data.classes ?? null,
    oneHot,
    scale,
    scaleTarget,
    missing,
    missingValues,
    classWeight,
    sampleWeight: data.sampleWeight ?? null,
    split,
  };
}
