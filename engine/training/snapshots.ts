/**
 * Snapshots of a mini-batch: the distributions of weights, gradients and outputs. They are taken only while a panel shows the run, and of so few
 * epochs that they cost little. Nothing is interpolated between them.
 */
import type { Distribution, OutputSnapshot, ParameterSnapshot, TrainingEventOf } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Learner } from "./learner.ts";

export const BINS = 40;
/** The number of snapshots of a run. At twice this number, every second one is dropped, and from then on only every second epoch is due. */
const MAX_SNAPSHOTS = 64;
/** Snapshots may take this share of the training time, and FREE_SECONDS besides. */
const MAX_TIME = 0.02;
const FREE_SECONDS = 0.05;
/** A network with at most this many weights is small: its snapshots contain every number. */
const SMALL = 400;
/** Numbers in all of a run's snapshots, so that a deep network has fewer snapshots. */
const MAX_NUMBERS = 150_000;

/** Returns the distribution of `length` numbers: statistics in float64 by two passes, and bins of equal width over [min, max], the last one closed. */
export function distributionOf(values: Numbers, length = values.length): Distribution {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  let zeros = 0;
  let unsound = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    // The difference is 0 for a finite number, and NaN for NaN and infinity.
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
  /**
   * Returns a snapshot of the epoch's last mini-batch, or undefined if the epoch is not due or the time budget is spent. `seconds` is the training time
   * so far.
   */
  readonly take: (epoch: number, seconds: number) => TrainingEventOf<"snapshot"> | undefined;
  /** Returns the number of epochs from this one to the next one that is due, both included. */
  readonly until: (epoch: number) => number;
}

export function snapshotTaker(learner: Learner, now: () => number): SnapshotTaker {
  const { network, recorder } = learner;
  const numbers = BINS * (2 * network.parameters.length + network.steps.length);
  const maxSnapshots = Math.max(8, Math.min(MAX_SNAPSHOTS, Math.floor(MAX_NUMBERS / numbers)));
  const isSmall = network.weights.length <= SMALL;
  let stride = 1;
  let count = 0;
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
      if (spent > FREE_SECONDS + MAX_TIME * seconds) return undefined;
      const began = now();
      if (++count >= 2 * maxSnapshots) {
        stride *= 2;
        count = maxSnapshots;
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
