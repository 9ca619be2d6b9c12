/** Slows a training down to the pace that the user has chosen, epoch by epoch. */
import { PACES, type Pace, type SlowMotion } from "../../engine/training/pace.ts";

export interface SlowMotionSwitch extends SlowMotion {
  readonly set: (pace: Pace) => void;
  /** Lets the next epoch begin, if the pace is one epoch at a click. */
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
