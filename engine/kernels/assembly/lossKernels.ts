/**
 * The most common losses, each with its gradient, for targets t and outputs a = f(z). All are [rows, units], but t is [rows] for sparse
 * categorical cross-entropy. Totals are summed in float64.
 */
import { Loss } from "./abi";
import { exp4, largestOf, lnOfOneToTwo, softmaxRow } from "./activations";
import { laneMask, madd, sumOf } from "./madd";

/** The loss in each lane. `setting`: Huber's delta. */
// @ts-ignore: decorator
@inline
function valueOf(loss: i32, z: v128, a: v128, t: v128, setting: v128): v128 {
  const e = f32x4.sub(t, a);
  const size = f32x4.abs(e);
  const half = f32x4.splat(0.5);
  if (loss == Loss.mse) return f32x4.mul(e, e);
  if (loss == Loss.mae) return size;
  if (loss == Loss.huber) {
    const line = f32x4.sub(f32x4.mul(setting, size), f32x4.mul(half, f32x4.mul(setting, setting)));
    return v128.bitselect(f32x4.mul(half, f32x4.mul(e, e)), line, f32x4.le(size, setting));
  }
  // max(z, 0) − z t + ln(1 + e^−|z|)
  const tail = lnOfOneToTwo(f32x4.add(f32x4.splat(1), exp4(f32x4.neg(f32x4.abs(z)))));
  return f32x4.add(f32x4.sub(f32x4.pmax(z, f32x4.splat(0)), f32x4.mul(z, t)), tail);
}

/** ∂loss/∂a in each lane; for binary cross-entropy ∂loss/∂z = a − t. */
// @ts-ignore: decorator
@inline
function slopeOf(loss: i32, a: v128, t: v128, setting: v128): v128 {
  const e = f32x4.sub(a, t);
  if (loss == Loss.mse) return f32x4.add(e, e);
  if (loss == Loss.binary_crossentropy) return e;
  // The sign of e, 0 at 0; NaN stays NaN.
  const signed = v128.bitselect(
    e,
    v128.or(v128.and(e, f32x4.splat(-0.0)), f32x4.splat(1)),
    v128.or(f32x4.eq(e, f32x4.splat(0)), f32x4.ne(e, e)),
  );
  if (loss == Loss.mae) return signed;
  return v128.bitselect(e, f32x4.mul(setting, signed), f32x4.le(f32x4.abs(e), setting));
}

// @ts-ignore: decorator
@inline
function elementTotal(loss: i32, z: usize, a: usize, t: usize, length: i32, setting: f32): f64 {
  const s = f32x4.splat(setting);
  let total: f64 = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const at = i << 2;
    total += <f64>sumOf(valueOf(loss, v128.load(z + at), v128.load(a + at), v128.load(t + at), s));
  }
  if (i < length) {
    const at = i << 2;
    const last = valueOf(loss, v128.load(z + at), v128.load(a + at), v128.load(t + at), s);
    total += <f64>f32x4.extract_lane(last, 0);
    if (i + 1 < length) total += <f64>f32x4.extract_lane(last, 1);
    if (i + 2 < length) total += <f64>f32x4.extract_lane(last, 2);
  }
  return total;
}

// @ts-ignore: decorator
@inline
function elementGradient(loss: i32, a: usize, t: usize, g: usize, length: i32, factor: f32, setting: f32, fresh: i32): void {
  const none = f32x4.splat(0);
  const s = f32x4.splat(setting);
  const f = f32x4.splat(factor);
  for (let i = 0; i < length; i += 4) {
    const at = i << 2;
    v128.store(g + at, madd(f, slopeOf(loss, v128.load(a + at), v128.load(t + at), s), fresh ? none : v128.load(g + at)));
  }
}

/** Returns the loss summed over rows and units; for the categorical losses Σ over rows of −Σⱼ tⱼ ln aⱼ. */
export function lossTotal(loss: i32, z: usize, a: usize, t: usize, rows: i32, units: i32, setting: f32): f64 {
  switch (loss) {
    case Loss.mse: return elementTotal(Loss.mse, z, a, t, rows * units, setting);
    case Loss.mae: return elementTotal(Loss.mae, z, a, t, rows * units, setting);
    case Loss.huber: return elementTotal(Loss.huber, z, a, t, rows * units, setting);
    case Loss.binary_crossentropy: return elementTotal(Loss.binary_crossentropy, z, a, t, rows * units, setting);
    default: return categoricalTotal(loss == Loss.sparse_categorical_crossentropy, z, t, rows, units);
  }
}

/** Returns Σ over rows of ln Σⱼ e^zⱼ − z of the row's class, or with a target per class Σⱼ tⱼ (ln Σₖ e^zₖ − zⱼ). */
function categoricalTotal(isSparse: bool, z: usize, t: usize, rows: i32, units: i32): f64 {
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const largest = largestOf(z, units);
    const shift = f32x4.splat(largest);
    let sums = f32x4.splat(0);
    for (let j = 0; j < units; j += 4) {
      const e = exp4(f32x4.sub(v128.load(z + (j << 2)), shift));
      sums = f32x4.add(sums, j + 4 <= units ? e : v128.and(e, laneMask(units - j)));
    }
    total += rowTotal(isSparse, z, t, units, <f64>largest, Math.log(<f64>sumOf(sums)));
    z += units << 2;
    t += isSparse ? 4 : units << 2;
  }
  return total;
}

/** Returns one row's loss, with ln Σⱼ e^zⱼ = `largest` + `tail`. It is 0 if the target is not a class number. */
// @ts-ignore: decorator
@inline
function rowTotal(isSparse: bool, z: usize, t: usize, units: i32, largest: f64, tail: f64): f64 {
  const base = largest + tail;
  if (isSparse) {
    const target = <i32>load<f32>(t);
    return target >= 0 && target < units ? base - <f64>load<f32>(z + (target << 2)) : 0;
  }
  let total: f64 = 0;
  for (let j = 0; j < units; j++) {
    const share = load<f32>(t + (j << 2));
    if (share != 0) total += <f64>share * (base - <f64>load<f32>(z + (j << 2)));
  }
  return total;
}

/**
 * Softmax, sparse categorical cross-entropy and its gradient for z in one pass over the rows: a = softmax(z), and g = factor · (a −
 * one-hot(t)) if `fresh`, else g is added to. z, a and g are [rows, units], t is [rows]. Returns the loss summed over rows; a target
 * that is not a class number adds 0. One logarithm is taken of the product of several rows' sums, as long as the product fits in a
 * float64.
 */
export function softmaxLoss(z: usize, a: usize, t: usize, g: usize, rows: i32, units: i32, factor: f32, fresh: i32): f64 {
  const stride = units << 2;
  let total: f64 = 0;
  let product: f64 = 1;
  for (let row = 0; row < rows; row++) {
    const largest = largestOf(z, units);
    const sum = softmaxRow(z, a, units, largest);
    const target = <i32>load<f32>(t) << 2;
    if (target >= 0 && target < stride) {
      product *= <f64>sum;
      if (product > 1e200) {
        total += Math.log(product);
        product = 1;
      }
      total += <f64>largest - <f64>load<f32>(z + target);
    }
    for (let at = 0; at < stride; at += 4) {
      const slope = load<f32>(a + at) - (at == target ? <f32>1 : <f32>0);
      store<f32>(g + at, fresh ? factor * slope : load<f32>(g + at) + factor * slope);
    }
    z += stride;
    a += stride;
    g += stride;
    t += 4;
  }
  return total + Math.log(product);
}

/**
 * g = factor · ∂total if `fresh`, else g += factor · ∂total. The gradient is ∂/∂z for the cross-entropies and ∂/∂a for the other
 * losses.
 */
export function addLossGradient(
  loss: i32, a: usize, t: usize, g: usize, rows: i32, units: i32, factor: f32, setting: f32, fresh: i32,
): void {
  switch (loss) {
    case Loss.mse: return elementGradient(Loss.mse, a, t, g, rows * units, factor, setting, fresh);
    case Loss.mae: return elementGradient(Loss.mae, a, t, g, rows * units, factor, setting, fresh);
    case Loss.huber: return elementGradient(Loss.huber, a, t, g, rows * units, factor, setting, fresh);
    case Loss.binary_crossentropy: return elementGradient(Loss.binary_crossentropy, a, t, g, rows * units, factor, setting, fresh);
    case Loss.sparse_categorical_crossentropy: {
      for (let row = 0; row < rows; row++) {
        const target = <i32>load<f32>(t + (row << 2));
        for (let j = 0; j < units; j++) {
          const at = (row * units + j) << 2;
          store<f32>(g + at, (fresh ? <f32>0 : load<f32>(g + at)) + factor * (load<f32>(a + at) - (j == target ? <f32>1 : <f32>0)));
        }
      }
      return;
    }
    default: {
      for (let row = 0; row < rows; row++) {
        let mass: f32 = 0;
        for (let j = 0; j < units; j++) mass += load<f32>(t + ((row * units + j) << 2));
        for (let j = 0; j < units; j++) {
          const at = (row * units + j) << 2;
          store<f32>(g + at, (fresh ? <f32>0 : load<f32>(g + at)) + factor * (mass * load<f32>(a + at) - load<f32>(t + at)));
        }
      }
    }
  }
}
