/** The process that trains a stored run. From it, another window tells whether the training is still in progress. */
import { hostname } from "node:os";
import type * as v from "valibot";
import { count, object, text } from "../messages/valueSchemas.ts";

export const owner = object({ machine: text, process: count });
export type Owner = v.InferOutput<typeof owner>;

export const thisProcess: Owner = { machine: hostname(), process: process.pid };

/** A training saves its run at least every five seconds. A run not saved for this long is no longer being trained. */
const LIVES_MS = 60_000;

/** What this window has observed about a run's file. */
export interface Watched {
  /** When the file was last saved, by the computer's clock. */
  readonly saved: number;
  /** How many milliseconds this window has watched the file without a change. */
  readonly unchanged: number;
}

/** The maximum time that one look adds to the watched time: in a longer pause this computer may have slept. */
const LOOK_MS = 2000;

/** A file that is looked at repeatedly. The watched time does not depend on the computer's clock, which may jump. */
export class Watch {
  #looked = performance.now();
  #unchanged = 0;

  /** Looks again. Returns how many milliseconds the file has been watched without a change. */
  look(hasChanged: boolean): number {
    const now = performance.now();
    this.#unchanged = hasChanged ? 0 : this.#unchanged + Math.min(now - this.#looked, LOOK_MS);
    this.#looked = now;
    return this.#unchanged;
  }
}

/**
 * Returns whether another process is training the run. On this machine the process must be running. Its id may belong to a new process by
 * now, so a file that stays unchanged while it is watched does not count either.
 */
export function trainsElsewhere({ machine, process: id }: Owner, { saved, unchanged }: Watched): boolean {
  if (machine !== thisProcess.machine) return Date.now() - saved <= LIVES_MS;
  return id !== thisProcess.process && isAlive(id) && unchanged <= LIVES_MS;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
