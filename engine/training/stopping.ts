/** Early stopping: monitors one value and saves the best epoch's weights. */

import { direction } from "../catalog/metrics.ts";
import type { TrainingEventOf } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { StopPlan } from "../plan.ts";

export interface StoppingState {
  /** The best monitored value, negated if higher is better; Infinity before the first epoch. */
  readonly best: number;
  readonly bestEpoch: number | null;
  /** Epochs since the last improvement. */
  readonly waited: number;
  readonly bestWeights: Numbers | null;
}

export interface EarlyStopping {
  /** Called after each epoch. Returns whether training should end. */
  readonly observe: (epoch: TrainingEventOf<"epoch">, weights: Numbers) => boolean;
  /** Restores the best weights if the plan says so. Returns their epoch, or null if nothing was restored. */
  readonly restore: (weights: Numbers) => number | null;
  readonly state: () => StoppingState;
  readonly resume: (state: StoppingState) => void;
  /** Whether the patience is exhausted, so that a training resumed in this state ends immediately. */
  readonly isOver: () => boolean;
}

/** Returns an epoch's monitored value, negated if higher is better; undefined if the epoch lacks it. */
export function badness(event: TrainingEventOf<"epoch">, monitor: string): number | undefined {
  const value = monitor === "loss" ? event.loss : monitor === "val_loss" ? event.valLoss : event.metrics[monitor];
  if (value === undefined || value === null) return undefined;
  return direction(monitor) === "higher" ? -value : value;
}

export function earlyStopping({ monitor, patience, minDelta, restoreBest }: StopPlan): EarlyStopping {
  let best = Number.POSITIVE_INFINITY;
  let bestEpoch: number | null = null;
  let bestWeights: Numbers | null = null;
  let waited = 0;
  const isOver = (): boolean => waited >= Math.max(patience, 1);
  return {
    observe(event, weights) {
      const value = badness(event, monitor);
      if (value === undefined) return false;
      if (value < best - minDelta) {
        best = value;
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
