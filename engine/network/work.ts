/** How much a layer computes, by which batches are cut into pieces that can be interrupted. */
import { type PlannedKind, type PlannedLayer, type PlannedLayerOf, parameterCount } from "../plan.ts";

const once = (): number => 1;

/** How often a row uses each of the layer's weights. */
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
};

/** Returns the multiplications of one row's forward pass through the layer. */
export function multiplicationsOf(layer: PlannedLayer): number {
  // The record is keyed by the union's own tag, which TypeScript can't follow through an index.
  const uses = WEIGHT_USES[layer.kind] as (layer: PlannedLayer) => number;
  return parameterCount(layer) * uses(layer);
}
