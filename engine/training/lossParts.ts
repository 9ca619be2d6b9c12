/** The reported parts of a training's loss: each output's own loss if there are several outputs, and the penalty. */

import { lossName, PENALTY } from "../catalog/metrics.ts";
import type { Examples } from "../data/examples.ts";
import { isPenalized } from "../layerTraits.ts";
import type { Network } from "../network/network.ts";
import { type OutputLoss, penalty } from "../network/outputLosses.ts";
import type { RunningMetric } from "./metrics.ts";

/**
 * Returns each output's mean loss without its weight, named `NAME_loss` as in Keras. Empty for a single output, because its loss is the sum. Like
 * metrics, the losses are read from the outputs of each batch.
 */
export function lossesOfOutputs(outputs: readonly OutputLoss[]): RunningMetric[] {
  if (outputs.length < 2) return [];
  return outputs.map(({ plan, unweightedTotal }) => ({ name: lossName(plan.layer), ...meanOf((_rows) => unweightedTotal()) }));
}

/** Returns the mean penalty of `l1` and `l2` over the epoch's rows, which `loss` includes. Empty if no layer has a penalty. */
export function penaltyOf(network: Network): RunningMetric[] {
  if (!network.parameters.some(({ layer }) => isPenalized(layer))) return [];
  return [{ name: PENALTY, ...meanOf((rows) => rows * penalty(network, "none")) }];
}

interface FirstRows {
  readonly order: Uint32Array;
  readonly examples: Pick<Examples, "targets">;
}

/** Returns the divisor of the epoch's mean loss: the sum of its first rows' weights in the first output, or their number without weights. */
export function weightOfFirst({ order, examples }: FirstRows, rows: number): number {
  const weights = examples.targets[0]?.weights;
  return weights ? order.subarray(0, rows).reduce((sum, row) => sum + weights[row], 0) : rows;
}

function meanOf(total: (rows: number) => number): Pick<RunningMetric, "add" | "take"> {
  let sum = 0;
  let count = 0;
  return {
    add(rows) {
      sum += total(rows);
      count += rows;
    },
    take() {
      const mean = sum / count;
      sum = 0;
      count = 0;
      return mean;
    },
  };
}
