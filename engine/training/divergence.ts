/** Numbers that became infinite or NaN: where, and what the user can do about it. */
import type { Network } from "../network/network.ts";
import { layerKey } from "../plan.ts";

/** The numbers went bad in this batch of the epoch, from 1. */
export interface Diverged {
  readonly kind: "diverged";
  readonly batch: number;
  readonly message: string;
  readonly at: string;
}

const KEPT = "The weights of the last good epoch are kept.";

/** Where the numbers first went bad: in file order, which is the order they were computed in. */
export function firstNonFiniteValue(network: Network, loss: number): { message: string; at: string } {
  const advice = "lower the learning rate, scale the data, or limit the gradients with `clip norm=1`";
  const rows = network.batch.rows;
  for (const { layer, output } of network.steps) {
    for (let i = 0; i < rows * output.width; i++) {
      if (Number.isFinite(output.values[i])) continue;
      const value = output.values[i];
      return { message: `The output of ${layer.id} became ${value}, so the loss is no number; ${advice}. ${KEPT}`, at: layerKey(layer.id) };
    }
  }
  return { message: `The loss became ${loss}; ${advice}. ${KEPT}`, at: "loss" };
}

export function nonFiniteGradient(layer: string): { message: string; at: string } {
  return {
    message: `The gradient of ${layer} became infinite or no number while the loss was still one; lower the learning rate or scale the data. ${KEPT}`,
    at: layerKey(layer),
  };
}

/** A step may lead out of the numbers without the gradient doing so, and a layer of zeros hide it from the loss. */
export function nonFiniteWeights(layer: string): { message: string; at: string } {
  return {
    message: `The weights of ${layer} became infinite or no number by a step that was too long; lower the learning rate or scale the data. ${KEPT}`,
    at: layerKey(layer),
  };
}
