/**
 * Runs a recording: the calls of one mini-batch, recorded once, so that many batches run without returning to JavaScript. The values that depend on
 * the batch (its number of rows, its offset in the order, the learning rate) are added here and are not part of the recording.
 */
import { Code, Gather, KernelGradient, WORDS } from "./abi";
import {
  doActivate, doAdd, doBiasGradient, doClear, doCopy, doCountZeros, doGather, doLossGradient, doLossTotal, doSlope, doSoftmax,
  doSoftmaxGradient, doSoftmaxLoss, doUpdate, lastOfRange,
} from "./calls";
import { int } from "./entry";
import { affinePart, inputPart, isAlone, kernelPart, share } from "./threads";

/**
 * Runs batches [first, first + count) of `order`, which contains `rows` rows, with `size` rows per batch. Gradient statistics are sampled from every
 * `stride`-th batch and always from the order's last, whose gradients stay in memory. `rates`: the learning rate of each batch, float32. `sums`: two
 * float64. The sum of the batches' losses, each multiplied by its number of rows, is added to the first; the last batch's is written to the second.
 * Returns the number of batches run, negated if the last one's loss or sampled gradients are not finite.
 */
export function runRecording(
  recording: usize, entries: i32, order: usize, rows: i32, size: i32, first: i32, count: i32, stride: i32, rates: usize, sums: usize,
): i32 {
  const alone = isAlone();
  const end = recording + entries * (WORDS << 2);
  for (let batch = 0; batch < count; batch++) {
    const from = (first + batch) * size;
    const n = min(size, rows - from);
    const rate = load<f32>(rates + (batch << 2));
    const inverse = <f32>1 / <f32>n;
    let loss: f64 = 0;
    let allFinite = true;
    const isSampled = (first + batch + 1) % stride == 0 || from + n == rows;
    for (let e = recording; e < end; e += WORDS << 2) {
      switch (int(e, 0)) {
        case Code.gather:
          store<i32>(e, order + (from << 2), Gather.rows << 2);
          if (alone) doGather(e, n, order + (from << 2));
          else share(e, n, rate);
          break;
        // A single thread calls these without `share`, whose overhead exceeds a small layer's work.
        case Code.affine:
          if (alone) affinePart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.inputGradient:
          if (alone) inputPart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.kernelGradient:
          if (!isSampled && int(e, KernelGradient.sampled) != 0) break;
          if (alone) kernelPart(e, n, 0, 1);
          else share(e, n, rate);
          break;
        case Code.activate: doActivate(e, n); break;
        case Code.softmax: doSoftmax(e, n); break;
        case Code.clear: doClear(e); break;
        case Code.lossTotal: loss += doLossTotal(e, n); break;
        case Code.lossGradient: doLossGradient(e, n, inverse); break;
        case Code.softmaxLoss: loss += doSoftmaxLoss(e, n, inverse); break;
        case Code.countZeros:
          if (isSampled) doCountZeros(e, n);
          break;
        case Code.softmaxGradient: doSoftmaxGradient(e, n); break;
        case Code.slope: doSlope(e, n); break;
        case Code.biasGradient: doBiasGradient(e, n); break;
        case Code.statistics:
          if (!doUpdate(e, n, rate, isSampled)) allFinite = false;
          e = lastOfRange(e);
          break;
        case Code.copy: doCopy(e, n); break;
        case Code.add: doAdd(e, n); break;
      }
    }
    store<f64>(sums, load<f64>(sums) + loss);
    store<f64>(sums, loss, 8);
    // x − x is 0 for every finite x and NaN otherwise.
    if (!allFinite || loss - loss != 0) return -(batch + 1);
  }
  return count;
}

/** Fisher–Yates shuffle in place, with the numbers that xoshiro128** in engine/random.ts draws from the state a, b, c, d. */
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
    // The factor is 2⁻⁵³ exactly.
    const uniform = (<f64>high * 67108864 + <f64>low) * 1.1102230246251565e-16;
    const j = <i32>Math.floor(uniform * <f64>(i + 1));
    const swapped = load<i32>(order + (i << 2));
    store<i32>(order + (i << 2), load<i32>(order + (j << 2)));
    store<i32>(order + (j << 2), swapped);
  }
}
