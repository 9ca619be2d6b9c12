/** The process that trains a stored run. Another window reads from it whether the training still goes on. */
import { hostname } from "node:os";
import type * as v from "valibot";
import { count, object, text } from "../messages/valueSchemas.ts";

export const owner = object({ machine: text, process: count });
export type Owner = v.InferOutput<typeof owner>;

export const thisProcess: Owner = { machine: hostname(), process: process.pid };

/** A training saves its run at least every five seconds. One that has not for this time has ended. */
const LIVES_MS = 60_000;

/** Returns whether another process is training the run that was last saved at the time `saved`. */
export function trainsElsewhere({ machine, process: id }: Owner, saved: number): boolean {
  if (Date.now() - saved > LIVES_MS) return false;
  if (machine !== thisProcess.machine) return true;
  return id !== thisProcess.process && isAlive(id);
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
