/** Whether a model line lacks a required argument. */
import type { Argument } from "../../../engine/catalog/arguments.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import { layers } from "../../../engine/catalog/layers.ts";
import type { Place } from "../../language/query/cursorPlace.ts";

export const isRequired = (spec: Argument): boolean =>
  spec.kind === "shape" || ((spec.kind === "number" || spec.kind === "integer") && spec.default === undefined);

export function needsMore({ items, from }: Place, word: string): boolean {
  if (word === "output" || word === "repeat") return items.length === 0;
  const layer = entryOf(layers, word);
  if (!layer) return false;
  if (from) return from.length === 0;
  if (layer.inputs === "several") return true;
  if (layer.inputs === "named") return items.length === 0;
  const named = new Set(items.flatMap(({ name }) => name ?? []));
  const unnamed = items.filter(({ name }) => name === undefined).length;
  return layer.positional.some((name, i) => {
    const spec = entryOf(layer.arguments as Readonly<Record<string, Argument>>, name);
    return i >= unnamed && !named.has(name) && spec !== undefined && isRequired(spec);
  });
}
