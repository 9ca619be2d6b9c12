/** What an epoch tells of each layer's gradient: kept as sums while the batches pass, read once at the end. */
import type { LayerStatistics } from "../events.ts";
import { FIGURES, type Numbers } from "../kernels/kernels.ts";
import { activationOf } from "../network/losses.ts";
import type { Network } from "../network/network.ts";

interface LayerRange {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

export interface GradientRecorder {
  /** After each forward pass of rows that are looked at: which units were 0. */
  readonly countZeros: () => void;
  /** After the reverse pass of a batch that is looked at, before the update. Gives the first layer whose gradient is no number, if any. */
  readonly record: () => string | undefined;
  /** So many batches were looked at elsewhere, of so many rows in all, by the same kernels in the same places. */
  readonly ran: (batches: number, rows: number) => void;
  /** The first layer whose figures are no numbers, if any. */
  readonly firstBad: () => string | undefined;
  /** Around the epoch's last update, to measure how far it moved the weights. */
  readonly beforeLastUpdate: () => void;
  /** ‖Δw‖ / ‖w‖ of the epoch's last update, of the weights [from, to). */
  readonly updateRatio: (from: number, to: number) => number;
  /** The epoch's figures; begins the next epoch. */
  readonly take: () => LayerStatistics[];
}

/** What training changes. Kernel and bias of a layer lie side by side in the flat arrays, statistics after them. */
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
  /** Of each range: the sum of the batches' norms, the sum of the gradients, the largest, the number of zeros, the sum of the squares. */
  const kept = kernels.allocateSums(FIGURES * ranges.length);
  const before = weights.slice();
  const activities = ranges.map(({ layer }) => activityOf(network, layer));
  let batches = 0;
  let seen = 0;

  return {
    countZeros() {
      seen += network.batch.rows;
      for (const activity of activities) activity?.count(network.batch.rows);
    },
    record() {
      batches++;
      let bad: string | undefined;
      for (let k = 0; k < ranges.length; k++) {
        const { layer, from, to } = ranges[k];
        if (!kernels.keepFigures(gradients, from, to, kept, k)) bad ??= layer;
      }
      return bad;
    },
    ran(count, rows) {
      batches += count;
      seen += rows;
    },
    firstBad: () => ranges.find((_range, k) => !Number.isFinite(kept[FIGURES * k]))?.layer,
    beforeLastUpdate() {
      before.set(weights);
    },
    updateRatio: (from, to) => updateRatio(before, weights, from, to),
    take() {
      const count = Math.max(batches, 1);
      const statistics = ranges.map(({ layer, from, to }, k): LayerStatistics => {
        const entries = count * (to - from);
        const [norms, sum, max, zeros, squares] = kept.subarray(FIGURES * k, FIGURES * (k + 1));
        const mean = sum / entries;
        // Rounding may leave less than nothing of equal gradients.
        const spread = Math.sqrt(Math.max(0, squares / entries - mean * mean));
        return {
          layer,
          gradient: { norm: norms / count, mean, spread, max, zeros: zeros / entries },
          updateRatio: updateRatio(before, weights, from, to),
          weightNorm: norm(weights, from, to),
          deadUnits: activities[k]?.dead(seen) ?? null,
          units: activities[k]?.units ?? null,
        };
      });
      kept.fill(0);
      batches = 0;
      seen = 0;
      return statistics;
    },
  };
}

interface Activity {
  readonly units: number;
  readonly count: (rows: number) => void;
  /** Units that were 0 for so many of the `seen` rows since last time. */
  readonly dead: (seen: number) => number;
}

const DEAD_SHARE = 0.9;

/** Of a layer under relu, on its own line or the next one: other activations have no value that they are stuck at. */
function activityOf(network: Network, id: string): Activity | undefined {
  const next = network.steps.filter(({ layer }) => layer.inputs.includes(id));
  const own = network.stepOf.get(id);
  const step =
    own && activationOf(own.layer) === "relu"
      ? own
      : next.length === 1 && activationOf(next[0].layer) === "relu" && next[0].layer.kind === "activation"
        ? next[0]
        : undefined;
  if (!step || network.plan.outputs.includes(step.layer.id)) return undefined;
  const { width: units, values } = step.output;
  const zeros = network.kernels.allocate(units);
  return {
    units,
    count(rows) {
      network.kernels.countZeros(values, zeros, rows, units);
    },
    dead(seen) {
      let count = 0;
      for (const zero of zeros) if (seen > 0 && zero >= DEAD_SHARE * seen) count++;
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

/** ‖after − before‖ / ‖before‖ over [from, to); 0 where there was nothing. */
function updateRatio(before: Numbers, after: Numbers, from: number, to: number): number {
  let moved = 0;
  let size = 0;
  for (let i = from; i < to; i++) {
    moved += (after[i] - before[i]) ** 2;
    size += before[i] ** 2;
  }
  return size > 0 ? Math.sqrt(moved / size) : 0;
}
