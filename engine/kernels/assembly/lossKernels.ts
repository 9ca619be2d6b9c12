/**
 * The most common losses, each with its gradient, for targets t and outputs a = f(z). All are [rows, units], but t is [rows] for sparse
 * categorical cross-entropy. Totals are summed in float64.
 */
import { Loss } from "./abi";
import { exp4, largestOf, ln4, lnOfOneToTwo, softmaxRow, tanh4 } from "./activations";
import { laneMask, madd, signOf, sumOf } from "./madd";

/** Keras' epsilon: the lower limit of probabilities and divisors. */
const EPSILON: f32 = 1e-7;

/** max(x, ε); NaN stays NaN. */
// @ts-ignore: decorator
@inline
function atLeastEpsilon(x: v128): v128 {
  return f32x4.max(x, f32x4.splat(EPSILON));
}

/** A target of 0 or 1 moved towards ½. */
// @ts-ignore: decorator
@inline
function smoothed(t: v128, smoothing: v128): v128 {
  return madd(t, f32x4.sub(f32x4.splat(1), smoothing), f32x4.mul(smoothing, f32x4.splat(0.5)));
}

/** ln(max(y, ε) + 1) − ln(max(t, ε) + 1) */
// @ts-ignore: decorator
@inline
function logError(a: v128, t: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.sub(ln4(f32x4.add(atLeastEpsilon(a), one)), ln4(f32x4.add(atLeastEpsilon(t), one)));
}

/** 1 − p with p = t y + (1 − t)(1 − y), in the form t (1 − y) + (1 − t) y */
// @ts-ignore: decorator
@inline
function missed(a: v128, t: v128): v128 {
  const one = f32x4.splat(1);
  return madd(t, f32x4.sub(one, a), f32x4.mul(f32x4.sub(one, t), a));
}

/** q^power for q from 0 to 1; a q of 0 counts as the smallest normal number. */
// @ts-ignore: decorator
@inline
function powerOf(q: v128, power: v128): v128 {
  return exp4(f32x4.mul(power, ln4(f32x4.max(q, f32x4.splat(1.2e-38)))));
}

/** −(t ln a + (1 − t) ln(1 − a)) with both arguments of ln at least ε */
// @ts-ignore: decorator
@inline
function binaryCrossentropy(a: v128, t: v128): v128 {
  const one = f32x4.splat(1);
  const no = f32x4.mul(f32x4.sub(one, t), ln4(atLeastEpsilon(f32x4.sub(one, a))));
  return f32x4.neg(madd(t, ln4(atLeastEpsilon(a)), no));
}

/** The loss in each lane. `setting`: Huber's delta, the focal gamma, or the label smoothing. */
// @ts-ignore: decorator
@inline
function valueOf(loss: i32, z: v128, a: v128, t: v128, setting: v128): v128 {
  const e = f32x4.sub(t, a);
  const size = f32x4.abs(e);
  const half = f32x4.splat(0.5);
  const one = f32x4.splat(1);
  switch (loss) {
    case Loss.mse:
      return f32x4.mul(e, e);
    case Loss.mae:
      return size;
    case Loss.huber: {
      const line = f32x4.sub(f32x4.mul(setting, size), f32x4.mul(half, f32x4.mul(setting, setting)));
      return v128.bitselect(f32x4.mul(half, f32x4.mul(e, e)), line, f32x4.le(size, setting));
    }
    case Loss.log_cosh: {
      // The difference loses digits near 0, where the series e²/2 − e⁴/12 is exact.
      const square = f32x4.mul(e, e);
      const series = f32x4.mul(square, madd(square, f32x4.splat(-1.0 / 12), half));
      const tail = lnOfOneToTwo(f32x4.add(one, exp4(f32x4.mul(size, f32x4.splat(-2)))));
      return v128.bitselect(series, f32x4.add(f32x4.sub(size, f32x4.splat(0.69314718)), tail), f32x4.lt(size, f32x4.splat(0.05)));
    }
    case Loss.mape:
      return f32x4.div(f32x4.mul(f32x4.splat(100), size), atLeastEpsilon(f32x4.abs(t)));
    case Loss.msle: {
      const difference = logError(a, t);
      return f32x4.mul(difference, difference);
    }
    case Loss.poisson:
      return f32x4.sub(a, f32x4.mul(t, ln4(f32x4.add(a, f32x4.splat(EPSILON)))));
    case Loss.kl_divergence: {
      const share = f32x4.min(atLeastEpsilon(t), one);
      return f32x4.mul(share, ln4(f32x4.div(share, f32x4.min(atLeastEpsilon(a), one))));
    }
    case Loss.binary_focal_crossentropy:
      return f32x4.mul(powerOf(missed(a, t), setting), binaryCrossentropy(a, t));
    case Loss.hinge:
      return f32x4.max(f32x4.sub(one, f32x4.mul(t, a)), f32x4.splat(0));
    case Loss.squared_hinge: {
      const margin = f32x4.max(f32x4.sub(one, f32x4.mul(t, a)), f32x4.splat(0));
      return f32x4.mul(margin, margin);
    }
    default: {
      // Binary cross-entropy from z: max(z, 0) − z t + ln(1 + e^−|z|)
      const tail = lnOfOneToTwo(f32x4.add(one, exp4(f32x4.neg(f32x4.abs(z)))));
      return f32x4.add(f32x4.sub(f32x4.pmax(z, f32x4.splat(0)), f32x4.mul(z, smoothed(t, setting))), tail);
    }
  }
}

/** ∂loss/∂a in each lane; for binary cross-entropy ∂loss/∂z = a − t. */
// @ts-ignore: decorator
@inline
function slopeOf(loss: i32, a: v128, t: v128, setting: v128): v128 {
  const e = f32x4.sub(a, t);
  const one = f32x4.splat(1);
  const epsilon = f32x4.splat(EPSILON);
  switch (loss) {
    case Loss.mse:
      return f32x4.add(e, e);
    case Loss.mae:
      return signOf(e);
    case Loss.huber:
      return v128.bitselect(e, f32x4.mul(setting, signOf(e)), f32x4.le(f32x4.abs(e), setting));
    case Loss.log_cosh:
      return tanh4(e);
    case Loss.mape:
      return f32x4.div(f32x4.mul(f32x4.splat(100), signOf(e)), atLeastEpsilon(f32x4.abs(t)));
    case Loss.msle: {
      const difference = logError(a, t);
      const slope = f32x4.div(f32x4.add(difference, difference), f32x4.add(a, one));
      return v128.andnot(slope, f32x4.lt(a, epsilon));
    }
    case Loss.poisson:
      return f32x4.sub(one, f32x4.div(t, f32x4.add(a, epsilon)));
    case Loss.kl_divergence: {
      const slope = f32x4.neg(f32x4.div(f32x4.min(atLeastEpsilon(t), one), a));
      return v128.andnot(slope, v128.or(f32x4.lt(a, epsilon), f32x4.gt(a, one)));
    }
    case Loss.binary_focal_crossentropy: {
      const q = missed(a, t);
      const rest = f32x4.sub(one, a);
      const ofFactor = f32x4.mul(
        f32x4.mul(f32x4.mul(setting, powerOf(q, f32x4.sub(setting, one))), f32x4.sub(one, f32x4.add(t, t))),
        binaryCrossentropy(a, t),
      );
      const isCut = v128.or(f32x4.lt(a, epsilon), f32x4.lt(rest, epsilon));
      const ofLoss = v128.andnot(f32x4.div(e, f32x4.mul(a, rest)), isCut);
      return madd(powerOf(q, setting), ofLoss, v128.andnot(ofFactor, f32x4.lt(q, epsilon)));
    }
    case Loss.hinge:
      return v128.and(f32x4.neg(t), f32x4.gt(f32x4.sub(one, f32x4.mul(t, a)), f32x4.splat(0)));
    case Loss.squared_hinge: {
      const margin = f32x4.max(f32x4.sub(one, f32x4.mul(t, a)), f32x4.splat(0));
      return f32x4.mul(f32x4.mul(f32x4.splat(-2), t), margin);
    }
    default:
      return f32x4.sub(a, smoothed(t, setting));
  }
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
  const length = rows * units;
  // Each loss has its own loop, which does not branch on the loss.
  switch (loss) {
    case Loss.mse: return elementTotal(Loss.mse, z, a, t, length, setting);
    case Loss.mae: return elementTotal(Loss.mae, z, a, t, length, setting);
    case Loss.huber: return elementTotal(Loss.huber, z, a, t, length, setting);
    case Loss.log_cosh: return elementTotal(Loss.log_cosh, z, a, t, length, setting);
    case Loss.mape: return elementTotal(Loss.mape, z, a, t, length, setting);
    case Loss.msle: return elementTotal(Loss.msle, z, a, t, length, setting);
    case Loss.poisson: return elementTotal(Loss.poisson, z, a, t, length, setting);
    case Loss.kl_divergence: return elementTotal(Loss.kl_divergence, z, a, t, length, setting);
    case Loss.binary_focal_crossentropy: return elementTotal(Loss.binary_focal_crossentropy, z, a, t, length, setting);
    case Loss.hinge: return elementTotal(Loss.hinge, z, a, t, length, setting);
    case Loss.squared_hinge: return elementTotal(Loss.squared_hinge, z, a, t, length, setting);
    case Loss.binary_crossentropy: return elementTotal(Loss.binary_crossentropy, z, a, t, length, setting);
    default: return categoricalTotal(loss == Loss.sparse_categorical_crossentropy, z, t, rows, units, setting);
  }
}

/**
 * Returns Σ over rows of ln Σⱼ e^zⱼ − z of the row's class, or with a target per class Σⱼ tⱼ (ln Σₖ e^zₖ − zⱼ). Smoothing replaces tⱼ by
 * tⱼ (1 − smoothing) + smoothing / units.
 */
function categoricalTotal(isSparse: bool, z: usize, t: usize, rows: i32, units: i32, smoothing: f32): f64 {
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const largest = largestOf(z, units);
    const shift = f32x4.splat(largest);
    let sums = f32x4.splat(0);
    for (let j = 0; j < units; j += 4) {
      const e = exp4(f32x4.sub(v128.load(z + (j << 2)), shift));
      sums = f32x4.add(sums, j + 4 <= units ? e : v128.and(e, laneMask(units - j)));
    }
    total += rowTotal(isSparse, z, t, units, <f64>largest, Math.log(<f64>sumOf(sums)), smoothing);
    z += units << 2;
    t += isSparse ? 4 : units << 2;
  }
  return total;
}

/** Returns one row's loss, with ln Σⱼ e^zⱼ = `largest` + `tail`. It is 0 if the target is not a class index. */
// @ts-ignore: decorator
@inline
function rowTotal(isSparse: bool, z: usize, t: usize, units: i32, largest: f64, tail: f64, smoothing: f32): f64 {
  const base = largest + tail;
  const target = isSparse ? <i32>load<f32>(t) : 0;
  if (isSparse && (target < 0 || target >= units)) return 0;
  if (isSparse && smoothing == 0) return base - <f64>load<f32>(z + (target << 2));
  const spread = smoothing / <f32>units;
  let total: f64 = 0;
  for (let j = 0; j < units; j++) {
    const wanted = isSparse ? (j == target ? <f32>1 : <f32>0) : load<f32>(t + (j << 2));
    const share: f32 = wanted * (<f32>1 - smoothing) + spread;
    if (share != 0) total += <f64>share * (base - <f64>load<f32>(z + (j << 2)));
  }
  return total;
}

/**
 * Softmax, sparse categorical cross-entropy and its gradient for z in one pass over the rows: a = softmax(z), and g = factor · (a − one-hot(t)) if
 * `fresh`, else it is added to g. z, a and g are [rows, units], t is [rows]. Returns the loss summed over rows; a target that is not a class index
 * adds 0. A single logarithm is computed of the product of several rows' sums, as long as the product fits in a float64.
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
  const length = rows * units;
  switch (loss) {
    case Loss.mse: return elementGradient(Loss.mse, a, t, g, length, factor, setting, fresh);
    case Loss.mae: return elementGradient(Loss.mae, a, t, g, length, factor, setting, fresh);
    case Loss.huber: return elementGradient(Loss.huber, a, t, g, length, factor, setting, fresh);
    case Loss.log_cosh: return elementGradient(Loss.log_cosh, a, t, g, length, factor, setting, fresh);
    case Loss.mape: return elementGradient(Loss.mape, a, t, g, length, factor, setting, fresh);
    case Loss.msle: return elementGradient(Loss.msle, a, t, g, length, factor, setting, fresh);
    case Loss.poisson: return elementGradient(Loss.poisson, a, t, g, length, factor, setting, fresh);
    case Loss.kl_divergence: return elementGradient(Loss.kl_divergence, a, t, g, length, factor, setting, fresh);
    case Loss.binary_focal_crossentropy: return elementGradient(Loss.binary_focal_crossentropy, a, t, g, length, factor, setting, fresh);
    case Loss.hinge: return elementGradient(Loss.hinge, a, t, g, length, factor, setting, fresh);
    case Loss.squared_hinge: return elementGradient(Loss.squared_hinge, a, t, g, length, factor, setting, fresh);
    case Loss.binary_crossentropy: return elementGradient(Loss.binary_crossentropy, a, t, g, length, factor, setting, fresh);
    default: return categoricalGradient(loss == Loss.sparse_categorical_crossentropy, a, t, g, rows, units, factor, setting, fresh);
  }
}

/** The gradient of the categorical losses for z: Σⱼ tⱼ · a − t. */
function categoricalGradient(
  isSparse: bool, a: usize, t: usize, g: usize, rows: i32, units: i32, factor: f32, smoothing: f32, fresh: i32,
): void {
  const spread = smoothing / <f32>units;
  const rest: f32 = <f32>1 - smoothing;
  for (let row = 0; row < rows; row++) {
    const target = isSparse ? <i32>load<f32>(t + (row << 2)) : 0;
    let mass: f32 = isSparse ? 1 : 0;
    if (!isSparse) for (let j = 0; j < units; j++) mass += load<f32>(t + ((row * units + j) << 2)) * rest + spread;
    for (let j = 0; j < units; j++) {
      const at = (row * units + j) << 2;
      const wanted = (isSparse ? (j == target ? <f32>1 : <f32>0) : load<f32>(t + at)) * rest + spread;
      store<f32>(g + at, (fresh ? <f32>0 : load<f32>(g + at)) + factor * (mass * load<f32>(a + at) - wanted));
    }
  }
}

/** Returns the number of bytes in one place's targets: one number for a class index, else one per unit. */
// @ts-ignore: decorator
@inline
function targetBytes(loss: i32, units: i32): usize {
  return loss == Loss.sparse_categorical_crossentropy ? 4 : units << 2;
}

/** Returns Σ over rows of the row's weight multiplied by its loss, which is the sum over its places. */
export function weightedLossTotal(
  loss: i32, z: usize, a: usize, t: usize, weights: usize, rows: i32, places: i32, units: i32, setting: f32,
): f64 {
  const rowBytes: usize = (places * units) << 2;
  const targetRow = places * targetBytes(loss, units);
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    total += <f64>load<f32>(weights + (row << 2)) * lossTotal(loss, z, a, t, places, units, setting);
    z += rowBytes;
    a += rowBytes;
    t += targetRow;
  }
  return total;
}

/** Like addLossGradient, with each row's gradient multiplied by the row's weight. */
export function addWeightedLossGradient(
  loss: i32, a: usize, t: usize, weights: usize, g: usize, rows: i32, places: i32, units: i32, factor: f32, setting: f32, fresh: i32,
): void {
  const rowBytes: usize = (places * units) << 2;
  const targetRow = places * targetBytes(loss, units);
  for (let row = 0; row < rows; row++) {
    // Whole vectors are stored, so a row's last vector extends into the next row, which must not change.
    const next = v128.load(g + rowBytes);
    addLossGradient(loss, a, t, g, places, units, factor * load<f32>(weights + (row << 2)), setting, fresh);
    v128.store(g + rowBytes, next);
    a += rowBytes;
    t += targetRow;
    g += rowBytes;
  }
}
