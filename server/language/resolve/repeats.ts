/** What a `repeat` says of itself: how often, and the labels inside. */

import type { ModelLineNode, RepeatNode } from "../syntax/tree.ts";
import { resolved, type Scope } from "./scope.ts";

/** undefined: not a whole number from 1 to 1000. */
export function repeatCount({ count }: RepeatNode, scope: Scope): number | undefined {
  const value = count && resolved(count, scope);
  return value?.kind === "number" && Number.isInteger(value.value) && value.value >= 1 && value.value <= 1000 ? value.value : undefined;
}

/** Labels as they will be named, to tell a later layer from one that is nowhere. */
export function labelsIn(body: readonly ModelLineNode[], into: Set<string> = new Set()): Set<string> {
  for (const line of body) {
    if (line.kind === "repeat") labelsIn(line.body, into);
    else if (line.kind === "layer" && line.label) into.add(line.label.text);
  }
  return into;
}
