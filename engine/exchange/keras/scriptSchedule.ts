/**
 * Writes the learning rate schedules that Keras lacks, warm-up and one-cycle, as a class in the script. The formulas are the catalog's
 * (catalog/optimizers.ts).
 */
import type { SettingsOf } from "../../catalog/index.ts";
import type { StepScheduleName } from "../../catalog/optimizers.ts";
import type { TrainingSettings } from "../../plan.ts";
import { type KerasObject, kerasObject } from "./activations.ts";
import { kerasSchedule } from "./settings.ts";

/** The script's own class, which replaces a Keras schedule. */
export const OWN_SCHEDULE: KerasObject = kerasObject("", "LearningRate", {});

interface Expression {
  /** A preceding line that defines a name used in `decayed`. */
  readonly before?: string;
  /** An expression of `step`, which counts from 0 after the warm-up. */
  readonly decayed: string;
  /** The number of steps in which the rate rises from 0 to `first`. */
  readonly warmup: number;
  readonly first: number;
}

/** A schedule without an entry does not compile. */
const EXPRESSIONS: { readonly [K in StepScheduleName]: (settings: SettingsOf<"schedules">[K]) => Expression } = {
  exponential_decay: ({ initial, steps, rate, warmup_steps }) => ({
    decayed: `${initial} * ops.power(${rate}, step / ${steps})`,
    warmup: warmup_steps,
    first: initial,
  }),
  step_decay: ({ initial, steps, rate, warmup_steps }) => ({
    decayed: `${initial} * ops.power(${rate}, ops.floor(step / ${steps}))`,
    warmup: warmup_steps,
    first: initial,
  }),
  cosine_decay: ({ initial, steps, alpha, warmup_steps }) => ({
    decayed: `${initial} * ((1 - ${alpha}) * 0.5 * (1 + ops.cos(math.pi * ops.minimum(step, ${steps}) / ${steps})) + ${alpha})`,
    warmup: warmup_steps,
    first: initial,
  }),
  polynomial_decay: ({ initial, steps, end, power, warmup_steps }) => ({
    decayed: `(${initial} - ${end}) * ops.power(1 - ops.minimum(step, ${steps}) / ${steps}, ${power}) + ${end}`,
    warmup: warmup_steps,
    first: initial,
  }),
  one_cycle: ({ maximum, steps }) => {
    const start = maximum / 10;
    const up = `${start} + ${maximum - start} * (part / 0.45)`;
    const down = `${maximum} - ${maximum - start} * ((part - 0.45) / 0.45)`;
    const out = `${start} - ${start - start / 1000} * ((part - 0.9) / 0.1)`;
    return {
      before: `part = ops.minimum(step / ${steps}, 1.0)`,
      decayed: `ops.where(part < 0.45, ${up}, ops.where(part < 0.9, ${down}, ${out}))`,
      warmup: 0,
      first: start,
    };
  },
};

/** Returns the class for a schedule that Keras lacks; an empty text otherwise. */
export function scheduleClass(rate: TrainingSettings["learningRate"]): string {
  if (typeof rate === "number" || rate.name === "reduce_on_plateau" || kerasSchedule(rate) !== null) return "";
  const { name, settings } = rate;
  const { before, decayed, warmup, first } = (EXPRESSIONS[name] as (own: typeof settings) => Expression)(settings);
  const body =
    warmup === 0
      ? [...(before ? [before] : []), `return ${decayed}`]
      : [`warm = ${first} * step / ${warmup}`, `step = ops.maximum(step - ${warmup}, 0.0)`, `return ops.where(warming, warm, ${decayed})`];
  const lines = ["ops = keras.ops", 'step = ops.cast(step, "float32")', ...(warmup === 0 ? [] : [`warming = step < ${warmup}`]), ...body];
  return `class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """${name} as Backprop computes it. Steps are counted from 0."""

    def __call__(self, step):
${lines.map((line) => `        ${line}\n`).join("")}
    def get_config(self):
        return {}


`;
}
