/** Which rows a network is judged on, and whether by classes or by numbers. */
import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import type { Part } from "./views.ts";

/** Returns the validation part, else the test part, else what was trained on. */
export function judgedPart({ parts }: Examples): { readonly part: Part; readonly rows: Uint32Array } {
  if (parts.validation.length > 0) return { part: "validation", rows: parts.validation };
  if (parts.test.length > 0) return { part: "test", rows: parts.test };
  return { part: "training", rows: parts.train };
}

/** Returns at most `most` of the rows, evenly spread. */
export function spread(rows: Uint32Array, most: number): Uint32Array {
  if (rows.length <= most) return rows;
  return Uint32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]);
}

/** Whether each row of the output is one class. An output of several axes has a class at each place, so its numbers are judged instead. */
export const isClassifier = ({ plan, step, places }: OutputLoss, classes: readonly string[] | null): boolean => {
  const form = targetForm(plan.loss.name, activationOf(step.layer));
  return form !== "number" && !(form === "one_hot" && places > 1) && !(form === "binary" && step.output.width > 1 && !classes);
};
