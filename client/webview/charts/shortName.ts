/** The names of units, and the shortening of names that are too long for their place in a picture. */
import type { LayerFacts } from "../../../engine/events.ts";

/** Returns the name of a layer's unit: its column or class if known, otherwise its number from 1. */
export const unitName = (layers: readonly LayerFacts[], id: string, unit: number): string =>
  layers.find((layer) => layer.id === id)?.names?.[unit] ?? `${id} unit ${unit + 1}`;

/** Returns the name, or, if it has more than that many letters, its beginning with an ellipsis. */
export function shortened(name: string, letters: number): string {
  const all = [...name];
  return all.length > letters ? `${all.slice(0, Math.max(1, letters - 1)).join("")}…` : name;
}

/** Returns the name shortened to a width on a canvas, in the current font. */
export function fitted(context: CanvasRenderingContext2D, name: string, width: number): string {
  const share = width / Math.max(1, context.measureText(name).width);
  return share >= 1 ? name : shortened(name, Math.floor([...name].length * share));
}
