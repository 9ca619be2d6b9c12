/**
 * Snapshots of a mini-batch: the distributions of weights, gradients and outputs. They are taken only while a panel shows the run, and only for as
 * many epochs as take at most 0.3 % of the training time, not counting the first and the last. An inspector takes the others afterwards (replay.ts).
 * Nothing is interpolated between them.
 */
import type { Distribution, OutputSnapshot, ParameterSnapshot, TrainingEventOf } from "../events.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Parameter } from "../network/network.ts";
import type { Learner } from "./learner.ts";
import { isSnapshotEpoch } from "./snapshotEpochs.ts";
import { trainingStep } from "./step.ts";

export const BINS = 40;
/** The number of snapshots per run. At twice this number, every second one is dropped, and from then on only every second epoch is due. */
const MAX_SNAPSHOTS = 64;
/**
 * The maximum share of the training time for snapshots. It is far below 2 %, the limit for everything that is recorded (`npm run bench -- --panel`):
 * freeing the snapshots' memory is not counted here, and on a busy machine the training time includes waits.
 */
const MAX_TIME = 0.003;
/** The maximum number of weights of a small network. Its snapshots contain every number. */
const SMALL = 400;
/** The maximum number of values in all of a run's snapshots, so that a deep network has fewer snapshots. */
const MAX_NUMBERS = 150_000;

/**
 * Returns the distribution of `length` numbers: float64 statistics from two passes, and bins of equal width over [min, max]. The last bin is closed.
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

type Snapshot = TrainingEventOf<"snapshot">;

export interface SnapshotTaker {
  /**
   * Returns a snapshot of the epoch's last mini-batch, or undefined if the epoch is not due or the time budget is used up. `seconds` is the training
   * time so far.
   */
  readonly take: (epoch: number, seconds: number) => Snapshot | undefined;
  /**
   * Returns a snapshot of the first or last epoch, regardless of the time budget; undefined if the epoch has one. It takes a step without an update.
   */
  readonly look: (epoch: number) => Snapshot | undefined;
  /** Returns the number of epochs from this one to the next due epoch, including both; infinity if the time budget is used up. */
  readonly until: (epoch: number, seconds: number) => number;
}

export function snapshotTaker(learner: Learner, now: () => number): SnapshotTaker {
  const { network } = learner;
  const numbers = BINS * (2 * network.parameters.length + network.steps.length);
  const maxSnapshots = Math.max(8, Math.min(MAX_SNAPSHOTS, Math.floor(MAX_NUMBERS / numbers)));
  let stride = 1;
  let count = 0;
  let spent = 0;
  /** The duration of the last snapshot in seconds. */
  let cost = 0;
  let last = -1;
  const isAffordable = (seconds: number): boolean => spent + cost <= MAX_TIME * seconds;
  const timed = (take: () => Snapshot): Snapshot => {
    const began = now();
    const snapshot = take();
    cost = (now() - began) / 1000;
    last = snapshot.epoch;
    return snapshot;
  };

  return {
    until: (epoch, seconds) => (isAffordable(seconds) ? stride - ((epoch - 1) % stride) : Number.POSITIVE_INFINITY),
    look: (epoch) => (epoch === last ? undefined : timed(() => lookedSnapshot(learner, epoch, stride))),
    take(epoch, seconds) {
      if (!isSnapshotEpoch(epoch, stride) || !isAffordable(seconds)) return undefined;
      if (++count >= 2 * maxSnapshots) {
        stride *= 2;
        count = maxSnapshots;
        if (!isSnapshotEpoch(epoch, stride)) return undefined;
      }
      const snapshot = timed(() => snapshotOf(learner, epoch, stride));
      spent += cost;
      return snapshot;
    },
  };
}

/** Returns the snapshot of the mini-batch on which the network has just trained. */
export function snapshotOf(learner: Learner, epoch: number, stride: number): Snapshot {
  const { recorder } = learner;
  return snapshotWith(learner, epoch, { stride, updateRatio: (from, to) => recorder.updateRatio(from, to) });
}

/** Returns a snapshot of a mini-batch with the network's current weights, without dropout and without an update, as before the first epoch. */
export function lookedSnapshot(learner: Learner, epoch: number, stride: number): Snapshot {
  const { network, examples, order, batchSize } = learner;
  order.set(examples.parts.train);
  const rows = Math.min(batchSize, order.length, network.capacity);
  for (const { at } of trainingStep(learner, { order, from: 0, rows, mode: "inspect" })) if (at === "update") break;
  return snapshotWith(learner, epoch, { stride, updateRatio: () => null });
}

/** The numbers of a mini-batch that are computed so far, by the layer's index in the steps. */
export interface ComputedLayers {
  readonly hasOutput: (layer: number) => boolean;
  readonly hasGradient: (layer: number) => boolean;
}

/** Returns a snapshot of the numbers computed so far for the current mini-batch. */
export const unfinishedSnapshot = (learner: Learner, epoch: number, computed: ComputedLayers): Snapshot =>
  snapshotWith(learner, epoch, { stride: 1, updateRatio: () => null, computed });

interface SnapshotFacts {
  readonly stride: number;
  readonly updateRatio: (from: number, to: number) => number | null;
  /** If absent, everything is computed. */
  readonly computed?: ComputedLayers;
}

function snapshotWith({ network }: Learner, epoch: number, { stride, updateRatio, computed }: SnapshotFacts): Snapshot {
  const hasGradient = ({ layer }: Parameter): boolean =>
    computed?.hasGradient(network.steps.findIndex((step) => step.layer === layer)) ?? true;
  const isSmall = network.weights.length <= SMALL;
  const { rows } = network.batch;
  const parameters = network.parameters.map((parameter): ParameterSnapshot => {
    const { layer, planned, offset, values, gradient } = parameter;
    const { name, shape, trained } = planned;
    const isKnown = trained && hasGradient(parameter);
    return {
      layer: layer.id,
      name,
      shape,
      weights: distributionOf(values),
      gradient: isKnown ? distributionOf(gradient) : null,
      updateRatio: trained ? updateRatio(offset, offset + values.length) : null,
      values: isSmall ? [...values] : null,
      gradients: isSmall && isKnown ? [...gradient] : null,
    };
  });
  const outputs = network.steps.flatMap(({ layer, output: { values, width } }, k): OutputSnapshot[] => {
    if (computed && !computed.hasOutput(k)) return [];
    return [{ layer: layer.id, values: distributionOf(values, rows * width), means: isSmall ? meansOf(values, rows, width) : null }];
  });
  return { kind: "snapshot", epoch, rows, stride, parameters, outputs };
}

function meansOf(values: Numbers, rows: number, width: number): number[] {
  const means = new Array<number>(width).fill(0);
  for (let row = 0; row < rows; row++) for (let j = 0; j < width; j++) means[j] += values[row * width + j] / rows;
  return means;
}
