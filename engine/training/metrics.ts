/** The metrics at work: sums kept while rows pass. Outputs and targets come in the units that the user knows. */
import { type Loss, losses } from "../catalog/losses.ts";
import { type MetricName, metrics } from "../catalog/metrics.ts";
import type { Scaler } from "../data/scaling.ts";
import type { OutputLoss } from "../network/losses.ts";

export interface RunningMetric {
  readonly name: string;
  /** Takes the batch's rows. */
  readonly add: (rows: number) => void;
  /** The value so far; begins anew. */
  readonly take: () => number;
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

type Running = Omit<RunningMetric, "name">;

const METRICS: { readonly [K in MetricName]: (output: OutputLoss, units: readonly Scaler[]) => Running } = {
  accuracy: (output) => {
    let right = 0;
    let counted = 0;
    const countRight = accuracyRule(output);
    return {
      add(rows) {
        for (let row = 0; row < rows; row++) {
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
  r2: (output, units) => {
    let errors = 0;
    let count = 0;
    let mean = 0;
    let spread = 0;
    return {
      add(rows) {
        eachPair(output, units, rows, (y, t) => {
          errors += (t - y) ** 2;
          // Welford's running variance: exact for targets far from 0
          count++;
          const distance = t - mean;
          mean += distance / count;
          spread += distance * (t - mean);
        });
      },
      take() {
        const value = 1 - errors / spread;
        errors = count = mean = spread = 0;
        return value;
      },
    };
  },
};

export const isBetter = (name: MetricName): "higher" | "lower" => metrics[name].better;

/** What counts as right depends on the loss and the width, and is settled before the first row. */
function accuracyRule({ step, targets, targetWidth, plan }: OutputLoss): (row: number) => readonly [number, number] {
  const values = step.output.values;
  const units = step.output.width;
  const { target }: Loss = losses[plan.loss.name];
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

function largest(values: ArrayLike<number>, row: number, units: number): number {
  let best = 0;
  for (let j = 1; j < units; j++) if (values[row * units + j] > values[row * units + best]) best = j;
  return best;
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
  take: (y: number, t: number) => void,
): void {
  const width = step.output.width;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < width; j++) {
      const { factor, offset } = units[j];
      const t = targetWidth === width ? targets[row * width + j] : targets[row] === j ? 1 : 0;
      take(step.output.values[row * width + j] * factor + offset, t * factor + offset);
    }
  }
}
