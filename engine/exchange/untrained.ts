/** Builds the exporters' input for a file without training: its network with the weights written in the file, or initial weights. */
import { directives, withDefaults } from "../catalog/index.ts";
import { sizeOf } from "../catalog/shapes.ts";
import { UNSCALED } from "../data/scaling.ts";
import { parametersOf } from "../files/safetensors.ts";
import { idlePlan } from "../idlePlan.ts";
import { compile } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import type { NetworkPlan, PlannedLayer, UntrainedPlan } from "../plan.ts";
import type { TrainedModel } from "./model.ts";

/** `inputs` names each number of a row. The model scales nothing, and all outputs are numeric. */
export function untrainedModel({ network: own, inputs }: Pick<UntrainedPlan, "network" | "inputs">, text: string): TrainedModel {
  const outputs = own.outputs.flatMap((id) => own.layers.filter((layer) => layer.id === id));
  const names = outputs.map(({ id, output }) =>
    Array.from({ length: sizeOf(output) }, (_, k) => (sizeOf(output) === 1 ? id : `${id} ${k + 1}`)),
  );
  const targets = rangesOf(outputs);
  const planned = outputs.map(({ id }, k) => ({ layer: id, loss: withDefaults("losses", "mse"), weight: 1, target: targets[k] ?? [0, 0] }));
  const idle = idlePlan(withColumns(own, inputs), "none", { outputs: planned, seed: directives.train.seed.takes.default });
  const plan = { ...idle, data: { ...idle.data, features: [...inputs], featureShape: [inputs.length], target: names.flat() } };
  const network = compile(plan.network, { precision: "float32", capacity: 1 });
  initializeWeights(network, plan.training.seed);
  return {
    plan,
    fit: {
      features: inputs.map((name, from) => ({ name, from, width: 1, words: null, scaler: UNSCALED, fill: Number.NaN })),
      targets: outputs.map(({ id }, k) => {
        const columns = names[k] ?? [];
        return { layer: id, columns, classes: null, scalers: columns.map(() => UNSCALED), zeroAsMinusOne: false };
      }),
    },
    text,
    weights: new Map(parametersOf(network).map((tensor) => [tensor.name, { ...tensor, values: tensor.values.slice() }])),
  };
}

/** Returns the range of each layer's numbers in the concatenated numbers of all layers. */
function rangesOf(layers: readonly PlannedLayer[]): (readonly [from: number, to: number])[] {
  let to = 0;
  return layers.map(({ output }) => {
    const from = to;
    to += sizeOf(output);
    return [from, to];
  });
}

/** Assigns each input the names of its columns. */
function withColumns(network: NetworkPlan, names: readonly string[]): NetworkPlan {
  const ranges = rangesOf(network.layers.filter(({ kind }) => kind === "input"));
  let at = 0;
  return {
    ...network,
    layers: network.layers.map((layer) => (layer.kind === "input" ? { ...layer, columns: names.slice(...(ranges[at++] ?? [])) } : layer)),
  };
}
