/** The count of a `repeat` and the labels inside it. */

import type { ModelLineNode, RepeatNode } from "../syntax/tree.ts";
import { resolved, type Scope } from "./scope.ts";

/** Returns the count; undefined if it is not a whole number from 0 to 1000. */
export function repeatCount({ count }: RepeatNode, scope: Scope): number | undefined {
  const value = count && resolved(count, scope);
  return value?.kind === "number" && Number.isInteger(value.value) && value.value >= 0 && value.value <= 1000 ? value.value : undefined;
}

/** Returns all labels of a body, so that a later layer can be distinguished from an unknown one. */
export function labelsIn(body: readonly ModelLineNode[], into: Set<string> = new Set()): Set<string> {
  for (const line of body) {
    if (line.kind === "repeat") labelsIn(line.body, into);
    else if (line.kind === "layer" && line.label) into.add(line.label.text);
  }
  return into;
}
