/** Properties of a planned layer, from the traits of its kind in the catalog. */
import { type Traits, traitsOf } from "./catalog/layers.ts";
import type { PlannedLayer } from "./plan.ts";

/** Returns whether the layer applies an activation to its preactivation. */
export const isActivated = (layer: PlannedLayer): layer is Extract<PlannedLayer, { readonly activation: object }> =>
  traitsOf(layer.kind).activation !== null && "activation" in layer;

export const isActivationLine = (layer: PlannedLayer): layer is Extract<PlannedLayer, { readonly kind: "activation" }> =>
  layer.kind === "activation";

export const isInput = (layer: PlannedLayer): layer is Extract<PlannedLayer, { readonly kind: "input" }> => layer.kind === "input";

/** The settings of the penalty on weights. */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** Returns whether `l1` or `l2` adds to the loss. As in Keras, a frozen layer's penalty does not count. */
export const isPenalized = (layer: PlannedLayer): layer is Extract<PlannedLayer, Penalty> =>
  "l1" in layer && !layer.freeze && (layer.l1 !== 0 || layer.l2 !== 0);

export const normalizes = (layer: PlannedLayer, by: NonNullable<Traits["normalizes"]>): boolean => traitsOf(layer.kind).normalizes === by;

/** Returns the layer's word in the file. */
export const wordOf = (layer: PlannedLayer): string => (isActivationLine(layer) ? layer.activation.name : layer.kind);
