/** What stops a debugged training, and why it has stopped. */
import type { Ending } from "./cursor.ts";
import type { Place } from "./places.ts";
import type { Instant } from "./timeline.ts";

/** What a rule says about a place. "later": it depends on what the place computes, so it is asked again when that is computed. */
export type Verdict = boolean | "later";

/** Stops the training at some of its places. */
export interface StopRule {
  readonly isAt: (place: Place) => boolean;
  /** Whether the rule stops each time, so that `test` need not be asked. */
  readonly isAlways: boolean;
  /**
   * Asked before the place is computed and, after "later", when it is computed. It depends on the training's numbers alone. It may move the training to
   * look at earlier numbers, and then moves it back before its promise resolves.
   */
  readonly test: (place: Place, isDone: boolean) => Verdict | Promise<Verdict>;
  /** Whether the rule's hit of this number stops, counted from 1 since the beginning of the training; each does without it. */
  readonly isStop?: (hit: number) => boolean;
  /** Done in place of stopping. */
  readonly pass?: (place: Place) => void;
  /** Called before the training moves. What the rule remembers may be wrong by now. */
  readonly forget?: () => void;
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

/** A stop and where it is. */
export interface Found {
  readonly at: Instant;
  readonly stop: Stop;
}
