/** The requests that move a training, and the check that halts a running one. */
import type { Stepper } from "../../engine/debug/stepper.ts";
import type { Stop, Stops } from "../../engine/debug/stops.ts";
import type { Halt, Instant } from "../../engine/debug/timeline.ts";
import type { Command } from "./requests.ts";

/** A move's command, an instant to go to, or "none" at the start of a session. */
export type Move = MoveCommand | { readonly to: Instant } | "none";
type MoveCommand = "continue" | "reverseContinue" | "next" | "stepIn" | "stepOut" | "stepBack";

export const MOVES = {
  continue: "continue",
  reverseContinue: "reverseContinue",
  next: "next",
  stepIn: "stepIn",
  stepOut: "stepOut",
  stepBack: "stepBack",
} as const satisfies Partial<Record<Command, MoveCommand>>;

/** Whether the request moves the training. */
export const isMove = (command: string): boolean =>
  Object.hasOwn(MOVES, command) || command === "goto" || command === "nnGoTo" || command === "configurationDone";

/** Moves the training. Returns why it stopped. */
export async function moved(
  { next, into, back, out, run, runBack, goTo }: Stepper,
  move: Exclude<Move, "none">,
  { stops, halt }: { readonly stops: Stops; readonly halt: Halt },
): Promise<Stop> {
  if (typeof move === "object") return await goTo(move.to, halt);
  if (move === "stepBack") return await back();
  if (move === "stepIn") return await into(stops);
  if (move === "stepOut") return await out(stops, halt);
  if (move === "continue") return await run(stops, halt);
  if (move === "reverseContinue") return await runBack(stops, halt);
  return await next(stops);
}

/** A running training checks for messages at this interval. */
const BREAK_MS = 20;

/** Returns a function that periodically lets messages arrive and returns whether one of them interrupts the training. */
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
