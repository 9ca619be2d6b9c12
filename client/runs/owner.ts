/** The process that trains a stored run. Another window reads from it whether the training still goes on. */
import { hostname } from "node:os";
import type * as v from "valibot";
import { count, object, text } from "../messages/valueSchemas.ts";

export const owner = object({ machine: text, process: count });
export type Owner = v.InferOutput<typeof owner>;

export const thisProcess: Owner = { machine: hostname(), process: process.pid };

/** A training saves its run at least every five seconds. One that has not for this time has ended. */
const LIVES_MS = 60_000;

/** What this window has seen of a run's file. */
export interface Watched {
  /** When the file was last saved, by the clock of the computer. */
  readonly saved: number;
  /** For how many milliseconds this window has watched the file without a change. */
  readonly unchanged: number;
}

/** The time that a look at a file adds at most to the time for which it was watched: in a longer pause this computer may have slept. */
const LOOK_MS = 2000;

/** A file that is looked at again and again. Its time does not depend on the clock of the computer, which may jump. */
export class Watch {
  #looked = performance.now();
  #unchanged = 0;

  /** Looks again. Returns for how many milliseconds the file has been watched without a change. */
  look(hasChanged: boolean): number {
    const now = performance.now();
    this.#unchanged = hasChanged ? 0 : this.#unchanged + Math.min(now - this.#looked, LOOK_MS);
    this.#looked = now;
    return this.#unchanged;
  }
}

/**
 * Returns whether another process is training the run. On this machine the process must live. Its id may be that of a new process, so a file
 * that stays unchanged while it is watched is not being trained either.
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
