/** Data breakpoints stop where a weight or a tensor changes, or where a condition on its values becomes true. */
import { evaluate, isTrue, type Names, type Result, type Value } from "../../engine/debug/expression/evaluate.ts";
import { type Expression, parseExpression } from "../../engine/debug/expression/parse.ts";
import { valuesNow } from "../../engine/debug/previous.ts";
import { namesAt, tensorNamed, tensorsOf } from "../../engine/debug/tensors.ts";
import type { Timeline } from "../../engine/debug/timeline.ts";
import { after, earlierValues } from "../../engine/debug/watched.ts";
import { type NamedRule, stopsAtHit } from "./rules.ts";

export interface DataWish {
  readonly id: number;
  /** The watched expression: `hidden.kernel`, `hidden.kernel[0, 1]`. */
  readonly expression: string;
  /** "", or a condition on the watched `value` and its previous value `before`: `norm(value) > 10`, `any(sign(value) != sign(before))`. */
  readonly condition: string;
  readonly hitCondition: string;
}

const UNKNOWN: Result = { problem: "There is no value before.", isLater: false };

/**
 * Returns a rule that stops where the value changes or, with a condition, where the condition becomes true. Returns a message if the breakpoint is
 * invalid. Numbers that every mini-batch recomputes are compared with the previous mini-batch's.
 */
export function dataRule(timeline: Timeline, { id, expression, condition, hitCondition }: DataWish): NamedRule | string {
  const watched = parseExpression(expression);
  if ("problem" in watched) return watched.problem;
  const wanted = condition.trim() === "" ? undefined : parseExpression(condition);
  if (wanted && "problem" in wanted) return wanted.problem;
  const isStop = hitCondition.trim() === "" ? undefined : stopsAtHit(hitCondition);
  if (typeof isStop === "string") return isStop;
  const earlier = earlierValues(timeline, [watched.expression]);
  const names = namesAt(timeline);
  const valueNow = (): Result => valuesNow(timeline, [watched.expression]).get(watched.expression) ?? UNKNOWN;
  const holds = (value: Result, before: Result): boolean => {
    const own: Names = (path) =>
      path.length > 1 ? names(path) : path[0] === "value" ? value : path[0] === "before" ? before : names(path);
    const result = wanted ? evaluate(wanted.expression, own) : UNKNOWN;
    return "value" in result && isTrue(result.value);
  };
  const stops = (now: Result, before: Result, held: boolean): boolean =>
    wanted ? !held && holds(now, before) : "value" in now && "value" in before && !isEqual(now.value, before.value);
  let old: Result = UNKNOWN;
  let held = false;
  return {
    origin: "data",
    id,
    isAlways: false,
    isAt: changesAt(timeline, watched.expression),
    ...(isStop && { isStop }),
    text: () => (wanted ? `${expression}: ${condition.trim()} became true.` : `${expression} changed.`),
    forget: earlier.forget,
    test(_place, isDone) {
      if (!isDone) {
        old = valueNow();
        held = "value" in old && holds(old, old);
        return "later";
      }
      const now = valueNow();
      if ("problem" in now) return false;
      if ("value" in old) return stops(now, old, held);
      return after(earlier.now(), (previous) => {
        const before = previous?.(watched.expression) ?? UNKNOWN;
        return stops(now, before, "value" in before && holds(before, before));
      });
    },
  };
}

/** Returns the places at which the value can change: only the update for weights and optimizer slots, every place for other values. */
function changesAt(timeline: Timeline, expression: Expression): NamedRule["isAt"] {
  const root = expression.kind === "index" ? expression.of : expression;
  if (root.kind !== "name") return () => true;
  const [layer = "", ...members] = root.path;
  const step = timeline.learner.network.stepOf.get(layer);
  const tensor = step && tensorNamed(tensorsOf(timeline, step), layer, members);
  const isState = tensor !== undefined && tensor.isFixed === undefined && !/\.(input|output)$/.test(tensor.name);
  return isState ? ({ phase }) => phase === "update" : () => true;
}

function isEqual(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return Object.is(a, b) || a === b;
  if (a.values.length !== b.values.length) return false;
  for (let k = 0; k < a.values.length; k++)
    if (a.values[k] !== b.values[k] && !(Number.isNaN(a.values[k]) && Number.isNaN(b.values[k]))) return false;
  return true;
}
