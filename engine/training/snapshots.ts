/**
 * What a mini-batch looks like from inside: how weights, gradients and outputs are spread. Taken only while somebody watches, and
 * only of so many epochs that it costs little; what is not taken is not guessed.
 */
import type { Distribution, OutputSnapshot, ParameterSnapshot, TrainingEventOf } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Learner } from "./learner.ts";

export const BINS = 40;
/** Snapshots of a run; at twice as many every second one is dropped, and from then on every second epoch is left out. */
const MOST = 64;
/** Share of the training time that snapshots may take, beside a little to begin with. */
const MOST_TIME = 0.02;
const FREE_SECONDS = 0.05;
/** Weights of a network whose numbers are told one by one. */
const SMALL = 400;
/** Numbers of a run's snapshots, so that a deep network has fewer of them. */
const MOST_NUMBERS = 150_000;

/**
 * Σ over `length` numbers: two passes, exact in float64; bins of equal width over [min, max], the last one closed. O(length).
 */
export function distributionOf(values: Numbers, length = values.length): Distribution {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  let zeros = 0;
  let unsound = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    // NaN and infinity are what differs from itself when it is taken from itself.
    if (value - value !== 0) {
      unsound++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
  }
  const finite = length - unsound;
  if (finite === 0) return { count: length, unsound, min: 0, max: 0, mean: 0, spread: 0, norm: 0, zeros: 0, bins: [] };
  const mean = sum / finite;
  const width = max - min;
  const bins = new Array<number>(width > 0 ? BINS : 1).fill(0);
  let deviations = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value - value !== 0) continue;
    deviations += (value - mean) * (value - mean);
    bins[width > 0 ? Math.min(BINS - 1, Math.floor((BINS * (value - min)) / width)) : 0]++;
  }
  return {
    count: length,
    unsound,
    min,
    max,
    mean,
    spread: Math.sqrt(deviations / finite),
    norm: Math.sqrt(squares),
    zeros: zeros / finite,
    bins,
  };
}

export interface SnapshotTaker {
  /** After an epoch's last mini-batch. `seconds` were trained so far. undefined: this epoch's turn it is not, or time is short. */
  readonly take: (epoch: number, seconds: number) => TrainingEventOf<"snapshot"> | undefined;
  /** How many epochs from this one on end with the next one whose turn it is. */
  readonly until: (epoch: number) => number;
}

export function snapshotTaker(learner: Learner, now: () => number): SnapshotTaker {
  const { network, recorder } = learner;
  const numbers = BINS * (2 * network.parameters.length + network.steps.length);
  const most = Math.max(8, Math.min(MOST, Math.floor(MOST_NUMBERS / numbers)));
  const isSmall = network.weights.length <= SMALL;
  let stride = 1;
  let kept = 0;
  let spent = 0;

  const take = (epoch: number): TrainingEventOf<"snapshot"> => {
    const { rows } = network.batch;
    const parameters = network.parameters.map(
      ({ layer, planned: { name, shape, trained }, offset, values, gradient }): ParameterSnapshot => ({
        layer: layer.id,
        name,
        shape,
        weights: distributionOf(values),
        gradient: trained ? distributionOf(gradient) : null,
        updateRatio: trained ? recorder.updateRatio(offset, offset + values.length) : null,
        values: isSmall ? [...values] : null,
        gradients: isSmall && trained ? [...gradient] : null,
      }),
    );
    const outputs = network.steps.map(
      ({ layer, output: { values, width } }): OutputSnapshot => ({
        layer: layer.id,
        values: distributionOf(values, rows * width),
        means: isSmall ? meansOf(values, rows, width) : null,
      }),
    );
    return { kind: "snapshot", epoch, rows, stride, parameters, outputs };
  };

  return {
    until: (epoch) => stride - ((epoch - 1) % stride),
    take(epoch, seconds) {
      if (epoch !== 1 && epoch % stride !== 0) return undefined;
      if (spent > FREE_SECONDS + MOST_TIME * seconds) return undefined;
      const began = now();
      if (++kept >= 2 * most) {
        stride *= 2;
        kept = most;
        if (epoch % stride !== 0) return undefined;
      }
      const snapshot = take(epoch);
      spent += (now() - began) / 1000;
      return snapshot;
    },
  };
}

function meansOf(values: Numbers, rows: number, width: number): number[] {
  const means = new Array<number>(width).fill(0);
  for (let row = 0; row < rows; row++) for (let j = 0; j < width; j++) means[j] += values[row * width + j] / rows;
  return means;
}
