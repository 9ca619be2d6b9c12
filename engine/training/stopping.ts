/** Early stopping: watches one value and remembers the best epoch's weights. */

import { isName } from "../catalog/index.ts";
import { type MetricName, metrics } from "../catalog/metrics.ts";
import type { TrainingEventOf } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { StopPlan } from "../plan.ts";

export interface StoppingState {
  /** With its sign turned where higher is better; Infinity before the first epoch. */
  readonly best: number;
  readonly bestEpoch: number | null;
  readonly waited: number;
  readonly bestWeights: Numbers | null;
}

export interface EarlyStopping {
  /** After each epoch; says whether training should end. */
  readonly observe: (epoch: TrainingEventOf<"epoch">, weights: Numbers) => boolean;
  /** Puts the best weights back where the plan wants it; the epoch they come from, or null. */
  readonly restore: (weights: Numbers) => number | null;
  readonly state: () => StoppingState;
  readonly resume: (state: StoppingState) => void;
  /** It has waited long enough: a training resumed in this state is over. */
  readonly isOver: () => boolean;
}

/** Higher is better for accuracy and r2, lower for the rest: losses and errors. */
export function direction(monitor: string): "higher" | "lower" {
  const metric = monitor.split("_").at(-1) ?? "";
  return isName(metrics, metric) ? metrics[metric satisfies MetricName].better : "lower";
}

export function earlyStopping({ monitor, patience, minDelta, restoreBest }: StopPlan): EarlyStopping {
  const sign = direction(monitor) === "higher" ? -1 : 1;
  let best = Number.POSITIVE_INFINITY;
  let bestEpoch: number | null = null;
  let bestWeights: Numbers | null = null;
  let waited = 0;
  const isOver = (): boolean => waited >= Math.max(patience, 1);
  return {
    observe(event, weights) {
      const value = monitor === "loss" ? event.loss : monitor === "val_loss" ? event.valLoss : event.metrics[monitor];
      if (value === undefined || value === null) return false;
      if (sign * value < best - minDelta) {
        best = sign * value;
        bestEpoch = event.epoch;
        waited = 0;
        if (restoreBest) bestWeights = weights.slice();
        return false;
      }
      waited++;
      return isOver();
    },
    isOver,
    state: () => ({ best, bestEpoch, waited, bestWeights }),
    resume(state) {
      ({ best, bestEpoch, waited, bestWeights } = state);
    },
    restore(weights) {
      if (!bestWeights) return null;
      weights.set(bestWeights);
      return bestEpoch;
    },
  };
}
