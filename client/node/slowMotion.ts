/** Slows a training down to the user's pace, epoch by epoch. */
import { PACES, type Pace, type SlowMotion } from "../../engine/training/pace.ts";

export interface SlowMotionSwitch extends SlowMotion {
  readonly set: (pace: Pace) => void;
  /** Starts the next epoch, if the pace is one epoch per click. */
  readonly step: () => void;
  /** Ends a wait, because the training pauses or stops. */
  readonly wake: () => void;
}

export function slowMotion(now: () => number): SlowMotionSwitch {
  let pace: Pace = "full";
  let last = Number.NEGATIVE_INFINITY;
  let wake = (): void => undefined;
  return {
    isSlow: () => PACES[pace] !== null,
    async turn() {
      const perSecond = PACES[pace];
      if (perSecond === null) return;
      const ms = perSecond === 0 ? null : last + 1000 / perSecond - now();
      await new Promise<void>((resolve) => {
        const timer = ms === null ? undefined : setTimeout(resolve, Math.max(0, ms));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      last = now();
    },
    set(next) {
      if (pace === next) return;
      pace = next;
      wake();
    },
    step() {
      if (PACES[pace] === 0) wake();
    },
    wake: () => wake(),
  };
}
