/** Selects the rows for evaluating a network, decides whether to evaluate an output as classes or as numbers, and reads both from a batch. */
import { targetForm } from "../catalog/losses.ts";
import type { Examples } from "../data/examples.ts";
import { targetNumber } from "../data/ownNumbers.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { largest } from "../training/classes.ts";
import type { Part } from "./views.ts";

/** Returns the validation part, or else the test part, or else the training part. */
export function evaluatedPart({ parts }: Examples): { readonly part: Part; readonly rows: Uint32Array } {
  if (parts.validation.length > 0) return { part: "validation", rows: parts.validation };
  if (parts.test.length > 0) return { part: "test", rows: parts.test };
  return { part: "training", rows: parts.train };
}

/** Returns at most `count` rows, evenly spaced. */
export function evenlySpaced(rows: Uint32Array, count: number): Uint32Array {
  if (rows.length <= count) return rows;
  return Uint32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}

/**
 * Whether each row of the output is one class. An output with several axes has a class at each place, and several yes/no units each have an answer,
 * so their numbers are evaluated instead. The same applies to an output that learns features.
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

/** Returns a function that reads the predicted class, the true class and the true class's score in row `i`. */
export function classReader({
  plan,
  step,
  targets,
  targetWidth,
}: OutputLoss): (i: number) => { chosen: number; truth: number; score: number } {
  const { values, width: units } = step.output;
  const form = targetForm(plan.loss.name, activationOf(step.layer));
  const boundary = form === "sign" ? 0 : 0.5;
  if (units === 1) {
    return (i) => {
      const truth = targets[i] > boundary ? 1 : 0;
      const score = form === "sign" ? (values[i] + 1) / 2 : values[i];
      return { chosen: values[i] > boundary ? 1 : 0, truth, score: truth === 1 ? score : 1 - score };
    };
  }
  return (i) => {
    const truth = form === "class_index" ? targets[i] : largest(targets, i, targetWidth);
    return { chosen: largest(values, i, units), truth, score: values[i * units + truth] };
  };
}

/** Returns the scaled target of unit j in row `i` of the batch; 0 or 1 for a class index. */
export const targetAt = ({ targets, targetWidth, step }: OutputLoss, i: number, j: number): number =>
  targetWidth === step.output.width ? targets[i * targetWidth + j] : targets[i] === j ? 1 : 0;

/** Unit `j` of output `k` in row `row` of the data, which is row `i` of the batch. */
export interface TargetPlace {
  readonly k: number;
  readonly row: number;
  readonly i: number;
  readonly j: number;
}

/** Returns the target in the data's own units; 0 or 1 for a class index. */
export const truthOf = (examples: Examples, output: OutputLoss, { k, row, i, j }: TargetPlace): number =>
  output.targetWidth === output.step.output.width ? targetNumber(examples, row, k, j) : targetAt(output, i, j);
