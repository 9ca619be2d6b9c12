/** Compares the predictions of an exported file with the engine's, to verify the export. */
import type { DataFit } from "../data/fit.ts";
import type { NamedTensor } from "../files/safetensors.ts";
import { loadParameters } from "../files/safetensors.ts";
import { isInput } from "../layerTraits.ts";
import { compile } from "../network/compile.ts";
import { forwardPass, type Network } from "../network/network.ts";
import type { NetworkPlan } from "../plan.ts";
import { batchLoader } from "../training/batches.ts";
import type { TrainedModel } from "./model.ts";

/** One layer's numbers, row by row. */
export interface Rows {
  readonly layer: string;
  readonly shape: readonly number[];
  /** [rows, numbers per row] */
  readonly values: Float64Array;
}

/** Encoded rows of the data. */
export interface EncodedRows {
  readonly count: number;
  /** [count, featureCount] */
  readonly features: Float64Array;
  readonly featureCount: number;
}

export interface Predicted {
  readonly inputs: readonly Rows[];
  readonly outputs: readonly Rows[];
}

/** Returns the inputs and outputs of the model for the rows, computed in float64. */
export function predictedBy({ plan, fit, weights }: TrainedModel, { count, features, featureCount }: EncodedRows): Predicted {
  const network = networkOf(plan.network, weights, count);
  const load = batchLoader(network, [], { features, featureCount, fit, targets: [] });
  load(
    Uint32Array.from({ length: count }, (_, row) => row),
    0,
    count,
  );
  forwardPass(network, "infer");
  return { inputs: inputsOf(network, count), outputs: outputsOf(network, count) };
}

/** Returns the outputs of another network for the same inputs, matched by position. */
export function predictedFrom(plan: NetworkPlan, weights: readonly NamedTensor[], inputs: readonly Rows[], count: number): readonly Rows[] {
  const network = networkOf(plan, new Map(weights.map((weight) => [weight.name, weight])), count);
  network.batch.rows = count;
  const own = network.steps.filter(({ layer }) => isInput(layer));
  for (const [k, { output }] of own.entries()) output.values.set(inputs[k]?.values ?? []);
  forwardPass(network, "infer");
  return outputsOf(network, count);
}

function networkOf(plan: NetworkPlan, weights: ReadonlyMap<string, NamedTensor>, capacity: number): Network {
  const network = compile(plan, { precision: "float64", capacity });
  loadParameters(network, { tensors: weights, metadata: {} });
  return network;
}

const inputsOf = ({ steps }: Network, count: number): Rows[] =>
  steps
    .filter(({ layer }) => isInput(layer))
    .map(({ layer, output }) => ({
      layer: layer.id,
      shape: layer.output,
      values: Float64Array.from(output.values.subarray(0, count * output.width)),
    }));

const outputsOf = ({ plan, stepOf }: Network, count: number): Rows[] =>
  plan.outputs.flatMap((id) => {
    const step = stepOf.get(id);
    return step
      ? [{ layer: id, shape: step.layer.output, values: Float64Array.from(step.output.values.subarray(0, count * step.output.width)) }]
      : [];
  });

export interface Difference {
  /** The largest absolute difference of two numbers. */
  readonly largest: number;
  /** The largest difference relative to the number's size, or to 1 if the number is smaller. */
  readonly relative: number;
}

/** Throws an Error if the number of outputs or rows differs. */
export function differenceOf(wanted: readonly Rows[], found: readonly { readonly values: ArrayLike<number> }[]): Difference {
  let [largest, relative] = [0, 0];
  for (const [k, { layer, values }] of wanted.entries()) {
    const own = found[k]?.values;
    if (own?.length !== values.length) throw new Error(`the output ${layer} has ${own?.length ?? 0} numbers, not ${values.length}`);
    for (let i = 0; i < values.length; i++) {
      const difference = Object.is(own[i], values[i]) || own[i] === values[i] ? 0 : Math.abs(own[i] - values[i]);
      const distance = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      largest = Math.max(largest, distance);
      relative = Math.max(relative, distance / Math.max(1, Math.abs(values[i])));
    }
  }
  return { largest, relative };
}

/** Returns reproducible rows between −1 and 1 to replace data that can't be read. Categorical columns contain 0 or 1. */
export function inventedRows({ features }: DataFit, count: number): EncodedRows {
  const featureCount = features.reduce((sum, { width }) => sum + width, 0);
  const matrix = new Float64Array(count * featureCount);
  for (let row = 0; row < count; row++)
    for (const { from, width, words } of features)
      for (let k = 0; k < width; k++)
        matrix[row * featureCount + from + k] = words ? Number(row % width === k) : (((row * 31 + (from + k) * 17) % 41) - 20) / 20;
  return { count, features: matrix, featureCount };
}
