/** The optimizers' updates with the formulas of engine/training/optimizers.ts, gradient statistics, zero counts and table rows. */
import { STRETCH, StretchStatistic } from "./abi";
import { madd, signOf, storeEight } from "./madd";

/** Stores a whole vector, or the `left` lanes of the last one: another layer's weights follow a stretch. */
// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(at, value);
  else storeEight(at, value, value, left);
}

/** w −= rate · g */
export function sgd(w: usize, g: usize, length: i32, rate: f32): void {
  const r = f32x4.splat(-rate);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    put(w + at, madd(r, v128.load(g + at), v128.load(w + at)), length - i);
  }
}

/** m = momentum · m − rate · g; w += m, or with Nesterov w += momentum · m − rate · g. */
export function momentum(w: usize, g: usize, m: usize, length: i32, rate: f32, factor: f32, nesterov: i32): void {
  const r = f32x4.splat(-rate);
  const f = f32x4.splat(factor);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const step = f32x4.mul(r, v128.load(g + at));
    const moved = madd(f, v128.load(m + at), step);
    put(m + at, moved, length - i);
    put(w + at, f32x4.add(v128.load(w + at), nesterov ? madd(f, moved, step) : moved), length - i);
  }
}

/**
 * m += (1 − β₁)(g − m); v += (1 − β₂)(g² − v); w = decay · w − alpha · m / (√v + epsilon). `alpha`: the learning rate with both bias
 * corrections. `decay`: the factor of AdamW's weight decay, 1 for Adam. `largest`: the largest v so far, which replaces v; 0 without
 * AMSGrad.
 */
export function adam(
  w: usize, g: usize, m: usize, v: usize, length: i32, alpha: f32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, largest: usize,
): void {
  const a = f32x4.splat(-alpha);
  const b1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(1 - beta2);
  const e = f32x4.splat(epsilon);
  const d = f32x4.splat(decay);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const gradient = v128.load(g + at);
    let first = v128.load(m + at);
    let second = v128.load(v + at);
    first = madd(b1, f32x4.sub(gradient, first), first);
    second = madd(b2, f32x4.sub(f32x4.mul(gradient, gradient), second), second);
    put(m + at, first, length - i);
    put(v + at, second, length - i);
    if (largest) {
      second = f32x4.max(second, v128.load(largest + at));
      put(largest + at, second, length - i);
    }
    const step = f32x4.div(f32x4.mul(a, first), f32x4.add(f32x4.sqrt(second), e));
    put(w + at, madd(d, v128.load(w + at), step), length - i);
  }
}

/**
 * v = rho · v + (1 − rho) g²; step = rate · g / √(v + epsilon); w −= step. With `mean` its square is subtracted under the root, where
 * mean = rho · mean + (1 − rho) g. With `m`, m = factor · m + step is subtracted from w in place of the step.
 */
export function rmsprop(
  w: usize, g: usize, v: usize, length: i32, rate: f32, rho: f32, epsilon: f32, factor: f32, m: usize, mean: usize,
): void {
  const r = f32x4.splat(rate);
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(1 - rho);
  const e = f32x4.splat(epsilon);
  const f = f32x4.splat(factor);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const gradient = v128.load(g + at);
    let variance = madd(keep, v128.load(v + at), f32x4.mul(take, f32x4.mul(gradient, gradient)));
    put(v + at, variance, length - i);
    if (mean) {
      const average = madd(keep, v128.load(mean + at), f32x4.mul(take, gradient));
      put(mean + at, average, length - i);
      variance = f32x4.sub(variance, f32x4.mul(average, average));
    }
    let step = f32x4.div(f32x4.mul(r, gradient), f32x4.sqrt(f32x4.add(variance, e)));
    if (m) {
      step = madd(f, v128.load(m + at), step);
      put(m + at, step, length - i);
    }
    put(w + at, f32x4.sub(v128.load(w + at), step), length - i);
  }
}

/** e = rho · e + (1 − rho) g²; step = √(d + epsilon) / √(e + epsilon) · g; d = rho · d + (1 − rho) step²; w −= rate · step */
export function adadelta(w: usize, g: usize, e: usize, d: usize, length: i32, rate: f32, rho: f32, epsilon: f32): void {
  const r = f32x4.splat(-rate);
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(1 - rho);
  const small = f32x4.splat(epsilon);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const gradient = v128.load(g + at);
    const steps = v128.load(d + at);
    const gradients = madd(keep, v128.load(e + at), f32x4.mul(take, f32x4.mul(gradient, gradient)));
    put(e + at, gradients, length - i);
    const quotient = f32x4.div(f32x4.sqrt(f32x4.add(steps, small)), f32x4.sqrt(f32x4.add(gradients, small)));
    const step = f32x4.mul(quotient, gradient);
    put(d + at, madd(keep, steps, f32x4.mul(take, f32x4.mul(step, step))), length - i);
    put(w + at, madd(r, step, v128.load(w + at)), length - i);
  }
}

/** m += (1 − β₁)(g − m); u = max(β₂ u, |g|); w −= alpha · m / (u + epsilon). `alpha`: the learning rate with the bias correction. */
export function adamax(
  w: usize, g: usize, m: usize, u: usize, length: i32, alpha: f32, beta1: f32, beta2: f32, epsilon: f32,
): void {
  const a = f32x4.splat(-alpha);
  const b1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const e = f32x4.splat(epsilon);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const gradient = v128.load(g + at);
    const before = v128.load(m + at);
    const first = madd(b1, f32x4.sub(gradient, before), before);
    const largest = f32x4.max(f32x4.mul(b2, v128.load(u + at)), f32x4.abs(gradient));
    put(m + at, first, length - i);
    put(u + at, largest, length - i);
    put(w + at, f32x4.add(v128.load(w + at), f32x4.div(f32x4.mul(a, first), f32x4.add(largest, e))), length - i);
  }
}

/** w −= rate · sign(β₁ m + (1 − β₁) g); m = β₂ m + (1 − β₂) g */
export function lion(w: usize, g: usize, m: usize, length: i32, rate: f32, beta1: f32, beta2: f32): void {
  const r = f32x4.splat(-rate);
  const keep1 = f32x4.splat(beta1);
  const take1 = f32x4.splat(1 - beta1);
  const keep2 = f32x4.splat(beta2);
  const take2 = f32x4.splat(1 - beta2);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    const gradient = v128.load(g + at);
    const mean = v128.load(m + at);
    put(w + at, madd(r, signOf(madd(keep1, mean, f32x4.mul(take1, gradient))), v128.load(w + at)), length - i);
    put(m + at, madd(keep2, mean, f32x4.mul(take2, gradient)), length - i);
  }
}

/**
 * Writes Σ g², Σ g, the largest |g| and the number of zeros to `out`, as float64 in the order of StretchStatistic. `out`'s previous
 * largest is replaced only by a larger one.
 */
export function gradientStatistics(g: usize, length: i32, out: usize): void {
  store<f64>(out, 0, StretchStatistic.squares);
  store<f64>(out, 0, StretchStatistic.sum);
  store<f64>(out, 0, StretchStatistic.zeros);
  addStatistics(g, length, out);
  checkSquares(g, length, out);
}

/** Adds the gradients to the four statistics at `out`. Several calls for parts cut at multiples of STRETCH produce the same bits as one call. */
export function addStatistics(g: usize, length: i32, out: usize): void {
  let squares = load<f64>(out, StretchStatistic.squares);
  let sum = load<f64>(out, StretchStatistic.sum);
  let zeros = <i32>load<f64>(out, StretchStatistic.zeros);
  let largest = f32x4.splat(<f32>load<f64>(out, StretchStatistic.largest));
  const whole = length & ~3;
  let i = 0;
  while (i < whole) {
    const end = min(whole, i + STRETCH);
    let s = f32x4.splat(0);
    let t = s;
    let none = i32x4.splat(0);
    // Two accumulators for each sum hide the latency of the additions; more would not stay in registers.
    let s1 = s;
    let t1 = s;
    for (; i + 8 <= end; i += 8) {
      const x0 = v128.load(g + (i << 2));
      const x1 = v128.load(g + (i << 2), 16);
      s = madd(x0, x0, s);
      s1 = madd(x1, x1, s1);
      t = f32x4.add(t, x0);
      t1 = f32x4.add(t1, x1);
      none = i32x4.sub(none, i32x4.add(f32x4.eq(x0, f32x4.splat(0)), f32x4.eq(x1, f32x4.splat(0))));
      largest = f32x4.pmax(largest, f32x4.pmax(f32x4.abs(x0), f32x4.abs(x1)));
    }
    s = f32x4.add(s, s1);
    t = f32x4.add(t, t1);
    for (; i < end; i += 4) {
      const x = v128.load(g + (i << 2));
      s = madd(x, x, s);
      t = f32x4.add(t, x);
      largest = f32x4.pmax(largest, f32x4.abs(x));
      none = i32x4.sub(none, f32x4.eq(x, f32x4.splat(0)));
    }
    squares +=
      <f64>f32x4.extract_lane(s, 0) + <f64>f32x4.extract_lane(s, 1) + (<f64>f32x4.extract_lane(s, 2) + <f64>f32x4.extract_lane(s, 3));
    sum += <f64>f32x4.extract_lane(t, 0) + <f64>f32x4.extract_lane(t, 1) + (<f64>f32x4.extract_lane(t, 2) + <f64>f32x4.extract_lane(t, 3));
    zeros += i32x4.extract_lane(none, 0) + i32x4.extract_lane(none, 1) + i32x4.extract_lane(none, 2) + i32x4.extract_lane(none, 3);
  }
  let most = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  for (; i < length; i++) {
    const x = load<f32>(g + (i << 2));
    squares += <f64>x * <f64>x;
    sum += <f64>x;
    if (abs(x) > most) most = abs(x);
    if (x == 0) zeros++;
  }
  store<f64>(out, squares, StretchStatistic.squares);
  store<f64>(out, sum, StretchStatistic.sum);
  store<f64>(out, <f64>most, StretchStatistic.largest);
  store<f64>(out, <f64>zeros, StretchStatistic.zeros);
}

/** Squares overflow or underflow float32 long before the numbers do. In that case, Σ g² is recomputed in float64. */
export function checkSquares(g: usize, length: i32, out: usize): void {
  let squares = load<f64>(out, StretchStatistic.squares);
  if (squares < 1e30 && squares >= 1e-30) return;
  squares = 0;
  for (let i = 0; i < length; i++) {
    const x = <f64>load<f32>(g + (i << 2));
    squares += x * x;
  }
  store<f64>(out, squares, StretchStatistic.squares);
}

/** counts[j] += number of rows of a [rows, units] in which unit j is 0. */
export function countZeros(a: usize, counts: usize, rows: i32, units: i32): void {
  for (let j = 0; j < units; j += 4) {
    let none = i32x4.splat(0);
    let at = a + (j << 2);
    for (let row = 0; row < rows; row++) {
      none = i32x4.sub(none, f32x4.eq(v128.load(at), f32x4.splat(0)));
      at += units << 2;
    }
    const sum = f32x4.add(v128.load(counts + (j << 2)), f32x4.convert_i32x4_s(none));
    put(counts + (j << 2), sum, units - j);
  }
}

/** Copies columns [start, start + width) of the table's rows order[from ..], `count` of them, to rows of `stride` numbers at `to`. */
export function gather(
  table: usize, columns: i32, start: i32, width: i32, order: usize, from: i32, count: i32, to: usize, stride: i32,
): void {
  for (let i = 0; i < count; i++) {
    const row = load<i32>(order + ((from + i) << 2));
    const source = table + ((row * columns + start) << 2);
    const target = to + ((i * stride) << 2);
    // memory.copy is a call out of the module, which takes longer than copying a short row.
    if (width > 128) memory.copy(target, source, <usize>width << 2);
    else {
      let k = 0;
      for (; k + 4 <= width; k += 4) v128.store(target + (k << 2), v128.load(source + (k << 2)));
      for (; k < width; k++) store<f32>(target + (k << 2), load<f32>(source + (k << 2)));
    }
  }
}
