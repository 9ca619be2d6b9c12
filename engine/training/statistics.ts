/** What an epoch tells of each layer's gradient: kept as sums while the batches pass, read once at the end. */
import type { LayerStatistics } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Network } from "../network/network.ts";

interface LayerRange {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

export interface GradientRecorder {
  /** After each batch's reverse pass, before the update. */
  readonly record: () => void;
  /** Around the epoch's last update, to measure how far it moved the weights. */
  readonly beforeLastUpdate: () => void;
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
  const { weights, gradients } = network;
  const norms = new Float64Array(ranges.length);
  const sums = new Float64Array(ranges.length);
  const largest = new Float64Array(ranges.length);
  const zeros = new Float64Array(ranges.length);
  const before = weights.slice();
  let batches = 0;

  return {
    record() {
      batches++;
      for (let k = 0; k < ranges.length; k++) {
        const { from, to } = ranges[k];
        let squares = 0;
        let sum = 0;
        let max = largest[k];
        let none = 0;
        for (let i = from; i < to; i++) {
          const g = gradients[i];
          const size = Math.abs(g);
          squares += g * g;
          sum += g;
          if (size > max) max = size;
          if (g === 0) none++;
        }
        norms[k] += Math.sqrt(squares);
        sums[k] += sum;
        largest[k] = max;
        zeros[k] += none;
      }
    },
    beforeLastUpdate() {
      before.set(weights);
    },
    take() {
      const count = Math.max(batches, 1);
      const statistics = ranges.map(({ layer, from, to }, k): LayerStatistics => {
        const entries = count * (to - from);
        return {
          layer,
          gradient: { norm: norms[k] / count, mean: sums[k] / entries, max: largest[k], zeros: zeros[k] / entries },
          updateRatio: updateRatio(before, weights, from, to),
        };
      });
      for (const figures of [norms, sums, largest, zeros]) figures.fill(0);
      batches = 0;
      return statistics;
    },
  };
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
