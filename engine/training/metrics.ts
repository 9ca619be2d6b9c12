/** The metrics at work: sums kept while rows pass. Outputs and targets come in the units that the user knows. */
import { type TargetForm, targetForm } from "../catalog/losses.ts";
import { type MetricName, metrics } from "../catalog/metrics.ts";
import type { Scaler } from "../data/scaling.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import { areaUnderCurve, classCounts, classRows, largest, type Running } from "./classes.ts";
import { determination } from "./determination.ts";

export interface RunningMetric extends Running {
  readonly name: string;
}

/** `accuracy`, or `price_mae` where there are several outputs. `units` has one entry for each of the output's numbers. */
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
    let right = 0;
    let counted = 0;
    const countRight = accuracyRule(output);
    const { places } = classRows(output, formOf(output));
    return {
      add(rows) {
        for (let row = 0; row < rows * places; row++) {
          const [hits, of] = countRight(row);
          right += hits;
          counted += of;
        }
      },
      take() {
        const share = right / counted;
        right = 0;
        counted = 0;
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
  precision: (output) => classCounts(output, formOf(output), ({ hits, taken }) => (taken > 0 ? hits / taken : 0)),
  recall: (output) => classCounts(output, formOf(output), ({ hits, there }) => (there > 0 ? hits / there : 0)),
  f1: (output) => classCounts(output, formOf(output), ({ hits, taken, there }) => (hits > 0 ? (2 * hits) / (taken + there) : 0)),
  auc: (output) => areaUnderCurve(output, formOf(output)),
};

const formOf = ({ plan, step }: OutputLoss): TargetForm => targetForm(plan.loss.name, activationOf(step.layer));

export const isBetter = (name: MetricName): "higher" | "lower" => metrics[name].better;

/** What counts as right depends on the loss and the width, and is settled before the first row. */
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

/** Every output number with its target, in own units; a class index counts as its one-hot row. */
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
