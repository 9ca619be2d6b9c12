/** The metrics, accumulated batch by batch. Outputs and targets are in the data's own units. */
import type { EveryRead, NoSettings, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import { PROBABILITY_EPSILON, type TargetForm, targetForm } from "../catalog/losses.ts";
import { type MetricName, metrics } from "../catalog/metrics.ts";
import type { Scaler } from "../data/scaling.ts";
import { activationOf, type OutputLoss } from "../network/outputLosses.ts";
import type { MetricPlan } from "../plan.ts";
import { areaUnderCurve, classCounts, classRows, largest, type Running } from "./classes.ts";
import { determination } from "./determination.ts";

export interface RunningMetric extends Running {
  readonly name: string;
}

/** Returns the metrics by name: `accuracy`, or `price_mae` if there are several outputs. `units` contains a scaler for each number of each output. */
export function runningMetrics(
  planned: readonly MetricPlan[],
  outputs: readonly OutputLoss[],
  units: readonly (readonly Scaler[])[],
): RunningMetric[] {
  return outputs.flatMap((output, k) =>
    planned
      .filter((use) => (use.output ?? output.plan.layer) === output.plan.layer)
      .map((use) => ({
        name: outputs.length > 1 ? `${output.plan.layer}_${use.name}` : use.name,
        ...running(use, output, units[k]),
      })),
  );
}

const running = <K extends MetricName>(
  { name, settings }: Configured<"metrics", K>,
  output: OutputLoss,
  units: readonly Scaler[],
): Running => METRICS[name](settings, output, units);

const rules = {
  accuracy: (_settings: NoSettings, output: OutputLoss) => shareOf(output, accuracyRule(output)),
  top_k_accuracy: ({ k }: Reads<"k">, output: OutputLoss) => shareOf(output, topRule(output, k)),
  mae: (_settings: NoSettings, output: OutputLoss, units: readonly Scaler[]) => meanOf(output, units, (y, t) => Math.abs(t - y)),
  mse: (_settings: NoSettings, output: OutputLoss, units: readonly Scaler[]) => meanOf(output, units, (y, t) => (t - y) ** 2),
  rmse: (_settings: NoSettings, output: OutputLoss, units: readonly Scaler[]) => {
    const mean = meanOf(output, units, (y, t) => (t - y) ** 2);
    return { add: mean.add, take: () => Math.sqrt(mean.take()) };
  },
  mape: (_settings: NoSettings, output: OutputLoss, units: readonly Scaler[]) =>
    meanOf(output, units, (y, t) => (100 * Math.abs(t - y)) / Math.max(Math.abs(t), PROBABILITY_EPSILON)),
  // The plain mean over the columns, as in Keras and scikit-learn.
  r2: (_settings: NoSettings, output: OutputLoss, units: readonly Scaler[]) => {
    const columns = units.map(determination);
    return {
      add: (rows) => eachPair(output, units, rows, (y, t, column) => columns[column].add(y, t)),
      take: () => columns.reduce((sum, column) => sum + column.take(), 0) / columns.length,
    };
  },
  precision: (_settings: NoSettings, output: OutputLoss) =>
    classCounts(output, formOf(output), ({ truePositives, predicted }) => (predicted > 0 ? truePositives / predicted : 0)),
  recall: (_settings: NoSettings, output: OutputLoss) =>
    classCounts(output, formOf(output), ({ truePositives, actual }) => (actual > 0 ? truePositives / actual : 0)),
  f1: (_settings: NoSettings, output: OutputLoss) =>
    classCounts(output, formOf(output), ({ truePositives, predicted, actual }) =>
      truePositives > 0 ? (2 * truePositives) / (predicted + actual) : 0,
    ),
  auc: (_settings: NoSettings, output: OutputLoss) => areaUnderCurve(output, formOf(output)),
} satisfies Record<MetricName, (settings: never, output: OutputLoss, units: readonly Scaler[]) => Running>;

const METRICS: {
  readonly [K in MetricName]: (settings: SettingsOf<"metrics">[K], output: OutputLoss, units: readonly Scaler[]) => Running;
} = rules satisfies EveryRead<SettingsOf<"metrics">, [typeof rules]>;

const formOf = ({ plan, step }: OutputLoss): TargetForm => targetForm(plan.loss.name, activationOf(step.layer));

export const isBetter = (name: MetricName): "higher" | "lower" => metrics[name].better;

/** Returns the share of correct predictions by `countCorrect`, over all places of all rows. */
function shareOf(output: OutputLoss, countCorrect: (row: number) => readonly [number, number]): Running {
  let correct = 0;
  let total = 0;
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
}

/** Returns a function that counts whether a row's class is among the `k` largest outputs. As in Keras, equal outputs do not count as larger. */
function topRule(output: OutputLoss, k: number): (row: number) => readonly [number, number] {
  const { step, targets } = output;
  const values = step.output.values;
  const form = formOf(output);
  const { units } = classRows(output, form);
  if (units === 1) return accuracyRule(output);
  return (row) => {
    const right = values[row * units + (form === "class_index" ? targets[row] : largest(targets, row, units))];
    let above = 0;
    for (let j = 0; j < units; j++) if (!(values[row * units + j] <= right)) above++;
    return [above < k ? 1 : 0, 1];
  };
}

/**
 * Returns a function that returns a row's number of correct predictions and of all predictions. The rule depends on the loss and the output's width.
 */
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

function meanOf(output: OutputLoss, units: readonly Scaler[], size: (y: number, t: number) => number): Running {
  let sum = 0;
  let count = 0;
  return {
    add(rows) {
      eachPair(output, units, rows, (y, t) => {
        sum += size(y, t);
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

/** Calls `take` with each number of the output and its target, in the data's own units. A class index is compared as its one-hot row. */
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
