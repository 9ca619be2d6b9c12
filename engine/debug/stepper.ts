/**
 * The debugger's stepper: it moves forward and backward along a training's timeline, and stops according to its rules. To find an earlier stop, it
 * recomputes the sections between recorded states, latest first. It is independent of protocols and editors.
 */
import type { Learner } from "../training/learner.ts";
import { formulasOf } from "./formulas.ts";
import { type FindNonFinite, firstNonFinite, isNonFinite } from "./nonFinite.ts";
import type { Place, Position } from "./places.ts";
import { type HitCounts, hitsUntil, scan } from "./scan.ts";
import type { Found, Stop, Stops } from "./stops.ts";
import { compareInstants, type Halt, type Instant, type Timeline, type TimelineOptions, timelineOf } from "./timeline.ts";
import { lastWatched, watchedPlaces } from "./watchedPlaces.ts";

export interface Stepper {
  readonly timeline: Timeline;
  /** Goes to the next place. */
  readonly next: (stops: Stops) => Promise<Stop>;
  /** Goes to the next formula of a layer, or to the next place. */
  readonly into: (stops: Stops) => Promise<Stop>;
  /** Goes to the previous formula or place. */
  readonly back: () => Promise<Stop>;
  /** Goes to the end of this pass: the loss, the update, or the next batch. */
  readonly out: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Runs to the next stop. */
  readonly run: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Runs back to the previous stop. */
  readonly runBack: (stops: Stops, halt: Halt) => Promise<Stop>;
  /** Goes to any instant. */
  readonly goTo: (to: Instant, halt?: Halt) => Promise<Stop>;
  /** Returns the number of user changes undone since the last call by going back before them. */
  readonly takenBack: () => number;
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
  /** Returns the first number that became infinite or NaN after `from`, if any. The timeline may end up at any instant. */
  const nonFiniteAfter = async (from: Instant): Promise<Found | undefined> => {
    const found = await firstNonFinite(timeline, findNonFinite);
    if (!found || compareInstants(found.at, from) <= 0) return undefined;
    return { at: found.at, stop: { kind: "non-finite", text: found.text } };
  };
  /** If the training has reached a non-finite number, goes to where it arose after `from`. */
  const whereItArose = async (from: Instant, otherwise: Stop, { nonFinite }: Stops): Promise<Stop> => {
    if (!nonFinite || !isNonFinite(timeline, findNonFinite)) return otherwise;
    const here = now();
    const found = await nonFiniteAfter(from);
    await goTo(found ? found.at : here);
    return found ? found.stop : otherwise;
  };

  /** The hits up to the last stop found. */
  let counted: { readonly at: Instant; readonly edition: number; readonly rules: Stops["rules"]; readonly counts: HitCounts } | undefined;
  const hitsNow = async ({ rules }: Stops): Promise<HitCounts> => {
    const isKnown =
      counted?.edition === timeline.edition() &&
      compareInstants(counted.at, now()) === 0 &&
      rules.every((rule) => counted?.rules.includes(rule));
    return isKnown && counted ? counted.counts : await hitsUntil(timeline, rules, now());
  };
  /** Moves from the middle of a place's formulas to the whole place, because rules apply to whole places. */
  const wholePlace = async (): Promise<Instant> => {
    const { part, ...at } = now();
    if (part !== undefined) await goTo(at);
    return at;
  };
  const run = async (stops: Stops, halt: Halt, limit?: Position): Promise<Stop> => {
    const { rules } = stops;
    for (const { forget } of rules) forget?.();
    const from = await wholePlace();
    const counts = await hitsNow(stops);
    const watched = watchedPlaces(rules, layout);
    const found = await scan(timeline, watched, { from, to: limit, halt, counts, passes: true, isWanted: () => true });
    counted = undefined;
    if (found === "halted") return { kind: "pause" };
    if (found) counted = { at: found.at, edition: timeline.edition(), rules, counts };
    return await whereItArose(from, found?.stop ?? atEnd() ?? { kind: "step" }, stops);
  };

  /** Returns the last stop of the rules in [from, to). */
  const lastIn = async (rules: Stops["rules"], from: Instant, to: Instant, halt: Halt): Promise<Found | "halted" | undefined> => {
    let last: Found | undefined;
    // For a computed place, the stop before it counts too.
    const isWithin = to.isDone || to.part !== undefined;
    const watched = watchedPlaces(rules, layout);
    const end = await scan(timeline, watched, {
      from,
      to: isWithin ? { ...to, index: to.index + 1 } : to,
      halt,
      counts: new Map(),
      passes: false,
      isWanted(found) {
        if (compareInstants(found.at, to) < 0) last = found;
        return compareInstants(found.at, to) >= 0;
      },
    });
    return end === "halted" ? "halted" : last;
  };
  const runBack = async (stops: Stops, halt: Halt): Promise<Stop> => {
    for (const { forget } of stops.rules) forget?.();
    const rules = stops.rules.filter(({ pass }) => !pass);
    const here = now();
    const arose = stops.nonFinite && isNonFinite(timeline, findNonFinite) ? await nonFiniteBefore(here) : undefined;
    const limit = arose?.at ?? first;
    const isCounted = rules.some(({ isStop }) => isStop);
    const always = rules.filter(({ isAlways, isStop }) => isAlways && !isStop);
    const sure = lastWatched(watchedPlaces(always, layout), here, layout);
    const isSure = sure !== undefined && compareInstants({ ...sure, isDone: false }, limit) >= 0;
    const nearest = isSure ? { ...sure, isDone: false } : limit;
    const conditional = rules.length > always.length;
    for (let to = here; conditional && compareInstants(nearest, to) < 0; ) {
      // Hits are counted from the start of the training, so the whole range is one section.
      const start = isCounted ? first : timeline.restore(to);
      if (!start) break;
      const from = !isCounted && compareInstants(start, nearest) < 0 ? nearest : start;
      if (isCounted || from !== start) await goTo(from);
      const found = await lastIn(rules, from, to, halt);
      if (found === "halted") {
        await goTo(here);
        return { kind: "pause" };
      }
      if (found && compareInstants(found.at, nearest) >= 0) return await arriveBack(found);
      to = start;
    }
    if (arose && !isSure) return await arriveBack(arose);
    if (isSure) {
      const place = timeline.placeAt(sure);
      return await arriveBack({ at: nearest, stop: { kind: "rule", rules: always.filter(({ isAt }) => place && isAt(place)) } });
    }
    return await arriveBack({ at: first, stop: { kind: "start" } });
  };
  /** Computes the next place. Returns a stop if one of its numbers is not finite. */
  const computed = async ({ nonFinite }: Stops): Promise<Stop | undefined> => {
    const place = timeline.place();
    await timeline.compute();
    const text = nonFinite && place ? findNonFinite(learner, place) : undefined;
    return text === undefined ? undefined : { kind: "non-finite", text };
  };
  const next = async (stops: Stops): Promise<Stop> => {
    const { isDone, part } = now();
    const stop = isDone || part !== undefined ? undefined : await computed(stops);
    if (stop) return stop;
    timeline.show();
    return atEnd() ?? { kind: "step" };
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
    next,
    async into(stops) {
      const { isDone, part = 0 } = now();
      const place = timeline.place();
      if (!place || isDone || part + 1 >= formulasOf(learner, place).length) return await next(stops);
      const stop = part === 0 ? await computed(stops) : undefined;
      if (stop) return stop;
      timeline.showPart(part + 1);
      return { kind: "step" };
    },
    async back() {
      const { isDone, part, ...position } = now();
      if (part !== undefined && part > 1) return await arriveBack({ at: { ...position, isDone, part: part - 1 }, stop: { kind: "step" } });
      const to = isDone || part !== undefined ? position : timeline.before(position);
      if (!to) return { kind: "start" };
      return await arriveBack({ at: { ...to, isDone: false }, stop: { kind: "step" } });
    },
    async out(stops, halt) {
      const to = endOfPass(timeline);
      return await run(stops, halt, to);
    },
    async goTo(to, halt) {
      const arrived = await timeline.goTo(to, halt);
      takenBack += timeline.takeBack(to);
      return arrived ? (atEnd() ?? { kind: "step" }) : { kind: "pause" };
    },
    takenBack() {
      const count = takenBack;
      takenBack = 0;
      return count;
    },
  };
}

/** Returns the first position after the current place's pass: the loss, the update, or the next batch. */
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
