/** The requests that move a training, and when a running one halts. */
import type { Stepper } from "../../engine/debug/stepper.ts";
import type { Stop, Stops } from "../../engine/debug/stops.ts";
import type { Halt } from "../../engine/debug/timeline.ts";
import type { Command } from "./requests.ts";

export type Move = "continue" | "reverseContinue" | "next" | "stepIn" | "stepOut" | "stepBack" | "none";

export const MOVES = {
  continue: "continue",
  reverseContinue: "reverseContinue",
  next: "next",
  stepIn: "stepIn",
  stepOut: "stepOut",
  stepBack: "stepBack",
} as const satisfies Partial<Record<Command, Move>>;

/** Moves the training. Returns why it stopped. */
export async function moved(
  { next, into, back, out, run, runBack }: Stepper,
  move: Move,
  { stops, halt }: { readonly stops: Stops; readonly halt: Halt },
): Promise<Stop> {
  if (move === "stepBack") return await back();
  if (move === "stepIn") return await into(stops);
  if (move === "stepOut") return await out(stops, halt);
  if (move === "continue") return await run(stops, halt);
  if (move === "reverseContinue") return await runBack(stops, halt);
  return await next(stops);
}

/** A running training looks at messages this often. */
const BREAK_MS = 20;

/** Returns a function that lets messages arrive now and then, and returns whether one of them interrupts the training. */
export function haltOf(host: { readonly now: () => number; readonly rest: () => Promise<void> }, isInterrupted: () => boolean): Halt {
  let last = host.now();
  return () => {
    if (host.now() - last < BREAK_MS) return false;
    return host.rest().then(() => {
      last = host.now();
      return isInterrupted();
    });
  };
}
