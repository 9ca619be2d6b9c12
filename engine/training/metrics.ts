/** The metrics, accumulated batch by batch. Outputs and targets are in the user's own units. */
import { type TargetForm, targetForm } from "../catalog/losses.ts";
import { type MetricName, metrics } from "../catalog/metrics.ts";
import type { Scaler } from "../data/scaling.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { areaUnderCurve, classCounts, classRows, largest, type Running } from "./classes.ts";
import { determination } from "./determination.ts";

export interface RunningMetric extends Running {
  readonly name: string;
}

/** Returns the named metrics: `accuracy`, or `price_mae` if there are several outputs. `units` has a scaler for each number of each output. */
export function runningMetrics(
  names: readonly MetricName[],
  outputs: readonly OutputLoss[],
  units: readonly (readonly Scaler[])[],
): RunningMetric[] {
  return outputs.flatMap((output, k) =>
    names.map((name) => ({
      name: outputs.length > 1 ? `${output.plan.layer}_${name}` : name,
      ...METRICS[name](output, units[k]),
    })),
  );
}

const METRICS: { readonly [K in MetricName]: (output: OutputLoss, units: readonly Scaler[]) => Running } = {
  accuracy: (output) => {
    let correct = 0;
    let total = 0;
    const countCorrect = accuracyRule(output);
    const { places } = classRows(output, formOf(output));
    return {
      add(rows) {
        for (let row = 0; row < rows * places; row++) {
          const [hits, of] = countCorrect(row);
          correct += hits;
          total += of;
        }
      },
      take() {
        const share = correct / total;
        correct = 0;
        total = 0;
        return share;
      },
    };
  },
  mae: (output, units) => meanOf(output, units, Math.abs),
  mse: (output, units) => meanOf(output, units, (error) => error * error),
  rmse: (output, units) => {
    const mean = meanOf(output, units, (error) => error * error);
    return { add: mean.add, take: () => Math.sqrt(mean.take()) };
  },
  // The plain mean over the columns, as in Keras and scikit-learn.
  r2: (output, units) => {
    const columns = units.map(determination);
    return {
      add: (rows) => eachPair(output, units, rows, (y, t, column) => columns[column].add(y, t)),
      take: () => columns.reduce((sum, column) => sum + column.take(), 0) / columns.length,
    };
  },
  precision: (output) =>
    classCounts(output, formOf(output), ({ truePositives, predicted }) => (predicted > 0 ? truePositives / predicted : 0)),
  recall: (output) => classCounts(output, formOf(output), ({ truePositives, actual }) => (actual > 0 ? truePositives / actual : 0)),
  f1: (output) =>
    classCounts(output, formOf(output), ({ truePositives, predicted, actual }) =>
      truePositives > 0 ? (2 * truePositives) / (predicted + actual) : 0,
    ),
  auc: (output) => areaUnderCurve(output, formOf(output)),
};

const formOf = ({ plan, step }: OutputLoss): TargetForm => targetForm(plan.loss.name, activationOf(step.layer));

export const isBetter = (name: MetricName): "higher" | "lower" => metrics[name].better;

/** Returns a function that counts a row's correct predictions, out of how many. The rule depends on the loss and the output's width. */
function accuracyRule(output: OutputLoss): (row: number) => readonly [number, number] {
  const { step, targets, targetWidth } = output;
  const values = step.output.values;
  const target = formOf(output);
  const { units } = classRows(output, target);
  if (target === "class_index") return (row) => [largest(values, row, units) === targets[row] ? 1 : 0, 1];
  if (units > 1 && target !== "binary") return (row) => [largest(values, row, units) === largest(targets, row, units) ? 1 : 0, 1];
  const boundary = target === "sign" ? 0 : 0.5;
  return (row) => {
    let hits = 0;
    for (let j = 0; j < targetWidth; j++) {
      const i = row * targetWidth + j;
      if (values[i] > boundary === targets[i] > boundary) hits++;
    }
    return [hits, targetWidth];
  };
}

function meanOf(output: OutputLoss, units: readonly Scaler[], size: (error: number) => number): Running {
  let sum = 0;
  let count = 0;
  return {
    add(rows) {
      eachPair(output, units, rows, (y, t) => {
        sum += size(t - y);
        count++;
      });
    },
    take() {
      const mean = sum / count;
      sum = 0;
      count = 0;
      return mean;
    },
  };
}

/** Calls `take` with each number of the output and its target, in the user's own units. A class index is compared as its one-hot row. */
function eachPair(
  { step, targets, targetWidth }: OutputLoss,
  units: readonly Scaler[],
  rows: number,
  take: (y: number, t: number, column: number) => void,
): void {
  const width = step.output.width;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < width; j++) {
      const { factor, offset } = units[j];
      const t = targetWidth === width ? targets[row * width + j] : targets[row] === j ? 1 : 0;
      take(step.output.values[row * width + j] * factor + offset, t * factor + offset, j);
    }
  }
}
