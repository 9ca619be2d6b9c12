/** The pointer and the keys on a plane: reads out the output at a position; a click or Enter asks the network about it. */
import type { Surface } from "../../../engine/inspect/views.ts";
import { rounded } from "../../../engine/numberText.ts";
import type { AskedRow } from "../../messages/questions.ts";
import { pointIn } from "../dom.ts";

/** The margins left of, below, above and right of the plane, in pixels. */
export const PLANE_MARGINS = [56, 36, 8, 8] as const;
const [LEFT, BOTTOM, TOP, RIGHT] = PLANE_MARGINS;
/** A click within this many pixels of a data point selects it. */
const NEAR = 7;
/** The number of arrow-key steps across the plane. */
const KEY_STEPS = 32;
/** The significant digits of an asked position, more than a pixel can show. */
const DIGITS = 4;

interface PlaneActions {
  /** Shows the output at a position, from 0 to 1 along each feature. */
  readonly show: (u: number, v: number) => void;
  readonly ask: (asked: AskedRow) => void;
}

export function planePointer(canvas: HTMLCanvasElement, surfaceNow: () => Surface | undefined, { show, ask }: PlaneActions) {
  /** The position moved by the keys. */
  let keys: { readonly u: number; readonly v: number } | undefined;
  const positionOf = (event: PointerEvent | MouseEvent): { u: number; v: number; width: number; height: number } | undefined => {
    const { x, y, width, height } = pointIn(canvas, event);
    const [plotWidth, plotHeight] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
    const [u, v] = [(x - LEFT) / plotWidth, 1 - (y - TOP) / plotHeight];
    return u < 0 || u > 1 || v < 0 || v > 1 ? undefined : { u, v, width: plotWidth, height: plotHeight };
  };
  canvas.addEventListener("pointermove", (event) => {
    const place = surfaceNow() && positionOf(event);
    if (place) show(place.u, place.v);
  });
  canvas.addEventListener("click", (event) => {
    const surface = surfaceNow();
    const place = surface && positionOf(event);
    if (surface && place) ask(nearestPoint(surface, place) ?? askedAt(surface, place));
  });
  canvas.addEventListener("keydown", (event) => {
    const surface = surfaceNow();
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!surface || !(move || event.key === "Enter")) return;
    event.preventDefault();
    const { u, v } = keys ?? { u: 0.5, v: 0.5 };
    const inPlane = (share: number): number => Math.min(1, Math.max(0, share));
    keys = { u: inPlane(u + (move?.[0] ?? 0) / KEY_STEPS), v: inPlane(v + (move?.[1] ?? 0) / KEY_STEPS) };
    show(keys.u, keys.v);
    if (event.key === "Enter") ask(askedAt(surface, keys));
  });
  canvas.addEventListener("blur", () => {
    if (!keys) return;
    const { u, v } = keys;
    keys = undefined;
    show(u, v);
  });
  return {
    /** Returns the position moved by the keys, in the features' own units; null while the keys are not used. */
    place(): readonly number[] | null {
      const surface = surfaceNow();
      return keys && surface ? placeAt(surface, keys) : null;
    },
  };
}

function nearestPoint(
  { points, from, to }: Surface,
  { u, v, width, height }: { readonly u: number; readonly v: number; readonly width: number; readonly height: number },
): AskedRow | undefined {
  const share = (value: number, j: number): number => (value - (from[j] ?? 0)) / ((to[j] ?? 1) - (from[j] ?? 0));
  let nearest: number | undefined;
  let least = NEAR;
  for (const { at, row } of points) {
    const distance = Math.hypot((share(at[0] ?? 0, 0) - u) * width, (share(at[1] ?? 0, 1) - v) * height);
    if (distance > least) continue;
    least = distance;
    nearest = row;
  }
  return nearest === undefined ? undefined : { by: "number", row: nearest };
}

function placeAt({ from, to }: Surface, { u, v }: { readonly u: number; readonly v: number }): readonly number[] {
  return [u, v].map((share, j) => {
    const range = (to[j] ?? 1) - (from[j] ?? 0);
    const value = (from[j] ?? 0) + share * range;
    // A number near 0 gets no more digits than the range.
    return Math.abs(value) < 1e-3 * range ? 0 : rounded(value, DIGITS);
  });
}

const askedAt = (surface: Surface, place: { readonly u: number; readonly v: number }): AskedRow => ({
  by: "cells",
  cells: placeAt(surface, place).map(String),
});
