/** Chooses the rows on which a network is evaluated, and whether its output is evaluated as classes or as numbers. */
import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import type { Part } from "./views.ts";

/** Returns the validation part, else the test part, else the training part. */
export function evaluatedPart({ parts }: Examples): { readonly part: Part; readonly rows: Uint32Array } {
  if (parts.validation.length > 0) return { part: "validation", rows: parts.validation };
  if (parts.test.length > 0) return { part: "test", rows: parts.test };
  return { part: "training", rows: parts.train };
}

/** Returns at most `count` of the rows, evenly spaced. */
export function evenlySpaced(rows: Uint32Array, count: number): Uint32Array {
  if (rows.length <= count) return rows;
  return Uint32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}

/**
 * Whether each row of the output is one class. An output of several axes has a class at each place, and several yes/no units have an answer each, so their
 * numbers are evaluated instead, as are features that an output learns.
 */
export const isClassifier = ({ plan, step, places }: OutputLoss, classes: readonly string[] | null): boolean => {
  if (plan.target === "features") return false;
  const form = targetForm(plan.loss.name, activationOf(step.layer));
  return (
    form !== "number" &&
    !(form === "one_hot" && places > 1) &&
    !((form === "binary" || form === "sign") && step.output.width > 1 && !classes)
  );
};
