/** The learning rate as a Python class, with the catalog's formulas. A schedule without an entry does not compile. */
import type { SettingsOf } from "../../catalog/index.ts";
import { direction } from "../../catalog/metrics.ts";
import type { ScheduleName, StepScheduleName } from "../../catalog/optimizers.ts";
import type { PlateauPlan, TrainingSettings } from "../../plan.ts";
import { pythonText } from "../keras/python.ts";

/** Statements that end in `return`. */
type Body = readonly string[];

const warmed = (initial: string, warmup_steps: number, decayed: Body): Body =>
  warmup_steps === 0
    ? decayed
    : [`if step < ${warmup_steps}:`, `    return ${initial} * step / ${warmup_steps}`, `step -= ${warmup_steps}`, ...decayed];

const STEP_SCHEDULES: { readonly [K in StepScheduleName]: (settings: SettingsOf<"schedules">[K]) => Body } = {
  exponential_decay: ({ initial, steps, rate, warmup_steps }) =>
    warmed(String(initial), warmup_steps, [`return ${initial} * ${rate} ** (step / ${steps})`]),
  step_decay: ({ initial, steps, rate, warmup_steps }) =>
    warmed(String(initial), warmup_steps, [`return ${initial} * ${rate} ** math.floor(step / ${steps})`]),
  cosine_decay: ({ initial, steps, alpha, warmup_steps }) =>
    warmed(String(initial), warmup_steps, [
      `wave = 0.5 * (1 + math.cos(math.pi * min(step, ${steps}) / ${steps}))`,
      `return ${initial} * ((1 - ${alpha}) * wave + ${alpha})`,
    ]),
  polynomial_decay: ({ initial, steps, end, power, warmup_steps }) =>
    warmed(String(initial), warmup_steps, [`return (${initial} - ${end}) * (1 - min(step, ${steps}) / ${steps}) ** ${power} + ${end}`]),
  one_cycle: ({ maximum, steps }) => [
    `highest, start, part = ${maximum}, ${maximum} / 10, min(step / ${steps}, 1)`,
    "if part < 0.45:",
    "    return start + (highest - start) * (part / 0.45)",
    "if part < 0.9:",
    "    return highest + (start - highest) * ((part - 0.45) / 0.45)",
    "return start + (start / 1000 - start) * ((part - 0.9) / 0.1)",
  ],
};

/** Each schedule's class, without its first line. */
const SCHEDULES: { readonly [K in ScheduleName]: (rate: Extract<Exclude<TrainingSettings["learningRate"], number>, { name: K }>) => Body } =
  {
    exponential_decay: ({ settings }) => ofStep(STEP_SCHEDULES.exponential_decay(settings)),
    step_decay: ({ settings }) => ofStep(STEP_SCHEDULES.step_decay(settings)),
    cosine_decay: ({ settings }) => ofStep(STEP_SCHEDULES.cosine_decay(settings)),
    polynomial_decay: ({ settings }) => ofStep(STEP_SCHEDULES.polynomial_decay(settings)),
    one_cycle: ({ settings }) => ofStep(STEP_SCHEDULES.one_cycle(settings)),
    reduce_on_plateau: plateau,
  };

const indented = (lines: Body, by = "        "): Body => lines.map((line) => `${by}${line}`);

const ofStep = (body: Body): Body => [
  "    def __init__(self):",
  "        self.state = {}",
  "",
  "    def at(self, step):",
  ...indented(body),
  "",
  "    def observe(self, values):",
  "        pass",
];

function plateau({ settings, monitor }: PlateauPlan): Body {
  const { rate, factor, patience, min_delta, cooldown, min_rate } = settings;
  const sign = direction(monitor) === "higher" ? "-" : "";
  return [
    "    def __init__(self):",
    `        self.state = {"rate": ${rate}, "best": math.inf, "waited": 0, "cooldown": 0}`,
    "",
    "    def at(self, step):",
    '        return self.state["rate"]',
    "",
    "    def observe(self, values):",
    ...indented([
      `value, state = values.get(${pythonText(monitor)}), self.state`,
      "if value is None:",
      "    return",
      'left = max(state["cooldown"] - 1, 0)',
      `if ${sign}value < state["best"] - ${min_delta}:`,
      `    state.update(best=${sign}value, waited=0, cooldown=left)`,
      "    return",
      'waited = 0 if left > 0 else (0 if state["cooldown"] > 0 else state["waited"]) + 1',
      `if waited < ${Math.max(patience, 1)} or state["rate"] <= ${min_rate}:`,
      "    state.update(waited=waited, cooldown=left)",
      "else:",
      `    state.update(rate=max(state["rate"] * ${factor}, ${min_rate}), waited=0, cooldown=${cooldown})`,
    ]),
  ];
}

/** Returns the class `LearningRate`. */
export function learningRateLines(rate: TrainingSettings["learningRate"]): readonly string[] {
  const about = typeof rate === "number" ? "constant" : rate.name;
  const body = typeof rate === "number" ? ofStep([`return ${rate}`]) : (SCHEDULES[rate.name] as (own: typeof rate) => Body)(rate);
  return ["class LearningRate:", `    """${about}; steps are counted from 0."""`, "", ...body];
}
