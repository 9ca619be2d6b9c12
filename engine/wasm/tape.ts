/**
 * A tape: the calls of one mini-batch, recorded once, so that many batches run without a step back into JavaScript. Each entry
 * is as entry.ts says. What depends on the batch (its rows, its place in the order, the learning rate) is known here and not on the tape.
 */
import {
  Activate, Add, BiasGradient, Clear, Code, Copy, CountZeros, Gather, KernelGradient, Learn, LossGradient, LossTotal, Slope, Softmax, SoftmaxGradient,
  SoftmaxLoss, Statistic, Statistics, STRETCH_STATISTICS, StretchStatistic, WORDS,
} from "./abi";
import { activate, addSlope, addSoftmaxGradient, softmax } from "./curves";
import { float, int } from "./entry";
import { addLossGradient, lossTotal, softmaxLoss } from "./losses";
import { addBiasGradient } from "./matrix";
import { affinePart, inputPart, isAlone, kernelPart, share, stretches, updateFrom } from "./threads";
import { checkSquares, countZeros, gather } from "./updates";

/**
 * Runs batches [first, first + count) of the order: `rows` rows in all, `size` in a batch. Every `stride`th is looked at, and the order's last, whose
 * gradients stay where they are. `rates` has the optimizer's rate for each of them. `sums` takes two float64: Σ of the batches' losses times their rows,
 * and that of the last batch. Gives how many batches were done, with a minus where the loss or a gradient of the last one stopped being a number: then
 * its weights are spoilt.
 */
export function runTape(tape: usize, entries: i32, order: usize, rows: i32, size: i32, first: i32, count: i32, stride: i32, rates: usize, sums: usize): i32 {
  const alone = isAlone();
  for (let batch = 0; batch < count; batch++) {
    const from = (first + batch) * size;
    const n = min(size, rows - from);
    const rate = load<f32>(rates + (batch << 2));
    const inverse = <f32>1 / <f32>n;
    let loss: f64 = 0;
    let isSound = true;
    const looks = (first + batch + 1) % stride == 0 || from + n == rows;
    const end = tape + entries * (WORDS << 2);
    for (let e = tape; e < end; e += WORDS << 2) {
      switch (int(e, 0)) {
        case Code.gather:
          store<i32>(e, order + (from << 2), Gather.rows << 2);
          if (alone) gather(int(e, Gather.table), int(e, Gather.columns), int(e, Gather.start), int(e, Gather.width), order + (from << 2), 0, n, int(e, Gather.to), int(e, Gather.stride));
          else share(e, n, rate);
          break;
        // Small layers are sooner done than shared.
        case Code.affine:
          if (alone) affinePart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.inputGradient:
          if (alone) inputPart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.kernelGradient:
          // What is learned at once has no gradient but where it is looked at.
          if (!looks && int(e, KernelGradient.sampled) != 0) break;
          if (alone) kernelPart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.activate:
          activate(int(e, Activate.curve), int(e, Activate.z), int(e, Activate.a), n * int(e, Activate.width), float(e, Activate.setting));
          break;
        case Code.softmax:
          softmax(int(e, Softmax.z), int(e, Softmax.a), n, int(e, Softmax.units));
          break;
        case Code.clear:
          memory.fill(int(e, Clear.at), 0, int(e, Clear.length) << 2);
          break;
        case Code.lossTotal:
          loss += <f64>float(e, LossTotal.factor) * lossTotal(int(e, LossTotal.loss), int(e, LossTotal.z), int(e, LossTotal.a), int(e, LossTotal.t), n, int(e, LossTotal.units), float(e, LossTotal.setting));
          break;
        case Code.lossGradient:
          addLossGradient(int(e, LossGradient.loss), int(e, LossGradient.a), int(e, LossGradient.t), int(e, LossGradient.g), n, int(e, LossGradient.units), inverse * float(e, LossGradient.factor), float(e, LossGradient.setting), int(e, LossGradient.fresh));
          break;
        case Code.softmaxLoss:
          loss += <f64>float(e, SoftmaxLoss.totalFactor) * softmaxLoss(int(e, SoftmaxLoss.z), int(e, SoftmaxLoss.a), int(e, SoftmaxLoss.t), int(e, SoftmaxLoss.g), n, int(e, SoftmaxLoss.units), inverse * float(e, SoftmaxLoss.factor), int(e, SoftmaxLoss.fresh));
          break;
        case Code.countZeros:
          if (looks) countZeros(int(e, CountZeros.a), int(e, CountZeros.counts), n, int(e, CountZeros.units));
          break;
        case Code.softmaxGradient:
          addSoftmaxGradient(int(e, SoftmaxGradient.a), int(e, SoftmaxGradient.da), int(e, SoftmaxGradient.dz), n, int(e, SoftmaxGradient.units));
          break;
        case Code.slope:
          addSlope(int(e, Slope.curve), int(e, Slope.z), int(e, Slope.a), int(e, Slope.da), int(e, Slope.dz), n * int(e, Slope.width), float(e, Slope.setting), int(e, Slope.fresh));
          break;
        case Code.biasGradient:
          addBiasGradient(int(e, BiasGradient.dz), int(e, BiasGradient.db), n, int(e, BiasGradient.units), 0, int(e, BiasGradient.units), 1);
          break;
        case Code.statistics: {
          // The update of the same gradients stands next, and takes them while they are in the nearest cache; then the layer's `learn`, if it has one.
          const update = e + (WORDS << 2);
          const learn = update + (WORDS << 2);
          const learns = int(e, Statistics.learns) != 0;
          if (looks) {
            if (!updateWithStatistics(e, rate)) isSound = false;
          } else if (learns) {
            share(learn, n, rate);
            const kernel = int(learn, Learn.inputs) * int(learn, Learn.units);
            updateFrom(update, kernel << 2, int(e, Statistics.g) + (kernel << 2), int(e, Statistics.length) - kernel, rate);
          } else updateFrom(update, 0, int(e, Statistics.g), int(e, Statistics.length), rate);
          e = learns ? learn : update;
          break;
        }
        case Code.copy:
          memory.copy(int(e, Copy.to), int(e, Copy.from), (n * int(e, Copy.width)) << 2);
          break;
        case Code.add:
          addInto(int(e, Add.from), int(e, Add.to), n * int(e, Add.width));
          break;
      }
    }
    store<f64>(sums, load<f64>(sums) + loss);
    store<f64>(sums, loss, 8);
    // NaN and infinity are what differs from itself when it is taken from itself.
    if (!isSound || loss - loss != 0) return -(batch + 1);
  }
  return count;
}

/**
 * Looks at the gradients that the first entry names and updates by them as the second says, stretch by stretch, whichever thread has
 * it; the stretches' sums are added up in order. False where one is no number.
 */
function updateWithStatistics(statistics: usize, rate: f32): bool {
  const g = int(statistics, Statistics.g);
  const length = int(statistics, Statistics.length);
  const kept = int(statistics, Statistics.kept);
  const sums = int(statistics, Statistics.sums);
  let squares: f64 = 0;
  let sum: f64 = 0;
  let largest = load<f64>(kept, Statistic.largest);
  let zeros: f64 = 0;
  if (length <= SHORT) {
    // One by one: a vector's lanes would have to be added up.
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
    for (let at: usize = sums, end: usize = sums + stretches(length) * (STRETCH_STATISTICS << 3); at < end; at += STRETCH_STATISTICS << 3) {
      squares += load<f64>(at, StretchStatistic.squares);
      sum += load<f64>(at, StretchStatistic.sum);
      largest = max(largest, load<f64>(at, StretchStatistic.largest));
      zeros += load<f64>(at, StretchStatistic.zeros);
    }
    const room = int(statistics, Statistics.room);
    store<f64>(room, squares, StretchStatistic.squares);
    checkSquares(g, length, room);
    squares = load<f64>(room, StretchStatistic.squares);
  }
  store<f64>(kept, load<f64>(kept, Statistic.norms) + Math.sqrt(squares), Statistic.norms);
  store<f64>(kept, load<f64>(kept, Statistic.sum) + sum, Statistic.sum);
  store<f64>(kept, largest, Statistic.largest);
  store<f64>(kept, load<f64>(kept, Statistic.zeros) + zeros, Statistic.zeros);
  store<f64>(kept, load<f64>(kept, Statistic.squares) + squares, Statistic.squares);
  return squares - squares == 0;
}

const SHORT: i32 = 12;

/** to += from, whole vectors. */
export function addInto(from: usize, to: usize, length: i32): void {
  const end = from + (length << 2);
  while (from < end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
}

/** Fisher and Yates by xoshiro128**, the same numbers as engine/random.ts draws from the state a, b, c, d. */
export function shuffle(order: usize, length: i32, a: i32, b: i32, c: i32, d: i32): void {
  for (let i = length - 1; i > 0; i--) {
    let high: u32 = 0;
    let low: u32 = 0;
    for (let half = 0; half < 2; half++) {
      const scrambled = rotl<u32>(<u32>(b * 5), 7) * 9;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotl<i32>(d, 11);
      if (half == 0) high = scrambled >>> 5;
      else low = scrambled >>> 6;
    }
    // 2⁻⁵³, exactly.
    const uniform = (<f64>high * 67108864 + <f64>low) * 1.1102230246251565e-16;
    const j = <i32>Math.floor(uniform * <f64>(i + 1));
    const kept = load<i32>(order + (i << 2));
    store<i32>(order + (i << 2), load<i32>(order + (j << 2)));
    store<i32>(order + (j << 2), kept);
  }
}
