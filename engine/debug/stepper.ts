/**
 * The stepper of a debugger: it moves along a training's timeline, forward and back, and stops where its rules say. A stop that lies behind is found by
 * computing the stretches between recorded states once more, the latest first. No protocol and no editor here.
 */
import type { Learner } from "../training/learner.ts";
import type { Ending } from "./cursor.ts";
import { type FindNonFinite, firstNonFinite, isNonFinite } from "./nonFinite.ts";
import { comparePositions, type Place, type Position } from "./places.ts";
import { compareInstants, type Halt, type Instant, type Timeline, type TimelineOptions, timelineOf } from "./timeline.ts";

/** What a rule says about a place. "later": it depends on what the place computes, so it is asked again when that is computed. */
export type Verdict = boolean | "later";

/** Stops the training at some of its places. */
export interface StopRule {
  readonly isAt: (place: Place) => boolean;
  /** Whether the rule stops each time, so that `test` need not be asked. */
  readonly isAlways: boolean;
  /** Asked before the place is computed and, after "later", when it is computed. It depends on the training's numbers alone. */
  readonly test: (place: Place, isDone: boolean) => Verdict;
}

export interface Stops {
  readonly rules: readonly StopRule[];
  /** Whether a number that became infinite or NaN stops the training where it arose. */
  readonly nonFinite: boolean;
}

export type Stop =
  | { readonly kind: "step" }
  | { readonly kind: "rule"; readonly rules: readonly StopRule[] }
  /** `text` names the number, as a sentence. */
  | { readonly kind: "non-finite"; readonly text: string }
  | { readonly kind: "end"; readonly ending: Ending }
  /** The first place of the training: going back found no stop. */
  | { readonly kind: "start" }
  /** The host asked to halt. */
  | { readonly kind: "pause" };

export interface Stepper {
  readonly timeline: Timeline;
  /** Goes to the next place. */
  readonly next: (stops: Stops) => Promise<Stop>;
  /** Goes to the place before. */
  readonly back: () => Promise<Stop>;
  /** Goes to the end of this pass: to the loss, to the update, to the next batch. */
  readonly out: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Runs to the next stop. */
  readonly run: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Runs back to the stop before. */
  readonly runBack: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Goes to any instant. */
  readonly goTo: (to: Instant) => Promise<Stop>;
  /** Returns how many changes by the user were taken back since the last call, because the training went back before them. */
  readonly takenBack: () => number;
}

interface Found {
  readonly at: Instant;
  readonly stop: Stop;
}

export function stepperOf(learner: Learner, findNonFinite: FindNonFinite, options: TimelineOptions = {}): Stepper {
  const timeline = timelineOf(learner, options);
  const { cursor, now, goTo, first } = timeline;
  const { layout } = cursor;
  let takenBack = 0;

  const atEnd = (): Stop | undefined => {
    const ending = cursor.ending();
    return ending && { kind: "end", ending };
  };
  const arriveBack = async ({ at, stop }: Found): Promise<Stop> => {
    await goTo(at);
    takenBack += timeline.takeBack(at);
    return stop;
  };
  /** Returns the first number that became infinite or NaN after `from`, if the training has one. Leaves the timeline anywhere. */
  const nonFiniteAfter = async (from: Instant): Promise<Found | undefined> => {
    const found = await firstNonFinite(timeline, findNonFinite);
    if (!found || compareInstants(found.at, from) <= 0) return undefined;
    return { at: found.at, stop: { kind: "non-finite", text: found.text } };
  };
  /** Looks for a number that is not finite where the training has arrived, and goes to where it arose after `from`. */
  const whereItArose = async (from: Instant, otherwise: Stop, { nonFinite }: Stops): Promise<Stop> => {
    if (!nonFinite || !isNonFinite(timeline, findNonFinite)) return otherwise;
    const here = now();
    const found = await nonFiniteAfter(from);
    await goTo(found ? found.at : here);
    return found ? found.stop : otherwise;
  };

  const run = async (stops: Stops, halt: Halt, limit?: Position): Promise<Stop> => {
    const from = now();
    const watched = watchedPlaces(stops.rules, layout);
    const found = await scan(timeline, watched, { from, to: limit, halt, isWanted: () => true });
    if (found === "halted") return { kind: "pause" };
    return await whereItArose(from, found?.stop ?? atEnd() ?? { kind: "step" }, stops);
  };

  /** Returns the last stop of the rules in [from, to). */
  const lastIn = async (stops: Stops, from: Instant, to: Instant, halt: Halt): Promise<Found | "halted" | undefined> => {
    let last: Found | undefined;
    const watched = watchedPlaces(stops.rules, layout);
    const end = await scan(timeline, watched, {
      from,
      to,
      halt,
      isWanted(found) {
        if (compareInstants(found.at, to) < 0) last = found;
        return compareInstants(found.at, to) >= 0;
      },
    });
    return end === "halted" ? "halted" : last;
  };
  const runBack = async (stops: Stops, halt: Halt): Promise<Stop> => {
    const here = now();
    const arose = stops.nonFinite && isNonFinite(timeline, findNonFinite) ? await nonFiniteBefore(here) : undefined;
    const limit = arose?.at ?? first;
    const always = stops.rules.filter(({ isAlways }) => isAlways);
    const sure = lastWatched(watchedPlaces(always, layout), here, layout);
    const isSure = sure !== undefined && compareInstants({ ...sure, isDone: false }, limit) >= 0;
    const nearest = isSure ? { ...sure, isDone: false } : limit;
    const conditional = stops.rules.length > always.length;
    for (let to = here; conditional && compareInstants(nearest, to) < 0; ) {
      const start = timeline.restore(to);
      if (!start) break;
      const from = compareInstants(start, nearest) < 0 ? nearest : start;
      if (from !== start) await goTo(from);
      const found = await lastIn(stops, from, to, halt);
      if (found === "halted") {
        await goTo(here);
        return { kind: "pause" };
      }
      if (found) return await arriveBack(found);
      to = start;
    }
    if (arose && !isSure) return await arriveBack(arose);
    if (isSure) {
      const place = timeline.placeAt(sure);
      return await arriveBack({ at: nearest, stop: { kind: "rule", rules: always.filter(({ isAt }) => place && isAt(place)) } });
    }
    return await arriveBack({ at: first, stop: { kind: "start" } });
  };
  const nonFiniteBefore = async (to: Instant): Promise<Found | undefined> => {
    const found = await nonFiniteAfter({ ...first, epoch: 0 });
    await goTo(to);
    return found && compareInstants(found.at, to) < 0 ? found : undefined;
  };

  return {
    timeline,
    run: (stops, halt) => run(stops, halt),
    runBack,
    async next({ nonFinite }) {
      if (now().isDone) {
        timeline.show();
        return atEnd() ?? { kind: "step" };
      }
      const place = timeline.place();
      await timeline.compute();
      const text = nonFinite && place ? findNonFinite(learner, place) : undefined;
      if (text !== undefined) return { kind: "non-finite", text };
      timeline.show();
      return atEnd() ?? { kind: "step" };
    },
    async back() {
      const { isDone, ...position } = now();
      const to = isDone ? position : timeline.before(position);
      if (!to) return { kind: "start" };
      return await arriveBack({ at: { ...to, isDone: false }, stop: { kind: "step" } });
    },
    async out(stops, halt) {
      const to = endOfPass(timeline);
      return await run(stops, halt, to);
    },
    async goTo(to) {
      return await arriveBack({ at: to, stop: atEnd() ?? { kind: "step" } });
    },
    takenBack() {
      const count = takenBack;
      takenBack = 0;
      return count;
    },
  };
}

/** The rules of each place, for the batches within an epoch and for its last. */
interface Watched {
  readonly of: (batch: number) => readonly (readonly StopRule[])[];
  /** Returns the first watched index of a batch from `from` on, or -1. */
  readonly next: (batch: number, from: number) => number;
  /** Whether only the last batch of an epoch can have a stop. */
  readonly isLastOnly: boolean;
  readonly isEmpty: boolean;
}

function watchedPlaces(rules: readonly StopRule[], { batches, placesOf }: Timeline["cursor"]["layout"]): Watched {
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
function nextWatched(watched: Watched, { epoch, batch, index }: Position, batches: number): Position | undefined {
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
function lastWatched(watched: Watched, to: Instant, { batches, placesOf }: Timeline["cursor"]["layout"]): Position | undefined {
  if (watched.isEmpty) return undefined;
  let { epoch, batch } = to;
  let end = to.isDone ? to.index + 1 : to.index;
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

interface Scan {
  readonly from: Instant;
  /** Where the scan ends; undefined for the end of the training. */
  readonly to: Position | undefined;
  readonly halt: Halt;
  /** Called with each stop. The scan ends if it returns true. */
  readonly isWanted: (found: Found) => boolean;
}

/** Runs forward from the present instant, and asks the rules at their places. Returns the wanted stop; undefined at the end. */
async function scan(timeline: Timeline, watched: Watched, { from, to, halt, isWanted }: Scan): Promise<Found | "halted" | undefined> {
  const { cursor, placeAt } = timeline;
  const { batches } = cursor.layout;
  /** Whether the rules of this place may stop before it is computed: not where the scan begins. */
  let isArrival = from.isDone;
  for (;;) {
    const here = cursor.position();
    if (cursor.ending() || (to && comparePositions(here, to) >= 0)) return undefined;
    const place = placeAt(here);
    timeline.show();
    const rules = watched.of(here.batch)[here.index] ?? [];
    if (place && rules.length > 0) {
      const verdicts = rules.map((rule) => (rule.isAlways ? isArrival : rule.test(place, false)));
      const stopping = isArrival ? rules.filter((_rule, k) => verdicts[k] === true) : [];
      if (stopping.length > 0) {
        const found: Found = { at: { ...here, isDone: false }, stop: { kind: "rule", rules: stopping } };
        if (isWanted(found)) return found;
      }
      const later = rules.filter((_rule, k) => verdicts[k] === "later");
      await timeline.compute();
      const late = later.filter((rule) => rule.test(place, true) === true);
      if (late.length > 0) {
        const found: Found = { at: { ...here, isDone: true }, stop: { kind: "rule", rules: late } };
        if (isWanted(found)) return found;
      }
      isArrival = true;
      const answer = halt();
      if (answer === true || (answer !== false && (await answer))) return "halted";
      continue;
    }
    isArrival = true;
    const next = nextWatched(watched, { ...here, index: here.index + 1 }, batches);
    const stop = to && (!next || comparePositions(to, next) < 0) ? to : (next ?? END);
    if (!(await timeline.runTo(stop, halt))) return "halted";
  }
}

const END: Position = { epoch: Number.POSITIVE_INFINITY, batch: 0, index: 0 };

/** Returns the first position after the pass of the present place: the loss, the update, or the next batch. */
function endOfPass({ now, place, cursor: { layout } }: Timeline): Position {
  const { epoch, batch, index, isDone } = now();
  const from = isDone ? index + 1 : index;
  const places = layout.placesOf(batch);
  const phase = place()?.phase;
  const isEnd = ({ phase: other }: Place): boolean =>
    phase === "batch" || phase === "forward"
      ? other === "loss"
      : phase === "loss" || phase === "reverse"
        ? other === "update" || other === "batch"
        : false;
  const end = places.findIndex((other, k) => k > from && isEnd(other));
  if (end >= 0) return { epoch, batch, index: end };
  return batch + 1 < layout.batches ? { epoch, batch: batch + 1, index: 0 } : { epoch: epoch + 1, batch: 0, index: 0 };
}
