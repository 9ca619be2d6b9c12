/** Evaluates `prev(...)`: the value at the same place of the previous mini-batch. */
import { evaluate, type Previous, previousIn, type Result } from "./expression/evaluate.ts";
import type { Expression } from "./expression/parse.ts";
import type { Place } from "./places.ts";
import { namesAt } from "./tensors.ts";
import type { Instant, Timeline } from "./timeline.ts";

/** Returns an expression's value at the current instant. For `prev(...)`, moves to an earlier instant and back. */
export async function evaluateNow(timeline: Timeline, expression: Expression): Promise<Result> {
  const asked = previousIn(expression);
  return evaluate(expression, namesAt(timeline), asked.length > 0 ? await valuesBefore(timeline, asked) : undefined);
}

const NONE: Result = { problem: "prev(...) has no value, since there is no such place before.", isLater: false };

/** Returns the expressions' previous values at the same place. */
export async function valuesBefore(timeline: Timeline, asked: readonly Expression[]): Promise<Previous> {
  const here = timeline.now();
  const to = samePlaceBefore(timeline, here);
  if (!to) return () => NONE;
  await timeline.goTo(to);
  const values = valuesNow(timeline, asked);
  await timeline.goTo(here);
  return (of) => values.get(of) ?? NONE;
}

/** Returns copies of the expressions' current values. */
export function valuesNow(timeline: Timeline, asked: readonly Expression[]): ReadonlyMap<Expression, Result> {
  const names = namesAt(timeline);
  return new Map(asked.map((one) => [one, copied(evaluate(one, names))]));
}

const copied = (result: Result): Result =>
  "value" in result && typeof result.value === "object"
    ? { value: { shape: [...result.value.shape], values: Array.from(result.value.values) } }
    : result;

/** Returns the last instant before `at` at the corresponding place: in the previous mini-batch, the previous epoch, or the previous row. */
export function samePlaceBefore({ placeAt, first, cursor: { layout } }: Timeline, at: Instant): Instant | undefined {
  const place = placeAt(at);
  if (!place) return undefined;
  const { epoch, isDone } = at;
  if (!layout.learns) return indexed({ epoch, batch: 0, isDone }, layout.placesOf(0), { ...place, piece: place.piece - 1 });
  const isFirst = at.batch === 0;
  const batch = place.phase === "epoch" ? at.batch : isFirst ? layout.batches - 1 : at.batch - 1;
  const own = { epoch: place.phase === "epoch" || isFirst ? epoch - 1 : epoch, batch, isDone };
  const isBeforeStart = own.epoch < first.epoch || (own.epoch === first.epoch && batch < first.batch);
  return isBeforeStart ? undefined : indexed(own, layout.placesOf(batch), place);
}

function indexed(instant: Omit<Instant, "index">, places: readonly Place[], { phase, layer, piece }: Place): Instant | undefined {
  const index = places.findIndex((one) => one.phase === phase && one.layer === layer && one.piece === piece);
  return index < 0 ? undefined : { ...instant, index };
}
