/** The pace of a training that is watched in slow motion. */

/** Epochs a second of each pace that a user can choose: null for as fast as possible, 0 for one epoch at a click. */
export const PACES = { full: null, "100": 100, "10": 10, "1": 1, step: 0 } as const;
export type Pace = keyof typeof PACES;

export const isPace = (text: string): text is Pace => Object.hasOwn(PACES, text);

/** How a host slows a training down. */
export interface SlowMotion {
  /** Whether each epoch waits for its turn. */
  readonly isSlow: () => boolean;
  /** Resolves when the next epoch may begin, or when the training is asked to pause or stop. */
  readonly turn: () => Promise<void>;
}
