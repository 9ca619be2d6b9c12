/** `reduce_on_plateau`: reduces the learning rate when a monitored value stops improving, by the rule of Keras' ReduceLROnPlateau. */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { SettingsOf } from "../catalog/index.ts";
import type { TrainingEventOf } from "../events.ts";
import type { PlateauPlan } from "../plan.ts";
import { badness } from "./stopping.ts";

export interface PlateauState {
  readonly rate: number;
  /** The best monitored value, negated if higher is better; Infinity before the first epoch. */
  readonly best: number;
  /** Epochs since the last improvement or reduction. */
  readonly waited: number;
  /** The remaining epochs that are not counted after a reduction. */
  readonly cooldown: number;
}

type PlateauSettings = SettingsOf<"schedules">["reduce_on_plateau"];

const rules = {
  reduce_on_plateau: {
    start: ({ rate }: Reads<"rate">): PlateauState => ({ rate, best: Number.POSITIVE_INFINITY, waited: 0, cooldown: 0 }),

    /** Returns the state after an epoch with the value `value`. Lower values are better. */
    next(
      { factor, patience, min_delta, cooldown, min_rate }: Reads<"factor" | "patience" | "min_delta" | "cooldown" | "min_rate">,
      before: PlateauState,
      value: number,
    ): PlateauState {
      const left = Math.max(before.cooldown - 1, 0);
      if (value < before.best - min_delta) return { rate: before.rate, best: value, waited: 0, cooldown: left };
      // As in Keras, the last epoch of a cooldown is counted.
      const waited = left > 0 ? 0 : (before.cooldown > 0 ? 0 : before.waited) + 1;
      if (waited < Math.max(patience, 1) || before.rate <= min_rate) return { ...before, waited, cooldown: left };
      return { rate: Math.max(before.rate * factor, min_rate), best: before.best, waited: 0, cooldown };
    },
  },
};
const { start, next } = (rules satisfies EveryRead<{ readonly reduce_on_plateau: PlateauSettings }, [typeof rules]>).reduce_on_plateau;

export const plateauStart = ({ settings }: PlateauPlan): PlateauState => start(settings);

/** Returns the state after an epoch. An epoch without the monitored value changes nothing. */
export function afterEpoch({ settings, monitor }: PlateauPlan, before: PlateauState, event: TrainingEventOf<"epoch">): PlateauState {
  const value = badness(event, monitor);
  return value === undefined ? before : next(settings, before, value);
}
