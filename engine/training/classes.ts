/** Metrics that look at classes one at a time: precision, recall, F1 and the area under the ROC curve. */
import type { TargetForm } from "../catalog/losses.ts";
import type { OutputLoss } from "../network/outputLosses.ts";

/** A metric that is accumulated row by row. */
export interface Running {
  /** Takes the batch's rows. */
  readonly add: (rows: number) => void;
  /** The value so far; begins anew. */
  readonly take: () => number;
}

export interface Counts {
  /** Rows of the class that were taken for it. */
  readonly hits: number;
  /** Rows that were taken for the class. */
  readonly taken: number;
  /** Rows of the class. */
  readonly there: number;
}

/** Returns how many units compete in one classification, and how many classifications a row has: one for each place of one-hot targets. */
export function classRows({ step, classes, places }: OutputLoss, form: TargetForm): { readonly units: number; readonly places: number } {
  return form === "one_hot" ? { units: classes, places } : { units: step.output.width, places: 1 };
}

/** Whether the units are classes of which each row has one, rather than questions of their own. */
const excludesOthers = (form: TargetForm, units: number): boolean => units > 1 && form !== "binary";
const isOf = ({ targets }: OutputLoss, form: TargetForm, units: number, row: number, j: number): boolean =>
  form === "class_index" ? targets[row] === j : targets[row * units + j] > (form === "sign" ? 0 : 0.5);

/** Returns the mean of a score over the classes that occur; with one unit, the score of class 1. */
export function classCounts(output: OutputLoss, form: TargetForm, score: (counts: Counts) => number): Running {
  const { units, places } = classRows(output, form);
  const values = output.step.output.values;
  const exclusive = excludesOthers(form, units);
  const boundary = form === "sign" ? 0 : 0.5;
  const hits = new Float64Array(units);
  const taken = new Float64Array(units);
  const there = new Float64Array(units);
  return {
    add(rows) {
      for (let row = 0; row < rows * places; row++) {
        const best = exclusive ? largest(values, row, units) : -1;
        for (let j = 0; j < units; j++) {
          const isTaken = exclusive ? j === best : values[row * units + j] > boundary;
          const isThere =
            exclusive && form !== "class_index" ? largest(output.targets, row, units) === j : isOf(output, form, units, row, j);
          if (isTaken) taken[j]++;
          if (isThere) there[j]++;
          if (isTaken && isThere) hits[j]++;
        }
      }
    },
    take() {
      let sum = 0;
      let classes = 0;
      for (let j = 0; j < units; j++) {
        if (units > 1 && taken[j] + there[j] === 0) continue;
        sum += score({ hits: hits[j], taken: taken[j], there: there[j] });
        classes++;
      }
      for (const counts of [hits, taken, there]) counts.fill(0);
      return classes > 0 ? sum / classes : 0;
    },
  };
}

/** Exact, by ranks: the share of pairs (one of the class, one not) whose scores are in the right order, ties half. NaN where a side is empty. */
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

/** The number of the row's largest value. */
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
