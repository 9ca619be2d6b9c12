/** Finds the training rows that a network classifies wrongly, or those with the largest errors if its outputs are numeric. */
import { forwardPass } from "../network/network.ts";
import type { Learner } from "../training/learner.ts";
import { classReader, evenlySpaced, isClassifier } from "./evaluatedRows.ts";
import { squaredError } from "./result.ts";

/** Whether an output of the network is a class. */
export const hasClasses = ({ outputs, examples }: Learner): boolean =>
  outputs.some((output, k) => isClassifier(output, examples.fit.targets[k].classes));

/** The maximum number of rows whose errors are compared. They are evenly spaced. */
const MOST_ROWS = 10_000;

/**
 * Returns the index of the first training row after row `after` that the network classifies wrongly. If no output is a class, returns the row with
 * the largest error or, after a given row `after`, with the next smaller one. After the last row, both start again from the first. Returns "none" if
 * all rows are right or have no error.
 */
export function nextWrongRow(learner: Learner, after: number): number | "none" {
  if (hasClasses(learner)) return firstWrongRow(learner, after) ?? "none";
  const rows = rowsByError(learner);
  return rows[rows.indexOf(after) + 1] ?? rows[0] ?? "none";
}

function firstWrongRow(learner: Learner, after: number): number | undefined {
  const { outputs, examples } = learner;
  const readers = outputs.flatMap((output, k) => (isClassifier(output, examples.fit.targets[k].classes) ? [classReader(output)] : []));
  const isWrong = (i: number): boolean =>
    readers.some((read) => {
      const { chosen, truth } = read(i);
      return chosen !== truth;
    });
  const sorted = examples.parts.train.slice().sort();
  const first = sorted.findIndex((row) => row > after);
  const order = first < 0 ? sorted : Uint32Array.of(...sorted.subarray(first), ...sorted.subarray(0, first));
  for (const { row, i } of evaluated(learner, order)) if (isWrong(i)) return row;
  return undefined;
}

/** Returns the rows with an error, largest first. */
function rowsByError(learner: Learner): number[] {
  const errors: { row: number; error: number }[] = [];
  for (const { row, i } of evaluated(learner, evenlySpaced(learner.examples.parts.train, MOST_ROWS))) {
    const error = learner.outputs.reduce((sum, output) => sum + squaredError(output, i), 0);
    if (error > 0) errors.push({ row, error });
  }
  return errors.sort((a, b) => b.error - a.error).map(({ row }) => row);
}

/** Evaluates the rows in batches. Yields each row with its index in the batch. */
function* evaluated({ network, load }: Learner, rows: Uint32Array): Generator<{ readonly row: number; readonly i: number }> {
  for (let from = 0; from < rows.length; from += network.capacity) {
    const count = Math.min(network.capacity, rows.length - from);
    load(rows, from, count);
    forwardPass(network, "infer");
    for (let i = 0; i < count; i++) yield { row: rows[from + i], i };
  }
}
