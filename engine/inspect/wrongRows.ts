/** Finds the rows that a network classifies wrongly. */
import { forwardPass } from "../network/network.ts";
import type { Learner } from "../training/learner.ts";
import { isClassifier } from "./evaluatedRows.ts";
import { classReader } from "./result.ts";

/**
 * Returns the index of the first training row after row `after` that the network's weights classify wrongly; after the last row it begins again with the
 * first. Returns "none" if all are right, and "no classes" if no output is a class.
 */
export function nextWrongRow(learner: Learner, after: number): number | "none" | "no classes" {
  const { network, outputs, examples, load } = learner;
  const readers = outputs.flatMap((output, k) => (isClassifier(output, examples.fit.targets[k].classes) ? [classReader(output)] : []));
  if (readers.length === 0) return "no classes";
  const sorted = examples.parts.train.slice().sort();
  const first = sorted.findIndex((row) => row > after);
  const order = first < 0 ? sorted : Uint32Array.of(...sorted.subarray(first), ...sorted.subarray(0, first));
  for (let from = 0; from < order.length; from += network.capacity) {
    const count = Math.min(network.capacity, order.length - from);
    load(order, from, count);
    forwardPass(network, "infer");
    for (let i = 0; i < count; i++) {
      const isWrong = readers.some((read) => {
        const { chosen, truth } = read(i);
        return chosen !== truth;
      });
      if (isWrong) return order[from + i];
    }
  }
  return "none";
}
