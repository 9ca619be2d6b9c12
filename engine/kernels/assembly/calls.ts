/** The calls of a recording that the first thread executes. Each function reads its operands from the entry `e` and processes `n` rows. */
import {
  Activate, Add, BiasGradient, Clear, Copy, CountZeros, FusedUpdate, Gather, LossGradient, LossTotal, Slope, Softmax, SoftmaxGradient,
  SoftmaxLoss, Statistic, Statistics, STRETCH_STATISTICS, StretchStatistic, WORDS,
} from "./abi";
import { activate, addSlope, addSoftmaxGradient, softmax } from "./activations";
import { float, int } from "./entry";
import { madd } from "./madd";
import { addLossGradient, addWeightedLossGradient, lossTotal, softmaxLoss, weightedLossTotal } from "./lossKernels";
import { addBiasGradient } from "./matrix";
import { share, stretches, updateFrom } from "./threads";
import { checkSquares, countZeros, gather } from "./updates";

// @ts-ignore: decorator
@inline
export function doGather(e: usize, n: i32, rows: usize): void {
  gather(
    int(e, Gather.table), int(e, Gather.columns), int(e, Gather.start), int(e, Gather.width), rows, 0, n,
    int(e, Gather.to), int(e, Gather.stride),
  );
}

// @ts-ignore: decorator
@inline
export function doActivate(e: usize, n: i32): void {
  activate(int(e, Activate.activation), int(e, Activate.z), int(e, Activate.a), n * int(e, Activate.width), float(e, Activate.setting));
}

// @ts-ignore: decorator
@inline
export function doSlope(e: usize, n: i32): void {
  addSlope(
    int(e, Slope.activation), int(e, Slope.z), int(e, Slope.a), int(e, Slope.da), int(e, Slope.dz), n * int(e, Slope.width),
    float(e, Slope.setting), int(e, Slope.fresh),
  );
}

// @ts-ignore: decorator
@inline
export function doSoftmax(e: usize, n: i32): void {
  softmax(int(e, Softmax.z), int(e, Softmax.a), n * int(e, Softmax.places), int(e, Softmax.units));
}

// @ts-ignore: decorator
@inline
export function doSoftmaxGradient(e: usize, n: i32): void {
  const rows = n * int(e, SoftmaxGradient.places);
  const units = int(e, SoftmaxGradient.units);
  addSoftmaxGradient(int(e, SoftmaxGradient.a), int(e, SoftmaxGradient.da), int(e, SoftmaxGradient.dz), rows, units);
}

/** Returns the batch's loss times `n`: the loss is a mean over rows. */
// @ts-ignore: decorator
@inline
export function doLossTotal(e: usize, n: i32): f64 {
  const places = int(e, LossTotal.places);
  const weights = int(e, LossTotal.weights);
  const total = weights
    ? weightedLossTotal(
      int(e, LossTotal.loss), int(e, LossTotal.z), int(e, LossTotal.a), int(e, LossTotal.t), weights, n, places, int(e, LossTotal.units),
      float(e, LossTotal.setting),
    )
    : lossTotal(
      int(e, LossTotal.loss), int(e, LossTotal.z), int(e, LossTotal.a), int(e, LossTotal.t), n * places, int(e, LossTotal.units),
      float(e, LossTotal.setting),
    );
  return <f64>float(e, LossTotal.factor) * total;
}

/** `inverse`: 1 / n. */
// @ts-ignore: decorator
@inline
export function doLossGradient(e: usize, n: i32, inverse: f32): void {
  const places = int(e, LossGradient.places);
  const weights = int(e, LossGradient.weights);
  const factor = inverse * float(e, LossGradient.factor);
  if (weights) {
    addWeightedLossGradient(
      int(e, LossGradient.loss), int(e, LossGradient.a), int(e, LossGradient.t), weights, int(e, LossGradient.g), n, places,
      int(e, LossGradient.units), factor, float(e, LossGradient.setting), int(e, LossGradient.fresh),
    );
    return;
  }
  addLossGradient(
    int(e, LossGradient.loss), int(e, LossGradient.a), int(e, LossGradient.t), int(e, LossGradient.g), n * places,
    int(e, LossGradient.units), factor, float(e, LossGradient.setting), int(e, LossGradient.fresh),
  );
}

/** Returns the batch's loss times `n`. `inverse`: 1 / n. */
// @ts-ignore: decorator
@inline
export function doSoftmaxLoss(e: usize, n: i32, inverse: f32): f64 {
  const rows = n * int(e, SoftmaxLoss.places);
  const total = softmaxLoss(
    int(e, SoftmaxLoss.z), int(e, SoftmaxLoss.a), int(e, SoftmaxLoss.t), int(e, SoftmaxLoss.g), rows, int(e, SoftmaxLoss.units),
    inverse * float(e, SoftmaxLoss.factor), int(e, SoftmaxLoss.fresh),
  );
  return <f64>float(e, SoftmaxLoss.totalFactor) * total;
}

// @ts-ignore: decorator
@inline
export function doCountZeros(e: usize, n: i32): void {
  countZeros(int(e, CountZeros.a), int(e, CountZeros.counts), n, int(e, CountZeros.units));
}

// @ts-ignore: decorator
@inline
export function doBiasGradient(e: usize, n: i32): void {
  const units = int(e, BiasGradient.units);
  addBiasGradient(int(e, BiasGradient.dz), int(e, BiasGradient.db), n, units, 0, units, 1);
}

// @ts-ignore: decorator
@inline
export function doClear(e: usize): void {
  memory.fill(int(e, Clear.at), 0, int(e, Clear.length) << 2);
}

// @ts-ignore: decorator
@inline
export function doCopy(e: usize, n: i32): void {
  copyTo(int(e, Copy.from), int(e, Copy.to), n * int(e, Copy.width), float(e, Copy.factor));
}

// @ts-ignore: decorator
@inline
export function doAdd(e: usize, n: i32): void {
  addInto(int(e, Add.from), int(e, Add.to), n * int(e, Add.width), float(e, Add.factor));
}

/** to = factor · from, in whole vectors if the factor is not 1. */
export function copyTo(from: usize, to: usize, length: i32, factor: f32): void {
  if (factor == 1) {
    memory.copy(to, from, length << 2);
    return;
  }
  const f = f32x4.splat(factor);
  const end = from + (length << 2);
  while (from < end) {
    v128.store(to, f32x4.mul(f, v128.load(from)));
    from += 16;
    to += 16;
  }
}

/** to += factor · from, in whole vectors. */
export function addInto(from: usize, to: usize, length: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  const end = from + (length << 2);
  while (from < end) {
    v128.store(to, madd(f, v128.load(from), v128.load(to)));
    from += 16;
    to += 16;
  }
}

/** Returns the last entry of the range that starts with the statistics entry `e`: its update, or its `fusedUpdate` if any. */
// @ts-ignore: decorator
@inline
export function lastOfRange(e: usize): usize {
  return e + (int(e, Statistics.hasFusedUpdate) != 0 ? WORDS << 3 : WORDS << 2);
}

/**
 * Updates a range of weights by its gradients while they are still in the L1 cache. In a sampled batch, also adds the gradients' statistics. Returns
 * whether all sampled gradients are finite.
 */
// @ts-ignore: decorator
@inline
export function doUpdate(e: usize, n: i32, rate: f32, isSampled: bool): bool {
  if (isSampled) return updateWithStatistics(e, rate);
  const update = e + (WORDS << 2);
  if (int(e, Statistics.hasFusedUpdate) != 0) {
    const fused = update + (WORDS << 2);
    share(fused, n, rate);
    const kernel = int(fused, FusedUpdate.inputs) * int(fused, FusedUpdate.units);
    updateFrom(update, kernel << 2, int(e, Statistics.g) + (kernel << 2), int(e, Statistics.length) - kernel, rate);
  } else updateFrom(update, 0, int(e, Statistics.g), int(e, Statistics.length), rate);
  return true;
}

/** The maximum number of gradients in a range that are summed one by one, because adding a vector's lanes would take longer. */
const SCALAR_LENGTH: i32 = 12;

/**
 * Adds the statistics of the range's gradients to its totals and updates its weights. Threads divide the stretches, and the sums of the stretches are
 * added in order. Returns whether all gradients are finite.
 */
function updateWithStatistics(statistics: usize, rate: f32): bool {
  const g = int(statistics, Statistics.g);
  const length = int(statistics, Statistics.length);
  const totals = int(statistics, Statistics.totals);
  const sums = int(statistics, Statistics.sums);
  let squares: f64 = 0;
  let sum: f64 = 0;
  let largest = load<f64>(totals, Statistic.largest);
  let zeros: f64 = 0;
  if (length <= SCALAR_LENGTH) {
    for (let at: usize = g, end: usize = g + (length << 2); at < end; at += 4) {
      const x = <f64>load<f32>(at);
      squares += x * x;
      sum += x;
      const size = Math.abs(x);
      if (size > largest) largest = size;
      if (x == 0) zeros++;
    }
    updateFrom(statistics + (WORDS << 2), 0, g, length, rate);
  } else {
    share(statistics, length, rate);
    const end: usize = sums + stretches(length) * (STRETCH_STATISTICS << 3);
    for (let at: usize = sums; at < end; at += STRETCH_STATISTICS << 3) {
      squares += load<f64>(at, StretchStatistic.squares);
      sum += load<f64>(at, StretchStatistic.sum);
      largest = max(largest, load<f64>(at, StretchStatistic.largest));
      zeros += load<f64>(at, StretchStatistic.zeros);
    }
    const scratch = int(statistics, Statistics.scratch);
    store<f64>(scratch, squares, StretchStatistic.squares);
    checkSquares(g, length, scratch);
    squares = load<f64>(scratch, StretchStatistic.squares);
  }
  store<f64>(totals, load<f64>(totals, Statistic.norms) + Math.sqrt(squares), Statistic.norms);
  store<f64>(totals, load<f64>(totals, Statistic.sum) + sum, Statistic.sum);
  store<f64>(totals, largest, Statistic.largest);
  store<f64>(totals, load<f64>(totals, Statistic.zeros) + zeros, Statistic.zeros);
  store<f64>(totals, load<f64>(totals, Statistic.squares) + squares, Statistic.squares);
  return squares - squares == 0;
}
