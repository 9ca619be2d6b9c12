/** The user's request to end a training: Ctrl+C, a signal, or a closed pipe. */
import { constants } from "node:os";

export interface Interruption {
  readonly isAsked: () => boolean;
  /** Stops listening. */
  readonly end: () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The first signal tells the training to stop and save; the second ends the process at once. Output without a reader, as after `| head -1`,
 * counts as a signal, too.
 */
export function listenForInterruption(): Interruption {
  let isAsked = false;
  let signals = 0;
  const signal = (name: (typeof SIGNALS)[number]): void => {
    if (signals++ > 0) process.exit(128 + constants.signals[name]);
    isAsked = true;
  };
  const closed = (): void => {
    isAsked = true;
  };
  for (const name of SIGNALS) process.on(name, signal);
  process.stdout.on("error", closed);
  return {
    isAsked: () => isAsked,
    end() {
      for (const name of SIGNALS) process.off(name, signal);
      process.stdout.off("error", closed);
    },
  };
}
