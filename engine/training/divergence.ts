/** NN601: where a number became infinite or NaN, the likely cause, and how the user can fix it. */
import type { Network } from "../network/network.ts";
import { layerKey } from "../plan.ts";
import { causeAtStart, causeOfGrowth, type Trial } from "./causes.ts";

export interface Diverged {
  readonly kind: "diverged";
  /** The batch in which a number became infinite or NaN, counted from 1 in the epoch. */
  readonly batch: number;
  readonly first: NonFinite;
}

/** The first value that became infinite or NaN. */
export interface NonFinite {
  /** The value's name, as the start of a sentence. */
  readonly text: string;
  /** The value's layer; undefined for the loss. */
  readonly layer: string | undefined;
  /** Whether it was computed before the batch's update and therefore can't result from it. */
  readonly isBeforeUpdate: boolean;
}

/** Returns the first layer, in the order of computation, with an infinite or NaN output; if there is none, the loss. */
export function firstNonFiniteValue(network: Network, loss: number): NonFinite {
  const rows = network.batch.rows;
  for (const { layer, output } of network.steps) {
    for (let i = 0; i < rows * output.width; i++) {
      if (Number.isFinite(output.values[i])) continue;
      return { text: `The output of ${layer.id} became ${output.values[i]}`, layer: layer.id, isBeforeUpdate: true };
    }
  }
  return { text: `The loss became ${loss}`, layer: undefined, isBeforeUpdate: true };
}

export const nonFiniteGradient = (layer: string): NonFinite => ({
  text: `The gradient of ${layer} became infinite or NaN`,
  layer,
  isBeforeUpdate: true,
});

/** An update can overflow even if the gradient is finite. A layer with only zero outputs can hide this from the loss. */
export const nonFiniteWeights = (layer: string): NonFinite => ({
  text: `The weights of ${layer} became infinite or NaN`,
  layer,
  isBeforeUpdate: false,
});

/** Returns the message of NN601 and the line to change. */
export function divergenceFinding({ first, batch }: Diverged, epoch: number, trial: Trial): { message: string; at: string } {
  const { text, layer, isBeforeUpdate } = first;
  const place = layer === undefined ? "loss" : layerKey(layer);
  // Before the first update, the learning rate can't be the cause.
  const isStart = isBeforeUpdate && epoch === 1 && batch === 1;
  const cause = isStart
    ? (causeAtStart(trial) ?? {
        at: place,
        text: "its inputs or start weights are too large; scale the data, or start with smaller weights",
      })
    : causeOfGrowth(trial);
  const restored = epoch === 1 ? "The start weights are restored." : `The weights of epoch ${epoch - 1} are restored.`;
  return { message: `${text} in batch ${batch} of epoch ${epoch}: ${cause.text}. ${restored}`, at: cause.at };
}
