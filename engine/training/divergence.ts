/** The messages of NN601: where a number became infinite or NaN, and what the user can do about it. */
import type { Network } from "../network/network.ts";
import { layerKey } from "../plan.ts";

export interface Diverged {
  readonly kind: "diverged";
  /** The batch of the epoch in which a number became infinite or NaN, from 1. */
  readonly batch: number;
  readonly message: string;
  readonly at: string;
}

const RESTORED = "The weights of the last good epoch are restored.";

/** Returns the message for the first layer, in the order of computation, whose output is infinite or NaN; if there is none, for the loss. */
export function firstNonFiniteValue(network: Network, loss: number): { message: string; at: string } {
  const advice = "lower the learning rate, scale the data, or limit the gradients with `clip norm=1`";
  const rows = network.batch.rows;
  for (const { layer, output } of network.steps) {
    for (let i = 0; i < rows * output.width; i++) {
      if (Number.isFinite(output.values[i])) continue;
      const value = output.values[i];
      return {
        message: `The output of ${layer.id} became ${value}, so the loss is not a number; ${advice}. ${RESTORED}`,
        at: layerKey(layer.id),
      };
    }
  }
  return { message: `The loss became ${loss}; ${advice}. ${RESTORED}`, at: "loss" };
}

export function nonFiniteGradient(layer: string): { message: string; at: string } {
  return {
    message: `The gradient of ${layer} became infinite or NaN while the loss was still finite; lower the learning rate or scale the data. ${RESTORED}`,
    at: layerKey(layer),
  };
}

/** An update can overflow although the gradient is finite, and a layer whose outputs are all 0 can hide it from the loss. */
export function nonFiniteWeights(layer: string): { message: string; at: string } {
  return {
    message: `The weights of ${layer} became infinite or NaN because an update was too large; lower the learning rate or scale the data. ${RESTORED}`,
    at: layerKey(layer),
  };
}
