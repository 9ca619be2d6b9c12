/** The pace of a training in slow motion. */

/** Epochs per second for each selectable pace: null for full speed, 0 for one epoch per click. */
export const PACES = { full: null, "100": 100, "10": 10, "1": 1, step: 0 } as const;
export type Pace = keyof typeof PACES;

export const isPace = (text: string): text is Pace => Object.hasOwn(PACES, text);

/** How a host slows down a training. */
export interface SlowMotion {
  /** Whether each epoch waits for its turn. */
  readonly isSlow: () => boolean;
  /** Resolves when the next epoch may start, or when the host requests a pause or stop. */
  readonly turn: () => Promise<void>;
}
