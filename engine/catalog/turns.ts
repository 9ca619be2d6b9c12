/** How a knob turns a number: by equal steps, or through a ladder of round numbers. */
import { rounded } from "../numberText.ts";

export interface Turn {
  /** The range of a slider. The file may still contain a number outside it. */
  readonly from: number;
  readonly to: number;
  /** A step, or the ladder: 1, 2, 4; 1, 2, 5, 10; 1, 3, 10. */
  readonly by: number | "doubling" | "1-2-5" | "1-3";
  /** Present if 0 comes before the ladder. */
  readonly zero?: true;
  /** Present if a knob appears only when the file contains the number, because another knob serves the same purpose. */
  readonly ifWritten?: true;
}

const LADDERS = { "1-2-5": [1, 2, 5], "1-3": [1, 3] } as const;

/** Returns the numbers of a slider, in ascending order. */
export function stopsOf({ from, to, by, zero }: Turn): number[] {
  const below = zero ? [0] : [];
  if (typeof by === "number") return Array.from({ length: Math.round((to - from) / by) + 1 }, (_, k) => exact(from + k * by));
  if (by === "doubling") {
    const stops: number[] = [];
    for (let value = from; value <= to; value *= 2) stops.push(value);
    return [...below, ...stops];
  }
  const rungs: number[] = [];
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power++)
    for (const rung of LADDERS[by]) rungs.push(exact(rung * 10 ** power));
  return [...below, ...rungs.filter((rung) => rung >= from && rung <= to)];
}

/** Returns the next number above the value, or below it for −1; undefined at the ladder's end. Equal steps continue beyond the slider's range. */
export function turned(turn: Turn, value: number, direction: 1 | -1): number | undefined {
  const { by } = turn;
  if (typeof by === "number") {
    // A number between two steps moves to the nearer one in that direction.
    const steps = value / by;
    const whole = Math.round(steps);
    const isStep = Math.abs(steps - whole) < 1e-6;
    return exact((isStep ? whole + direction : direction > 0 ? Math.ceil(steps) : Math.floor(steps)) * by);
  }
  const stops = stopsOf(turn);
  return direction > 0 ? stops.find((stop) => stop > value) : stops.findLast((stop) => stop < value);
}

/** Returns the decimal number that the sum or the power represents: 0.3 rather than 0.30000000000000004. */
const exact = (value: number): number => rounded(value, 12);
