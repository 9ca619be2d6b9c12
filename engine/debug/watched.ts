/** Evaluates expressions repeatedly while a training runs. `prev(...)` uses the values of the last evaluations. */
import { evaluate, type Previous, previousIn, type Result } from "./expression/evaluate.ts";
import type { Expression } from "./expression/parse.ts";
import { samePlaceBefore, valuesBefore, valuesNow } from "./previous.ts";
import { namesAt } from "./tensors.ts";
import type { Instant, Timeline } from "./timeline.ts";

/** A value that is available immediately or later. */
export type Soon<T> = T | Promise<T>;

/** Continues with a value, immediately if it is available, so that promises do not slow down a training at full speed. */
export const after = <A, B>(value: Soon<A>, next: (value: A) => Soon<B>): Soon<B> =>
  value instanceof Promise ? value.then(next) : next(value);

export interface WatchedExpressions {
  /** Returns the values in the order of the expressions. */
  readonly now: () => Soon<readonly Result[]>;
  /** Forgets earlier values, which may be outdated. */
  readonly forget: () => void;
}

export function watchedExpressions(timeline: Timeline, expressions: readonly Expression[]): WatchedExpressions {
  const earlier = earlierValues(timeline, expressions.flatMap(previousIn));
  const names = namesAt(timeline);
  return {
    now: () => after(earlier.now(), (previous) => expressions.map((one) => evaluate(one, names, previous))),
    forget: earlier.forget,
  };
}

export interface EarlierValues {
  /** Returns the values at the previous corresponding place. They are cached if the last evaluation was there. */
  readonly now: () => Soon<Previous | undefined>;
  readonly forget: () => void;
}

interface Seen {
  readonly at: Instant;
  readonly values: ReadonlyMap<Expression, Result>;
}

/** Caches the expressions' values at each place of a batch until the next evaluation there. */
export function earlierValues(timeline: Timeline, asked: readonly Expression[]): EarlierValues {
  const seen = new Map<string, Seen>();
  const keyOf = ({ index, isDone }: Instant): string => `${index} ${isDone}`;
  const isSame = (a: Instant, b: Instant): boolean => a.epoch === b.epoch && a.batch === b.batch && a.index === b.index;
  return {
    now() {
      if (asked.length === 0) return undefined;
      const here = timeline.now();
      const wanted = samePlaceBefore(timeline, here);
      const known = wanted && seen.get(keyOf(wanted));
      seen.set(keyOf(here), { at: here, values: valuesNow(timeline, asked) });
      if (known && isSame(known.at, wanted))
        return (of) => known.values.get(of) ?? { problem: "prev(...) has no value here.", isLater: false };
      return valuesBefore(timeline, asked);
    },
    forget: () => seen.clear(),
  };
}
