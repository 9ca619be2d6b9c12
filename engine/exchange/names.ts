/** Converts names to ones that another format allows. */
import type { Renamed } from "./model.ts";

export interface SafeNames {
  /** Returns the exported name of a layer. */
  readonly of: (id: string) => string;
  /** Returns a name with this prefix that no layer has. */
  readonly fresh: (name: string) => string;
  readonly renamed: readonly Renamed[];
}

/** Returns the name, with a number appended if it is taken, and adds it to the taken names. */
export function uniqueName(name: string, taken: Set<string>): string {
  let free = name;
  for (let k = 2; taken.has(free); k++) free = `${name}_${k}`;
  taken.add(free);
  return free;
}

/** Returns a unique name for each id: the id itself if the format allows it, else `layer_N` with the layer's number, from 1. */
export function safeNames(ids: readonly string[], isAllowed: (name: string) => boolean): SafeNames {
  const taken = new Set(ids.filter(isAllowed));
  const fresh = (name: string): string => uniqueName(name, taken);
  const byId = new Map(ids.map((id, k) => [id, isAllowed(id) ? id : fresh(`layer_${k + 1}`)]));
  return {
    of: (id) => byId.get(id) ?? id,
    fresh,
    renamed: [...byId].flatMap(([from, to]) => (from === to ? [] : [{ from, to }])),
  };
}
