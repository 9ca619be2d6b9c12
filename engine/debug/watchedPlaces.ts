/** The places of a training at which rules may stop it. The training passes all others at full speed. */
import type { Layout, Position } from "./places.ts";
import type { StopRule } from "./stops.ts";
import type { Instant } from "./timeline.ts";

/** The rules of each place, for batches within an epoch and for its last batch. */
export interface Watched {
  readonly of: (batch: number) => readonly (readonly StopRule[])[];
  /** Returns a batch's first watched index at or after `from`, or -1. */
  readonly next: (batch: number, from: number) => number;
  /** Whether only the last batch of an epoch can have a stop. */
  readonly isLastOnly: boolean;
  readonly isEmpty: boolean;
}

export function watchedPlaces(rules: readonly StopRule[], { batches, placesOf }: Layout): Watched {
  const rulesOf = (batch: number): StopRule[][] => placesOf(batch).map((place) => rules.filter(({ isAt }) => isAt(place)));
  const whole = rulesOf(0);
  const last = batches > 1 ? rulesOf(batches - 1) : whole;
  const of = (batch: number): StopRule[][] => (batch === batches - 1 ? last : whole);
  const hasAny = (places: readonly (readonly StopRule[])[]): boolean => places.some((own) => own.length > 0);
  return {
    of,
    next(batch, from) {
      const own = of(batch);
      for (let index = from; index < own.length; index++) if (own[index].length > 0) return index;
      return -1;
    },
    isLastOnly: batches > 1 && !hasAny(whole),
    isEmpty: !hasAny(whole) && !hasAny(last),
  };
}

/** Returns the first watched position at or after `from`; undefined if there is none. */
export function nextWatched(watched: Watched, { epoch, batch, index }: Position, batches: number): Position | undefined {
  if (watched.isEmpty) return undefined;
  const own = watched.next(batch, index);
  if (own >= 0) return { epoch, batch, index: own };
  const later = watched.isLastOnly ? batches - 1 : batch + 1;
  if (later < batches && later > batch) {
    const found = watched.next(later, 0);
    return found >= 0
      ? { epoch, batch: later, index: found }
      : nextWatched(watched, { epoch, batch: later, index: Number.POSITIVE_INFINITY }, batches);
  }
  const first = watched.isLastOnly ? batches - 1 : 0;
  const found = watched.next(first, 0);
  if (found >= 0) return { epoch: epoch + 1, batch: first, index: found };
  return { epoch: epoch + 1, batch: batches - 1, index: Math.max(0, watched.next(batches - 1, 0)) };
}

/** Returns the last watched position before an instant; undefined if there is none. */
export function lastWatched(watched: Watched, to: Instant, { batches, placesOf }: Layout): Position | undefined {
  if (watched.isEmpty) return undefined;
  let { epoch, batch } = to;
  let end = to.isDone || to.part !== undefined ? to.index + 1 : to.index;
  // Each epoch has a watched place, so two epochs are enough.
  for (let tries = 0; tries <= 2 * batches && epoch > 0; tries++) {
    const own = watched.of(batch);
    for (let index = end - 1; index >= 0; index--) if (own[index]?.length > 0) return { epoch, batch, index };
    if (--batch < 0) {
      batch = batches - 1;
      epoch--;
    }
    end = placesOf(batch).length;
  }
  return undefined;
}
