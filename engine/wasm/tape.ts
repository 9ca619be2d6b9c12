/**
 * A tape: the calls of one mini-batch, recorded once, so that many batches run without a step back into JavaScript. Each entry
 * takes 12 words: its code, then pointers and sizes in the order of the function's own arguments. What depends on the batch
 * (its rows, its place in the order, the learning rate) is known here and not on the tape.
 */
import { activate, addSlope, addSoftmaxGradient, softmax } from "./curves";
import { addLossGradient, lossTotal } from "./losses";
import { addBiasGradient, addInputGradient, addKernelGradient, affine } from "./matrix";
import { adam, countZeros, gather, gradientFigures, momentum, rmsprop, sgd } from "./updates";

export const enum Code {
  gather = 0,
  affine = 1,
  activate = 2,
  softmax = 3,
  clear = 4,
  lossTotal = 5,
  lossGradient = 6,
  countZeros = 7,
  softmaxGradient = 8,
  slope = 9,
  kernelGradient = 10,
  biasGradient = 11,
  inputGradient = 12,
  figures = 13,
  sgd = 14,
  momentum = 15,
  adam = 16,
  rmsprop = 17,
  copy = 18,
  add = 19,
}

const WORDS: i32 = 12;

// @ts-ignore: decorator
@inline
function int(entry: usize, word: i32): i32 {
  return load<i32>(entry + (word << 2));
}
// @ts-ignore: decorator
@inline
function float(entry: usize, word: i32): f32 {
  return load<f32>(entry + (word << 2));
}

/**
 * Runs batches [first, first + count) of the order: `rows` rows in all, `size` in a batch. `rates` has the optimizer's rate for each
 * of them. `sums` takes two float64: Σ of the batches' losses times their rows, and that of the last batch. Gives how many batches were
 * done, with a minus where the loss or a gradient of the last one stopped being a number: then its weights are spoilt.
 */
export function runTape(tape: usize, entries: i32, order: usize, rows: i32, size: i32, first: i32, count: i32, rates: usize, sums: usize): i32 {
  for (let batch = 0; batch < count; batch++) {
    const from = (first + batch) * size;
    const n = min(size, rows - from);
    const rate = load<f32>(rates + (batch << 2));
    const share = <f32>1 / <f32>n;
    let loss: f64 = 0;
    let isSound = true;
    const end = tape + entries * (WORDS << 2);
    for (let e = tape; e < end; e += WORDS << 2) {
      switch (int(e, 0)) {
        case Code.gather:
          gather(int(e, 1), int(e, 2), int(e, 3), int(e, 4), order, from, n, int(e, 5), int(e, 6));
          break;
        case Code.affine:
          affine(int(e, 1), int(e, 2), int(e, 3), int(e, 4), 0, n, int(e, 5), int(e, 6), int(e, 7));
          break;
        case Code.activate:
          activate(int(e, 1), int(e, 2), int(e, 3), n * int(e, 4), float(e, 5));
          break;
        case Code.softmax:
          softmax(int(e, 1), int(e, 2), n, int(e, 3));
          break;
        case Code.clear:
          memory.fill(int(e, 1), 0, int(e, 2) << 2);
          break;
        case Code.lossTotal:
          loss += <f64>float(e, 6) * lossTotal(int(e, 1), int(e, 2), int(e, 3), int(e, 4), n, int(e, 5), float(e, 7));
          break;
        case Code.lossGradient:
          addLossGradient(int(e, 1), int(e, 2), int(e, 3), int(e, 4), n, int(e, 5), share * float(e, 6), float(e, 7));
          break;
        case Code.countZeros:
          countZeros(int(e, 1), int(e, 2), n, int(e, 3));
          break;
        case Code.softmaxGradient:
          addSoftmaxGradient(int(e, 1), int(e, 2), int(e, 3), n, int(e, 4));
          break;
        case Code.slope:
          addSlope(int(e, 1), int(e, 2), int(e, 3), int(e, 4), int(e, 5), n * int(e, 6), float(e, 7));
          break;
        case Code.kernelGradient:
          addKernelGradient(int(e, 1), int(e, 2), int(e, 3), n, 0, int(e, 4), int(e, 4), int(e, 5), 1, int(e, 6), int(e, 7));
          break;
        case Code.biasGradient:
          addBiasGradient(int(e, 1), int(e, 2), n, int(e, 3), 1);
          break;
        case Code.inputGradient:
          addInputGradient(int(e, 1), int(e, 2), int(e, 3), 0, n, int(e, 4), int(e, 5), int(e, 6));
          break;
        case Code.figures:
          if (!keepFigures(int(e, 1), int(e, 2), int(e, 3), int(e, 4))) isSound = false;
          break;
        case Code.sgd:
          sgd(int(e, 1), int(e, 2), int(e, 3), rate);
          break;
        case Code.momentum:
          momentum(int(e, 1), int(e, 2), int(e, 3), int(e, 4), rate, float(e, 5), int(e, 6));
          break;
        case Code.adam:
          adam(int(e, 1), int(e, 2), int(e, 3), int(e, 4), int(e, 5), rate, float(e, 6), float(e, 7), float(e, 8), float(e, 9));
          break;
        case Code.rmsprop:
          rmsprop(int(e, 1), int(e, 2), int(e, 3), int(e, 4), rate, float(e, 5), float(e, 6));
          break;
        case Code.copy:
          memory.copy(int(e, 2), int(e, 1), (n * int(e, 3)) << 2);
          break;
        case Code.add:
          addInto(int(e, 1), int(e, 2), n * int(e, 3));
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

/** Adds the batch's norm, sum and zeros to what is kept of a stretch of gradients, at `kept`; `room`: four float64. */
function keepFigures(g: usize, length: i32, kept: usize, room: usize): bool {
  store<f64>(room, load<f64>(kept, 16), 16);
  gradientFigures(g, length, room);
  const squares = load<f64>(room);
  store<f64>(kept, load<f64>(kept) + Math.sqrt(squares));
  store<f64>(kept, load<f64>(kept, 8) + load<f64>(room, 8), 8);
  store<f64>(kept, load<f64>(room, 16), 16);
  store<f64>(kept, load<f64>(kept, 24) + load<f64>(room, 24), 24);
  return squares - squares == 0;
}

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
    const uniform = (<f64>high * 67108864 + <f64>low) / 9007199254740992;
    const j = <i32>Math.floor(uniform * <f64>(i + 1));
    const kept = load<i32>(order + (i << 2));
    store<i32>(order + (i << 2), load<i32>(order + (j << 2)));
    store<i32>(order + (j << 2), kept);
  }
}
