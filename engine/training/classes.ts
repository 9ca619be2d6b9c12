/** Metrics that are computed class by class: precision, recall, F1 and the area under the ROC curve. */
import type { TargetForm } from "../catalog/losses.ts";
import type { OutputLoss } from "../network/outputLosses.ts";

/** A metric that is accumulated row by row. */
export interface Running {
  /** Adds the first `rows` rows of the network's batch. */
  readonly add: (rows: number) => void;
  /** Returns the metric of the rows so far, and resets it. */
  readonly take: () => number;
}

/** The counts of one class. */
export interface Counts {
  /** Rows of the class that were correctly predicted. */
  readonly truePositives: number;
  /** Rows that were predicted as the class. */
  readonly predicted: number;
  /** Rows of the class. */
  readonly actual: number;
}

/** Returns the number of units in one classification, and the number of classifications per row: one per place for one-hot targets, else one. */
export function classRows({ step, classes, places }: OutputLoss, form: TargetForm): { readonly units: number; readonly places: number } {
  return form === "one_hot" ? { units: classes, places } : { units: step.output.width, places: 1 };
}

/** Whether each row belongs to exactly one of the units' classes. Otherwise each unit answers a separate question. */
const isExclusive = (form: TargetForm, units: number): boolean => units > 1 && form !== "binary";
const isOf = ({ targets }: OutputLoss, form: TargetForm, units: number, row: number, j: number): boolean =>
  form === "class_index" ? targets[row] === j : targets[row * units + j] > (form === "sign" ? 0 : 0.5);

/** Returns the mean of a score over the classes that occur; for a single unit, the score of class 1. */
export function classCounts(output: OutputLoss, form: TargetForm, score: (counts: Counts) => number): Running {
  const { units, places } = classRows(output, form);
  const values = output.step.output.values;
  const exclusive = isExclusive(form, units);
  const boundary = form === "sign" ? 0 : 0.5;
  const truePositives = new Float64Array(units);
  const predicted = new Float64Array(units);
  const actual = new Float64Array(units);
  return {
    add(rows) {
      for (let row = 0; row < rows * places; row++) {
        const best = exclusive ? largest(values, row, units) : -1;
        for (let j = 0; j < units; j++) {
          const isPredicted = exclusive ? j === best : values[row * units + j] > boundary;
          const isActual =
            exclusive && form !== "class_index" ? largest(output.targets, row, units) === j : isOf(output, form, units, row, j);
          if (isPredicted) predicted[j]++;
          if (isActual) actual[j]++;
          if (isPredicted && isActual) truePositives[j]++;
        }
      }
    },
    take() {
      let sum = 0;
      let classes = 0;
      for (let j = 0; j < units; j++) {
        if (units > 1 && predicted[j] + actual[j] === 0) continue;
        sum += score({ truePositives: truePositives[j], predicted: predicted[j], actual: actual[j] });
        classes++;
      }
      for (const counts of [truePositives, predicted, actual]) counts.fill(0);
      return classes > 0 ? sum / classes : 0;
    },
  };
}

/**
 * Returns the exact area under the ROC curve, computed by ranks: the share of pairs (one row of the class, one other row) whose scores are in the
 * right order, with ties counted as half. NaN if either side is empty.
 */
export function areaUnderCurve(output: OutputLoss, form: TargetForm): Running {
  const { units, places } = classRows(output, form);
  const scores: number[][] = Array.from({ length: units }, () => []);
  const labels: boolean[][] = Array.from({ length: units }, () => []);
  return {
    add(rows) {
      for (let row = 0; row < rows * places; row++) {
        for (let j = 0; j < units; j++) {
          scores[j].push(output.step.output.values[row * units + j]);
          labels[j].push(isOf(output, form, units, row, j));
        }
      }
    },
    take() {
      const areas = scores.map((own, j) => area(own, labels[j])).filter((value) => !Number.isNaN(value));
      for (const list of [...scores, ...labels]) list.length = 0;
      return areas.length > 0 ? areas.reduce((a, b) => a + b, 0) / areas.length : Number.NaN;
    },
  };
}

/** Returns the index of the row's largest value; for equal values, the first. */
export function largest(values: ArrayLike<number>, row: number, units: number): number {
  let best = 0;
  for (let j = 1; j < units; j++) if (values[row * units + j] > values[row * units + best]) best = j;
  return best;
}

function area(scores: readonly number[], labels: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]] === scores[order[i]]) end++;
    // Equal scores share the mean of their ranks.
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) {
      if (!labels[order[i]]) continue;
      rankSum += rank;
      positives++;
    }
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
