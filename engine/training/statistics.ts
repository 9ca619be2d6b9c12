/** Each layer's gradient statistics over an epoch: sums that are updated batch by batch and read once at the end. */
import { activations } from "../catalog/activations.ts";
import type { GradientStatistics, LayerStatistics } from "../events.ts";
import { GRADIENT_STATISTICS, RANGE_STATISTICS, STATISTIC } from "../kernels/abi.ts";
import type { Numbers } from "../kernels/kernels.ts";
import { isActivationLine } from "../layerTraits.ts";
import type { Network } from "../network/network.ts";
import { activationOf } from "../network/outputLosses.ts";
import type { PlannedLayer } from "../plan.ts";

interface LayerRange {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

export interface GradientRecorder {
  /** Counts the rows for which each unit is 0, after the forward pass of sampled rows. */
  readonly countZeros: () => void;
  /** Adds a sampled batch's gradients, before the update. Returns the first layer with an infinite or NaN gradient, if any. */
  readonly record: () => string | undefined;
  /** Adds the numbers of batches and rows that a recording sampled into the same buffers. */
  readonly addSampled: (batches: number, rows: number) => void;
  /** Returns the first layer with infinite or NaN sums, if any. */
  readonly firstNonFiniteLayer: () => string | undefined;
  /** Saves the weights before the epoch's last update, to measure its size. */
  readonly saveWeights: () => void;
  /** The memory in which calls of many epochs (ahead.ts) accumulate their statistics. */
  readonly buffers: {
    readonly totals: Float64Array;
    readonly before: Numbers;
    readonly ranges: readonly (LayerRange & { readonly zeros: Numbers | undefined; readonly units: number })[];
  };
  /**
   * Returns the statistics of an epoch in such a call: `numbers` contains RANGE_STATISTICS for each range, starting at `at`, over `sampled` batches.
   */
  readonly read: (numbers: Float64Array, at: number, sampled: number) => LayerStatistics[];
  /** Returns ‖Δw‖ / ‖w‖ of the epoch's last update for weights [from, to). */
  readonly updateRatio: (from: number, to: number) => number;
  /** Returns the epoch's statistics and resets the sums. */
  readonly take: () => LayerStatistics[];
}

/** Returns the ranges of weights that training changes. In the flat arrays, a layer's kernel and bias are adjacent, followed by its statistics. */
export function trainedRanges({ parameters }: Network): LayerRange[] {
  const ranges: { layer: string; from: number; to: number }[] = [];
  for (const { layer, planned, offset, values } of parameters) {
    if (!planned.trained) continue;
    const last = ranges.at(-1);
    if (last?.layer === layer.id) last.to = offset + values.length;
    else ranges.push({ layer: layer.id, from: offset, to: offset + values.length });
  }
  return ranges;
}

export function gradientRecorder(network: Network): GradientRecorder {
  const ranges = trainedRanges(network);
  const { weights, gradients, kernels } = network;
  /** GRADIENT_STATISTICS sums for each range. */
  const totals = kernels.allocateSums(GRADIENT_STATISTICS * ranges.length);
  const before = kernels.allocate(weights.length);
  const activities = ranges.map(({ layer }) => activityOf(network, layer));
  let batches = 0;
  let sampledRows = 0;

  return {
    countZeros() {
      sampledRows += network.batch.rows;
      for (const activity of activities) activity?.count(network.batch.rows);
    },
    record() {
      batches++;
      let nonFinite: string | undefined;
      for (let k = 0; k < ranges.length; k++) {
        const { layer, from, to } = ranges[k];
        if (!kernels.addGradientStatistics(gradients, from, to, totals, k)) nonFinite ??= layer;
      }
      return nonFinite;
    },
    addSampled(count, rows) {
      batches += count;
      sampledRows += rows;
    },
    firstNonFiniteLayer: () => ranges.find((_range, k) => !Number.isFinite(totals[GRADIENT_STATISTICS * k + STATISTIC.norms]))?.layer,
    saveWeights() {
      before.set(weights);
    },
    updateRatio: (from, to) => updateRatio(before, weights, from, to),
    buffers: {
      totals,
      before,
      ranges: ranges.map((range, k) => ({ ...range, zeros: activities[k]?.zeros, units: activities[k]?.units ?? 0 })),
    },
    read(numbers, at, sampled) {
      const statistics = new Array<LayerStatistics>(ranges.length);
      for (let k = 0; k < ranges.length; k++)
        statistics[k] = rowStatistics(numbers, at + RANGE_STATISTICS * k, sampled, ranges[k], activities[k]?.units ?? null);
      return statistics;
    },
    take() {
      const statistics = ranges.map(
        ({ layer, from, to }, k): LayerStatistics => ({
          layer,
          gradient: gradientOf(totals, GRADIENT_STATISTICS * k, Math.max(batches, 1), to - from),
          updateRatio: updateRatio(before, weights, from, to),
          weightNorm: norm(weights, from, to),
          deadUnits: activities[k]?.dead(sampledRows) ?? null,
          units: activities[k]?.units ?? null,
        }),
      );
      totals.fill(0);
      batches = 0;
      sampledRows = 0;
      return statistics;
    },
  };
}

/** Returns a range's statistics from its RANGE_STATISTICS, starting at numbers[row]. */
function rowStatistics(
  numbers: Float64Array,
  row: number,
  sampled: number,
  { layer, from, to }: LayerRange,
  units: number | null,
): LayerStatistics {
  const size = numbers[row + STATISTIC.before];
  return {
    layer,
    gradient: gradientOf(numbers, row, sampled, to - from),
    updateRatio: size > 0 ? Math.sqrt(numbers[row + STATISTIC.moved] / size) : 0,
    weightNorm: Math.sqrt(numbers[row + STATISTIC.after]),
    deadUnits: units === null ? null : numbers[row + STATISTIC.dead],
    units,
  };
}

/** Returns the gradient statistics from the sums at totals[at], over `batches` batches with `count` gradients each. */
function gradientOf(totals: Float64Array, at: number, batches: number, count: number): GradientStatistics {
  const entries = batches * count;
  const mean = totals[at + STATISTIC.sum] / entries;
  // Rounding can make the variance of equal gradients slightly negative.
  const spread = Math.sqrt(Math.max(0, totals[at + STATISTIC.squares] / entries - mean * mean));
  return {
    norm: totals[at + STATISTIC.norms] / batches,
    mean,
    spread,
    max: totals[at + STATISTIC.largest],
    zeros: totals[at + STATISTIC.zeros] / entries,
  };
}

interface Activity {
  readonly units: number;
  /** For each unit, the number of sampled rows in which it was 0. */
  readonly zeros: Numbers;
  readonly count: (rows: number) => void;
  /** Returns the number of units that were 0 in at least DEAD_SHARE of the `rows`, and resets the counts. */
  readonly dead: (rows: number) => number;
}

/** Whether the layer ends in an activation with units that may get stuck at 0. */
function dies(layer: PlannedLayer): boolean {
  const activation = activationOf(layer);
  return activation !== undefined && "dies" in activations[activation];
}

/** A unit is dead if it is 0 in at least this share of the rows. */
export const DEAD_SHARE = 0.9;

/**
 * Returns the counter of zeros for a layer followed by relu or relu6, on its own line or the next one. Returns undefined for other layers, because
 * their activations have no value at which a unit gets stuck.
 */
function activityOf(network: Network, id: string): Activity | undefined {
  const next = network.steps.filter(({ layer }) => layer.inputs.includes(id));
  const own = network.stepOf.get(id);
  const step =
    own && dies(own.layer) ? own : next.length === 1 && dies(next[0].layer) && isActivationLine(next[0].layer) ? next[0] : undefined;
  if (!step || network.plan.outputs.includes(step.layer.id)) return undefined;
  const { width: units, values } = step.output;
  const zeros = network.kernels.allocate(units);
  return {
    units,
    zeros,
    count(rows) {
      network.kernels.countZeros(values, zeros, rows, units);
    },
    dead(rows) {
      let count = 0;
      for (const zero of zeros) if (rows > 0 && zero >= DEAD_SHARE * rows) count++;
      zeros.fill(0);
      return count;
    },
  };
}

function norm(values: Numbers, from: number, to: number): number {
  let squares = 0;
  for (let i = from; i < to; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
}

/** Returns ‖after − before‖ / ‖before‖ over [from, to), or 0 if ‖before‖ is 0. */
function updateRatio(before: Numbers, after: Numbers, from: number, to: number): number {
  let moved = 0;
  let size = 0;
  for (let i = from; i < to; i++) {
    moved += (after[i] - before[i]) ** 2;
    size += before[i] ** 2;
  }
  return size > 0 ? Math.sqrt(moved / size) : 0;
}
