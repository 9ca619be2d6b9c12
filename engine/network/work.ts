/** A layer's amount of computation. It determines the size of the pieces of a large batch. */
import { type PlannedKind, type PlannedLayer, type PlannedLayerOf, parameterCount } from "../plan.ts";

const once = (): number => 1;

/** How many times each of the layer's weights is used for one row. */
const WEIGHT_USES: { readonly [K in PlannedKind]: (layer: PlannedLayerOf<K>) => number } = {
  input: once,
  dense: once,
  activation: once,
  neuron: once,
  flatten: once,
  reshape: once,
  dropout: once,
  batch_norm: once,
  layer_norm: once,
  normalize: once,
  concat: once,
  add: once,
  multiply: once,
  subtract: once,
  average: once,
  maximum: once,
  minimum: once,
  gaussian_noise: once,
  prelu: once,
};

/** Returns the number of multiplications in the layer's forward pass for one row. */
export function multiplicationsOf(layer: PlannedLayer): number {
  // TypeScript can't infer that WEIGHT_USES[kind] takes a layer of that kind.
  const uses = WEIGHT_USES[layer.kind] as (layer: PlannedLayer) => number;
  return parameterCount(layer) * uses(layer);
}
