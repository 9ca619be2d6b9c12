/** The rules that stop a debugged training, and the reasons for a stop. */
import type { Ending } from "./cursor.ts";
import type { Place } from "./places.ts";
import type { Instant } from "./timeline.ts";

/** A rule's answer at a place. "later" means that it depends on the place's results: the rule is tested again once they are computed. */
export type Verdict = boolean | "later";

/** Stops the training at some of its places. */
export interface StopRule {
  readonly isAt: (place: Place) => boolean;
  /** Whether the rule always stops, so that `test` need not be called. */
  readonly isAlways: boolean;
  /**
   * Called before the place is computed and, after "later", once it is computed. It depends only on the training's numbers. It may move the training
   * to read earlier numbers, and must move it back before its promise resolves.
   */
  readonly test: (place: Place, isDone: boolean) => Verdict | Promise<Verdict>;
  /** Whether the hit with this number stops the training. Hits count from 1 at the start of the training. If absent, every hit stops. */
  readonly isStop?: (hit: number) => boolean;
  /** Runs instead of stopping. */
  readonly pass?: (place: Place) => void;
  /** Called before the training moves, because values that the rule remembers may become invalid. */
  readonly forget?: () => void;
}

export interface Stops {
  readonly rules: readonly StopRule[];
  /** Whether to stop the training where a number became infinite or NaN. */
  readonly nonFinite: boolean;
}

export type Stop =
  | { readonly kind: "step" }
  | { readonly kind: "rule"; readonly rules: readonly StopRule[] }
  /** `text` is a sentence that names the number. */
  | { readonly kind: "non-finite"; readonly text: string }
  | { readonly kind: "end"; readonly ending: Ending }
  /** The training's first place: going back found no stop. */
  | { readonly kind: "start" }
  /** The host requested a halt. */
  | { readonly kind: "pause" };

/** A stop and its instant. */
export interface Found {
  readonly at: Instant;
  readonly stop: Stop;
}
