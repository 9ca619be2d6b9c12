/** Runs a training forward and tests the stop rules at their places. */
import { comparePositions, type Place, type Position } from "./places.ts";
import type { Found, StopRule, Verdict } from "./stops.ts";
import { compareInstants, type Halt, type Instant, type Timeline } from "./timeline.ts";
import type { Soon } from "./watched.ts";
import { nextWatched, type Watched, watchedPlaces } from "./watchedPlaces.ts";

/** The number of hits of each rule. Rules without counted hits have no entry. */
export type HitCounts = Map<StopRule, number>;

export interface Scan {
  readonly from: Instant;
  /** Where the scan ends; undefined to scan to the end of the training. */
  readonly to: Position | undefined;
  readonly halt: Halt;
  /** The hits before the start of the scan. The scan adds its own. */
  readonly counts: HitCounts;
  /** Whether to run the actions of rules that act instead of stopping. */
  readonly passes: boolean;
  /** Called for each stop. Returning true ends the scan. */
  readonly isWanted: (found: Found) => boolean;
}

/** Runs forward from the current position. Returns the wanted stop; undefined at the end. */
export async function scan(timeline: Timeline, watched: Watched, options: Scan): Promise<Found | "halted" | undefined> {
  const { from, to, halt, isWanted } = options;
  const { cursor, placeAt } = timeline;
  const { batches } = cursor.layout;
  /** Whether this place's rules may stop before it is computed. False where the scan starts. */
  let isArrival = from.isDone;
  for (;;) {
    const here = cursor.position();
    timeline.show();
    if (cursor.ending() || (to && comparePositions(here, to) >= 0)) return undefined;
    const place = placeAt(here);
    const rules = watched.of(here.batch)[here.index] ?? [];
    if (place && rules.length > 0) {
      const arrival = isArrival;
      const asked = verdictsOf(rules, (rule) => (rule.isAlways ? arrival : rule.test(place, false)));
      const verdicts = asked instanceof Promise ? await asked : asked;
      const early = isArrival ? stopping(rules, verdicts, place, options) : undefined;
      if (early) {
        const found: Found = { at: { ...here, isDone: false }, stop: { kind: "rule", rules: early } };
        if (isWanted(found)) return found;
      }
      const later = rules.filter((_rule, k) => verdicts[k] === "later");
      await timeline.compute();
      const again = verdictsOf(later, (rule) => rule.test(place, true));
      const late = stopping(later, again instanceof Promise ? await again : again, place, options);
      if (late) {
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

/** Tests the rules one after another, since each may move the training. Returns a promise only if a rule does. */
function verdictsOf(rules: readonly StopRule[], ask: (rule: StopRule) => Soon<Verdict>): Soon<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [k, rule] of rules.entries()) {
    const verdict = ask(rule);
    if (verdict instanceof Promise) return verdict.then(async (own) => [...verdicts, own, ...(await verdictsOf(rules.slice(k + 1), ask))]);
    verdicts.push(verdict);
  }
  return verdicts;
}

/** Counts the hits and returns the rules that stop; undefined if none does. */
function stopping(
  rules: readonly StopRule[],
  verdicts: readonly Verdict[],
  place: Place,
  { counts, passes }: Pick<Scan, "counts" | "passes">,
): StopRule[] | undefined {
  const found = rules.filter((rule, k) => {
    if (verdicts[k] !== true) return false;
    if (rule.isStop) {
      const hits = (counts.get(rule) ?? 0) + 1;
      counts.set(rule, hits);
      if (!rule.isStop(hits)) return false;
    }
    if (rule.pass && passes) rule.pass(place);
    return !rule.pass;
  });
  return found.length > 0 ? found : undefined;
}

/** Returns each rule's number of hits from the start of the training up to an instant. Leaves the training at that instant. */
export async function hitsUntil(timeline: Timeline, rules: readonly StopRule[], at: Instant): Promise<HitCounts> {
  const counts: HitCounts = new Map();
  const counted = rules.filter(({ isStop }) => isStop);
  if (counted.length === 0) return counts;
  await timeline.goTo(timeline.first);
  const all = counted.map((rule): StopRule => ({ isAt: rule.isAt, isAlways: rule.isAlways, test: rule.test }));
  await scan(timeline, watchedPlaces(all, timeline.cursor.layout), {
    from: timeline.first,
    to: { epoch: at.epoch, batch: at.batch, index: at.index + 1 },
    halt: () => false,
    counts: new Map(),
    passes: false,
    isWanted({ at: hit, stop }) {
      if (stop.kind !== "rule" || compareInstants(hit, at) > 0) return false;
      for (const one of stop.rules) {
        const rule = counted[all.indexOf(one)];
        if (rule) counts.set(rule, (counts.get(rule) ?? 0) + 1);
      }
      return false;
    },
  });
  await timeline.goTo(at);
  return counts;
}
