/** What stops a debugged training: breakpoints with their modes and conditions, logpoints, exception filters, data breakpoints. */
import { activations } from "../../engine/catalog/activations.ts";
import { evaluate, isTrue, type Names } from "../../engine/debug/expression/evaluate.ts";
import { type Expression, parseExpression } from "../../engine/debug/expression/parse.ts";
import type { Place } from "../../engine/debug/places.ts";
import type { StopRule, Verdict } from "../../engine/debug/stepper.ts";
import { namesAt } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";
import { activationOf } from "../../engine/network/outputLosses.ts";
import { estimateText } from "../../engine/numberText.ts";
import { BEYOND_WEIGHTS, MANY_DEAD, VANISHED } from "../../engine/training/layerFindings.ts";
import { DEAD_SHARE } from "../../engine/training/statistics.ts";

export interface NamedRule extends StopRule {
  readonly origin: "breakpoint" | "filter" | "data";
  /** The breakpoint's number. */
  readonly id: number;
  /** Says why the rule stopped, as a sentence; "" if the place says it. */
  readonly text: () => string;
}

/** Which passes a breakpoint of a layer's line stops in. */
export const MODES = {
  both: { label: "Both passes", description: "Stops in the forward pass and in the reverse pass." },
  forward: { label: "Forward pass only", description: "Stops before the layer's output is computed." },
  reverse: { label: "Reverse pass only", description: "Stops before the layer's gradients are computed." },
} as const;
export type Mode = keyof typeof MODES;
export const isMode = (text: string | undefined): text is Mode => text !== undefined && Object.hasOwn(MODES, text);

export interface BreakpointWish {
  readonly id: number;
  readonly isAt: (place: Place) => boolean;
  readonly mode: Mode;
  readonly condition: string;
}

export const isInMode = (mode: Mode, { phase }: Place): boolean =>
  mode === "both" || (mode === "forward" ? phase !== "reverse" : phase !== "forward");

/** Returns the rule, or what is wrong with the condition. */
export function breakpointRule(timeline: Timeline, { id, isAt, mode, condition }: BreakpointWish): NamedRule | string {
  const own = (place: Place): boolean => isInMode(mode, place) && isAt(place);
  const rule = { origin: "breakpoint", id, isAt: own, text: () => "" } as const;
  if (condition.trim() === "") return { ...rule, isAlways: true, test: () => true };
  const parsed = parseExpression(condition);
  if ("problem" in parsed) return parsed.problem;
  const names = namesAt(timeline);
  return { ...rule, isAlways: false, test: (_place, isDone) => verdictOf(parsed.expression, names, isDone) };
}

/** A condition with a mistake stops, so that the user sees it. One that needs a later number is asked again when the place is computed. */
function verdictOf(expression: Expression, names: Names, isDone: boolean): Verdict {
  const result = evaluate(expression, names);
  if ("value" in result) return isTrue(result.value);
  if (result.isLater) return isDone ? false : "later";
  return !isDone;
}

/** Returns a rule that writes its message and never stops. Numbers in braces are expressions: "loss {loss}". */
export function logpointRule(
  timeline: Timeline,
  wish: BreakpointWish,
  message: string,
  write: (text: string, place: Place) => void,
): NamedRule | string {
  const condition = breakpointRule(timeline, wish);
  if (typeof condition === "string") return condition;
  const names = namesAt(timeline);
  const parts = message.split(/\{([^{}]*)\}/).map((part, k) => (k % 2 === 0 ? part : parseExpression(part)));
  const textNow = (): string | undefined => {
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const result = "problem" in part ? { ...part, isLater: false } : evaluate(part.expression, names);
      if ("problem" in result && result.isLater) return undefined;
      text += "problem" in result ? `{${result.problem}}` : valueText(result.value);
    }
    return text;
  };
  return {
    ...condition,
    isAlways: false,
    test(place, isDone) {
      const verdict = condition.isAlways || condition.test(place, isDone);
      if (verdict !== true) return verdict;
      const text = textNow();
      if (text === undefined) return isDone ? false : "later";
      write(text, place);
      return false;
    },
  };
}

const valueText = (value: unknown): string => {
  if (typeof value === "number") return estimateText(value);
  if (typeof value !== "object" || value === null) return String(value);
  const { shape, values } = value as { readonly shape: readonly number[]; readonly values: ArrayLike<number> };
  return `[${Array.from(values).slice(0, 8).map(estimateText).join(", ")}${values.length > 8 ? ", …" : ""}]${shape.length > 1 ? ` (${shape.join("x")})` : ""}`;
};

/** The exception filters besides `nonFinite`, which costs nothing while all is well. Each looks at every batch. */
export const FILTERS = {
  dead: {
    label: "Dead units",
    condition: `dead >= ${MANY_DEAD}`,
    names: "dead (the share of the layer's units that are 0 for nearly all rows)",
  },
  vanishing: {
    label: "Vanishing gradient",
    condition: `gradient < ${VANISHED} * output_gradient`,
    names: "gradient (the norm of the layer's gradient), output_gradient (that of the output)",
  },
  exploding: {
    label: "Exploding gradient",
    condition: `gradient > ${BEYOND_WEIGHTS} * weights`,
    names: "gradient (the norm of the layer's gradient), weights (the norm of its weights)",
  },
  lossRises: { label: "Loss rises", condition: "loss > last_loss", names: "loss (of the epoch), last_loss (of the epoch before)" },
} as const;
export type FilterName = keyof typeof FILTERS;
export const isFilter = (name: string): name is FilterName => Object.hasOwn(FILTERS, name);

interface Measured {
  readonly names: ReadonlyMap<string, number>;
  readonly text: string;
}

/** Returns the filter's rule, or what is wrong with the condition. */
export function filterRule(timeline: Timeline, filter: FilterName, condition: string): NamedRule | string {
  const parsed = parseExpression(condition.trim() === "" ? FILTERS[filter].condition : condition);
  if ("problem" in parsed) return parsed.problem;
  let before: number | undefined;
  const measure = (place: Place): Measured | undefined => MEASURES[filter](timeline, place, before);
  return {
    origin: "filter",
    id: 0,
    isAlways: false,
    isAt: ({ phase }) => phase === PHASES[filter],
    // A search may have looked at later places, so the numbers are those of where the training stands now.
    text() {
      const place = timeline.place();
      return (place && measure(place)?.text) ?? "";
    },
    test(place, isDone) {
      if (!isDone) {
        before = timeline.cursor.lastEpoch()?.loss;
        return "later";
      }
      const measured = measure(place);
      if (!measured) return false;
      const outer = namesAt(timeline);
      const result = evaluate(parsed.expression, (path) => {
        const value = path.length === 1 ? measured.names.get(path[0] ?? "") : undefined;
        return value === undefined ? outer(path) : { value };
      });
      return "problem" in result ? !result.isLater : isTrue(result.value);
    },
  };
}

const PHASES: { readonly [F in FilterName]: Place["phase"] } = {
  dead: "forward",
  vanishing: "reverse",
  exploding: "reverse",
  lossRises: "epoch",
};

const normOf = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

const ofGradient = ({ learner: { network } }: Timeline, { layer }: Place): Measured | undefined => {
  const id = network.steps[layer]?.layer.id;
  const own = network.parameters.filter((one) => one.layer.id === id && one.planned.trained);
  if (id === undefined || own.length === 0) return undefined;
  const gradient = Math.hypot(...own.map((one) => normOf(one.gradient)));
  const weights = Math.hypot(...own.map((one) => normOf(one.values)));
  const ofOutputs = network.parameters.filter((one) => network.plan.outputs.includes(one.layer.id) && one.planned.trained);
  const output = Math.hypot(...ofOutputs.map((one) => normOf(one.gradient)));
  return {
    names: new Map([
      ["gradient", gradient],
      ["weights", weights],
      ["output_gradient", output],
    ]),
    text: `The gradient of ${id} has the norm ${estimateText(gradient)}; its weights have the norm ${estimateText(weights)}, the gradient of the output ${estimateText(output)}.`,
  };
};

const MEASURES: { readonly [F in FilterName]: (timeline: Timeline, place: Place, before: number | undefined) => Measured | undefined } = {
  vanishing: ofGradient,
  exploding: ofGradient,
  dead({ learner: { network } }, { layer }) {
    const step = network.steps[layer];
    const activation = step && activationOf(step.layer);
    if (!step || activation === undefined || !("dies" in activations[activation]) || network.plan.outputs.includes(step.layer.id))
      return undefined;
    const { rows } = network.batch;
    const { width, values } = step.output;
    let dead = 0;
    for (let unit = 0; unit < width; unit++) {
      let zeros = 0;
      for (let row = 0; row < rows; row++) if (values[row * width + unit] === 0) zeros++;
      if (zeros >= DEAD_SHARE * rows) dead++;
    }
    return {
      names: new Map([["dead", dead / width]]),
      text: `${dead} of the ${width} units of ${step.layer.id} are 0 for at least 90 % of this batch's rows.`,
    };
  },
  lossRises({ cursor }, _place, before) {
    const loss = cursor.lastEpoch()?.loss;
    if (loss === undefined || before === undefined || loss === before) return undefined;
    return {
      names: new Map([
        ["loss", loss],
        ["last_loss", before],
      ]),
      text: `The epoch's loss rose from ${estimateText(before)} to ${estimateText(loss)}.`,
    };
  },
};

/** Returns a rule that stops when a value changes or, with a condition, when that becomes true; or what is wrong with the expression. */
export function dataRule(timeline: Timeline, id: number, expression: string, condition: string): NamedRule | string {
  const watched = parseExpression(condition.trim() === "" ? expression : condition);
  if ("problem" in watched) return watched.problem;
  const names = namesAt(timeline);
  const valueNow = (): string | undefined => {
    const result = evaluate(watched.expression, names);
    if ("problem" in result) return undefined;
    const { value } = result;
    if (condition.trim() !== "") return String(isTrue(value));
    return typeof value === "object" ? Array.from(value.values).join() : String(value);
  };
  let before: string | undefined;
  return {
    origin: "data",
    id,
    isAlways: false,
    isAt: () => true,
    text: () => `${condition.trim() === "" ? `${expression} changed` : `${condition} became true`}.`,
    test(_place, isDone) {
      if (!isDone) {
        before = valueNow();
        return "later";
      }
      const now = valueNow();
      if (now === undefined || before === undefined || now === before) return false;
      return condition.trim() === "" || now === "true";
    },
  };
}
