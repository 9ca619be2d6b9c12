/** The rules that stop a debugged training: breakpoints with modes and conditions, logpoints and exception filters. */
import { activations } from "../../engine/catalog/activations.ts";
import { evaluate, isTrue, type Result } from "../../engine/debug/expression/evaluate.ts";
import { parseExpression } from "../../engine/debug/expression/parse.ts";
import type { Place } from "../../engine/debug/places.ts";
import type { StopRule, Verdict } from "../../engine/debug/stops.ts";
import { namesAt } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";
import { after, watchedExpressions } from "../../engine/debug/watched.ts";
import { activationOf } from "../../engine/network/outputLosses.ts";
import { estimateText } from "../../engine/numberText.ts";
import { BEYOND_WEIGHTS, MANY_DEAD, VANISHED } from "../../engine/training/layerFindings.ts";
import { DEAD_SHARE } from "../../engine/training/statistics.ts";

export interface NamedRule extends StopRule {
  readonly origin: "breakpoint" | "filter" | "data";
  /** The breakpoint's number. */
  readonly id: number;
  /** The filter's finding: "NN604: Exploding gradient". */
  readonly finding?: string;
  /** Returns why the rule stopped, as a sentence; "" if the place shows it. */
  readonly text: () => string;
}

/** The passes in which a breakpoint on a layer's line stops. */
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
  /** Which hits stop, such as ">= 5"; "" if all do. */
  readonly hitCondition: string;
}

export const isInMode = (mode: Mode, { phase }: Place): boolean =>
  mode === "both" || (mode === "forward" ? phase !== "reverse" : phase !== "forward");

/** Returns the rule, or a message about a mistake in its condition or hit count. */
export function breakpointRule(timeline: Timeline, { id, isAt, mode, condition, hitCondition }: BreakpointWish): NamedRule | string {
  const own = (place: Place): boolean => isInMode(mode, place) && isAt(place);
  const isStop = hitCondition.trim() === "" ? undefined : stopsAtHit(hitCondition);
  if (typeof isStop === "string") return isStop;
  const rule = { origin: "breakpoint", id, isAt: own, text: () => "", ...(isStop && { isStop }) } as const;
  if (condition.trim() === "") return { ...rule, isAlways: true, test: () => true };
  const parsed = parseExpression(condition);
  if ("problem" in parsed) return parsed.problem;
  const watched = watchedExpressions(timeline, [parsed.expression]);
  const test = (_place: Place, isDone: boolean) => after(watched.now(), ([result]) => verdictOf(result, isDone));
  return { ...rule, isAlways: false, test, forget: watched.forget };
}

/** A faulty condition stops, so that the user sees it. A condition that needs a later number is evaluated again once the place is computed. */
function verdictOf(result: Result | undefined, isDone: boolean): Verdict {
  if (!result) return false;
  if ("value" in result) return isTrue(result.value);
  if (result.isLater) return isDone ? false : "later";
  return !isDone;
}

const HIT = /^\s*(==?|>=?|<=?|%)?\s*(\d{1,15})\s*$/;

/** Returns which hits of a breakpoint stop, from a text such as "5", ">= 5" or "% 10". Returns a message if the text is invalid. */
export function stopsAtHit(text: string): ((hit: number) => boolean) | string {
  const [, operator = "=", digits = ""] = HIT.exec(text) ?? [];
  const count = Number(digits);
  if (digits === "" || (operator === "%" && count === 0)) return `"${text}" is no hit count, such as 5, >= 5 or % 10.`;
  if (operator === "%") return (hit) => hit % count === 0;
  if (operator.startsWith("=")) return (hit) => hit === count;
  if (operator === ">") return (hit) => hit > count;
  if (operator === ">=") return (hit) => hit >= count;
  return operator === "<" ? (hit) => hit < count : (hit) => hit <= count;
}

/** Returns a rule that writes its message and does not stop. Expressions are written in braces: "loss {loss}". */
export function logpointRule(
  timeline: Timeline,
  wish: BreakpointWish,
  message: string,
  write: (text: string, place: Place) => void,
): NamedRule | string {
  const condition = breakpointRule(timeline, wish);
  if (typeof condition === "string") return condition;
  const parts = message.split(/\{([^{}]*)\}/).map((part, k) => (k % 2 === 0 ? part : parseExpression(part)));
  const expressions = parts.flatMap((part) => (typeof part === "object" && "expression" in part ? [part.expression] : []));
  const watched = watchedExpressions(timeline, expressions);
  let text = "";
  /** Fills in the message and returns true. While one of its numbers is unknown, returns "later", or false once the place is computed. */
  const isKnown = (results: readonly Result[], isDone: boolean): Verdict => {
    if (results.some((result) => "problem" in result && result.isLater)) return isDone ? false : "later";
    const texts = results.map((result) => ("problem" in result ? `{${result.problem}}` : valueText(result.value)));
    text = parts
      .map((part) =>
        typeof part === "string" ? part : "problem" in part ? `{${part.problem}}` : (texts[expressions.indexOf(part.expression)] ?? ""),
      )
      .join("");
    return true;
  };
  return {
    ...condition,
    isAlways: false,
    test(place, isDone) {
      const holds = condition.isAlways || condition.test(place, isDone);
      return after(holds, (verdict) => (verdict === true ? after(watched.now(), (results) => isKnown(results, isDone)) : verdict));
    },
    pass: (place) => write(text, place),
    forget() {
      condition.forget?.();
      watched.forget();
    },
  };
}

const valueText = (value: unknown): string => {
  if (typeof value === "number") return estimateText(value);
  if (typeof value !== "object" || value === null) return String(value);
  const { shape, values } = value as { readonly shape: readonly number[]; readonly values: ArrayLike<number> };
  return `[${Array.from(values).slice(0, 8).map(estimateText).join(", ")}${values.length > 8 ? ", …" : ""}]${shape.length > 1 ? ` (${shape.join("x")})` : ""}`;
};

/** The exception filters other than `nonFinite`. Each examines every mini-batch, whereas `nonFinite` costs nothing until it stops. */
export const FILTERS = {
  dead: {
    code: "NN602",
    label: "Dead units",
    condition: `dead >= ${MANY_DEAD}`,
    names: "dead (the share of the layer's units that are 0 for nearly all rows)",
  },
  vanishing: {
    code: "NN603",
    label: "Vanishing gradient",
    condition: `gradient < ${VANISHED} * output_gradient`,
    names: "gradient (the norm of the layer's gradient), output_gradient (that of the output)",
  },
  exploding: {
    code: "NN604",
    label: "Exploding gradient",
    condition: `gradient > ${BEYOND_WEIGHTS} * weights`,
    names: "gradient (the norm of the layer's gradient), weights (the norm of its weights)",
  },
  lossRises: {
    code: undefined,
    label: "Loss rises",
    condition: "loss > last_loss",
    names: "loss (of the epoch), last_loss (of the epoch before)",
  },
} as const;
export type FilterName = keyof typeof FILTERS;
export const isFilter = (name: string): name is FilterName => Object.hasOwn(FILTERS, name);

interface Measured {
  readonly names: ReadonlyMap<string, number>;
  readonly text: string;
}

/** Returns the filter's rule, or a message about a mistake in the condition. */
export function filterRule(timeline: Timeline, filter: FilterName, condition: string): NamedRule | string {
  const parsed = parseExpression(condition.trim() === "" ? FILTERS[filter].condition : condition);
  if ("problem" in parsed) return parsed.problem;
  let before: number | undefined;
  const measure = (place: Place): Measured | undefined => MEASURES[filter](timeline, place, before);
  const { code, label } = FILTERS[filter];
  return {
    origin: "filter",
    id: 0,
    finding: code === undefined ? label : `${code}: ${label}`,
    isAlways: false,
    isAt: ({ phase }) => phase === PHASES[filter],
    // A search may have visited later places, so this reads the numbers at the current place.
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
