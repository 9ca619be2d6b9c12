/**
 * The activations and their slopes on vectors of four. exp and ln are polynomials (Cephes, Moshier), with relative errors of
 * about 2e-7 for exp and 1e-7 for ln; a test measures each activation's error against float64. NaN and infinity pass through.
 *
 * Arrays are padded to whole vectors, so the last vector may extend past the end.
 */
import { Activation } from "./abi";
import { laneMask, madd, storeSome, sumOf } from "./madd";

/** The constants of eˣ. A load from memory is one instruction; V8 compiles a constant in the code to three. */
const EXP = memory.data<f32>([
  -104, 89, 1.44269504, 12582912, -0.693359375, 2.1219444e-4,
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);

/**
 * eˣ = 2ⁿ · p(r) with x = n ln 2 + r. 2ⁿ is applied as two factors, so that neither overflows or underflows where the result
 * does not.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Beyond these bounds eˣ is 0 or infinite. pmin and pmax return NaN if their first operand is NaN.
  const bounded = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(EXP)), v128.load32_splat(EXP, 4));
  // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the lowest bits.
  const large = v128.load32_splat(EXP, 12);
  const shifted = f32x4.add(f32x4.mul(bounded, v128.load32_splat(EXP, 8)), large);
  const n = f32x4.sub(shifted, large);
  let r = madd(n, v128.load32_splat(EXP, 16), bounded);
  r = madd(n, v128.load32_splat(EXP, 20), r);
  // Three independent pairs shorten the chain of dependent instructions (Estrin's scheme).
  const square = f32x4.mul(r, r);
  const high = madd(v128.load32_splat(EXP, 24), r, v128.load32_splat(EXP, 28));
  const middle = madd(v128.load32_splat(EXP, 32), r, v128.load32_splat(EXP, 36));
  const low = madd(v128.load32_splat(EXP, 40), r, v128.load32_splat(EXP, 44));
  let p = madd(madd(high, square, middle), square, low);
  p = f32x4.add(madd(square, p, r), v128.load32_splat(EXP, 48));
  const whole = i32x4.sub(shifted, large);
  const half = i32x4.shr_s(whole, 1);
  const bias = i32x4.splat(127);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), bias), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** ln(1 + m) for 1/√2 ≤ 1 + m ≤ √2. */
// @ts-ignore: decorator
@inline
function lnNearOne(m: v128): v128 {
  const square = f32x4.mul(m, m);
  let p = madd(f32x4.splat(7.0376836292e-2), m, f32x4.splat(-1.1514610310e-1));
  p = madd(p, m, f32x4.splat(1.1676998740e-1));
  p = madd(p, m, f32x4.splat(-1.2420140846e-1));
  p = madd(p, m, f32x4.splat(1.4249322787e-1));
  p = madd(p, m, f32x4.splat(-1.6668057665e-1));
  p = madd(p, m, f32x4.splat(2.0000714765e-1));
  p = madd(p, m, f32x4.splat(-2.4999993993e-1));
  p = madd(p, m, f32x4.splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, m), square);
  p = madd(square, f32x4.splat(-0.5), p);
  return f32x4.add(m, p);
}

const LN_2: f32 = 0.69314718;

/** ln x for 1 ≤ x ≤ 2, the only range that softplus and cross-entropy need. */
// @ts-ignore: decorator
@inline
export function lnOfOneToTwo(x: v128): v128 {
  // ln x = ln m + k ln 2 with m near 1 and k 0 or 1.
  const upper = f32x4.gt(x, f32x4.splat(1.41421356));
  const m = f32x4.sub(v128.bitselect(f32x4.mul(x, f32x4.splat(0.5)), x, upper), f32x4.splat(1));
  return f32x4.add(lnNearOne(m), v128.and(upper, f32x4.splat(LN_2)));
}

/** ln x for normal numbers x > 0. NaN and infinity pass through. */
// @ts-ignore: decorator
@inline
export function ln4(x: v128): v128 {
  // x = 2ᵏ · m with 1/√2 < m ≤ √2.
  const fraction = v128.or(v128.and(x, i32x4.splat(0x007fffff)), f32x4.splat(1));
  const upper = f32x4.gt(fraction, f32x4.splat(1.41421356));
  const m = f32x4.sub(v128.bitselect(f32x4.mul(fraction, f32x4.splat(0.5)), fraction, upper), f32x4.splat(1));
  const exponent = i32x4.sub(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127)), upper);
  const result = madd(f32x4.convert_i32x4_s(exponent), f32x4.splat(LN_2), lnNearOne(m));
  return v128.bitselect(result, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/** 1 / (1 + e⁻ᶻ), computed from e^−|z|, which can't overflow. */
// @ts-ignore: decorator
@inline
export function sigmoid4(z: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(z)));
  const q = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  // z ≥ 0: q, else 1 − q = e q. NaN is neither and stays NaN.
  return v128.bitselect(f32x4.mul(e, q), q, f32x4.lt(z, f32x4.splat(0)));
}

const TANH = memory.data<f32>([-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1, 0.625]);

/** tanh z: a polynomial near 0, where the quotient (1 − e^−2|z|) / (1 + e^−2|z|) loses digits; the quotient elsewhere. */
// @ts-ignore: decorator
@inline
export function tanh4(z: v128): v128 {
  const size = f32x4.abs(z);
  const s = f32x4.mul(z, z);
  let p = madd(v128.load32_splat(TANH), s, v128.load32_splat(TANH, 4));
  p = madd(p, s, v128.load32_splat(TANH, 8));
  p = madd(p, s, v128.load32_splat(TANH, 12));
  p = madd(p, s, v128.load32_splat(TANH, 16));
  p = madd(f32x4.mul(p, s), z, z);
  const e = exp4(f32x4.mul(size, f32x4.splat(-2)));
  const q = f32x4.div(f32x4.sub(f32x4.splat(1), e), f32x4.add(f32x4.splat(1), e));
  const signed = v128.or(q, v128.and(z, f32x4.splat(-0.0)));
  return v128.bitselect(p, signed, f32x4.lt(size, v128.load32_splat(TANH, 20)));
}

/** eᶻ − 1 for z ≤ 0: its series near 0, where the difference loses digits. */
// @ts-ignore: decorator
@inline
function expm14(z: v128): v128 {
  let p = madd(f32x4.splat(1.0 / 720), z, f32x4.splat(1.0 / 120));
  p = madd(p, z, f32x4.splat(1.0 / 24));
  p = madd(p, z, f32x4.splat(1.0 / 6));
  p = madd(p, z, f32x4.splat(0.5));
  p = madd(f32x4.mul(p, z), z, z);
  return v128.bitselect(p, f32x4.sub(exp4(z), f32x4.splat(1)), f32x4.gt(z, f32x4.splat(-0.3)));
}

/** Φ(z) = ½ (1 + erf(z / √2)): Abramowitz and Stegun 7.1.26, absolute error at most 7.5e-8. */
// @ts-ignore: decorator
@inline
function normal4(z: v128): v128 {
  const x = f32x4.mul(f32x4.abs(z), f32x4.splat(0.70710678));
  const t = f32x4.div(f32x4.splat(1), madd(f32x4.splat(0.3275911), x, f32x4.splat(1)));
  let p = madd(f32x4.splat(1.061405429), t, f32x4.splat(-1.453152027));
  p = madd(p, t, f32x4.splat(1.421413741));
  p = madd(p, t, f32x4.splat(-0.284496736));
  p = madd(p, t, f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), exp4(f32x4.neg(f32x4.mul(x, x)))), f32x4.splat(0.5));
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(z, f32x4.splat(0)));
}

/** Returns n = e² + 2e with e = eᶻ: then tanh(ln(1 + eᶻ)) = n / (n + 2). From z = 20 on the quotient is 1. */
// @ts-ignore: decorator
@inline
function mishPart(z: v128): v128 {
  const e = exp4(f32x4.min(z, f32x4.splat(20)));
  return f32x4.mul(e, f32x4.add(e, f32x4.splat(2)));
}

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_ALPHA: f32 = 1.6732632423543772;

/** a = f(z) in each lane. `setting`: alpha or negative_slope. */
// @ts-ignore: decorator
@inline
function valueOf(activation: i32, z: v128, setting: v128): v128 {
  const zero = f32x4.splat(0);
  switch (activation) {
    // z < 0 ? 0 : z, so that NaN stays NaN
    case Activation.relu:
      return f32x4.pmax(z, zero);
    case Activation.tanh:
      return tanh4(z);
    case Activation.sigmoid:
      return sigmoid4(z);
    case Activation.leaky_relu:
      return v128.bitselect(f32x4.mul(z, setting), z, f32x4.lt(z, zero));
    case Activation.elu:
      return v128.bitselect(z, f32x4.mul(setting, expm14(f32x4.min(z, zero))), f32x4.gt(z, zero));
    case Activation.selu:
      return f32x4.mul(
        f32x4.splat(SELU_SCALE),
        v128.bitselect(z, f32x4.mul(f32x4.splat(SELU_ALPHA), expm14(f32x4.min(z, zero))), f32x4.gt(z, zero)),
      );
    case Activation.gelu:
      return f32x4.mul(z, normal4(z));
    case Activation.swish:
      return f32x4.mul(z, sigmoid4(z));
    case Activation.softplus:
      return f32x4.add(f32x4.pmax(z, zero), lnOfOneToTwo(f32x4.add(f32x4.splat(1), exp4(f32x4.neg(f32x4.abs(z))))));
    case Activation.softsign:
      return f32x4.div(z, f32x4.add(f32x4.splat(1), f32x4.abs(z)));
    case Activation.mish: {
      const n = mishPart(z);
      return f32x4.mul(z, f32x4.div(n, f32x4.add(n, f32x4.splat(2))));
    }
    case Activation.hard_swish: {
      const inside = f32x4.mul(f32x4.mul(z, f32x4.add(z, f32x4.splat(3))), f32x4.splat(1.0 / 6));
      const below = f32x4.le(z, f32x4.splat(-3));
      return v128.andnot(v128.bitselect(z, inside, f32x4.ge(z, f32x4.splat(3))), below);
    }
    case Activation.relu6:
      return f32x4.min(f32x4.max(z, zero), f32x4.splat(6));
    case Activation.exponential:
      return exp4(z);
    case Activation.log_sigmoid: {
      const n = f32x4.neg(z);
      return f32x4.neg(f32x4.add(f32x4.pmax(n, zero), lnOfOneToTwo(f32x4.add(f32x4.splat(1), exp4(f32x4.neg(f32x4.abs(z)))))));
    }
    default:
      return f32x4.min(f32x4.max(f32x4.add(f32x4.div(z, f32x4.splat(6)), f32x4.splat(0.5)), zero), f32x4.splat(1));
  }
}

/** f'(z) in each lane, from z and a = f(z). */
// @ts-ignore: decorator
@inline
function slopeOf(activation: i32, z: v128, a: v128, setting: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  switch (activation) {
    case Activation.relu:
      // 0 or 1, and NaN where z is NaN: a lane with all bits set is NaN
      return v128.or(v128.and(f32x4.gt(z, zero), one), f32x4.ne(z, z));
    case Activation.tanh:
      return f32x4.sub(one, f32x4.mul(a, a));
    case Activation.sigmoid:
      return f32x4.mul(a, f32x4.sub(one, a));
    case Activation.leaky_relu:
      return v128.bitselect(setting, one, f32x4.lt(z, zero));
    case Activation.elu:
      return v128.bitselect(one, f32x4.add(a, setting), f32x4.gt(z, zero));
    case Activation.selu:
      return v128.bitselect(f32x4.splat(SELU_SCALE), f32x4.add(a, f32x4.splat(SELU_SCALE * SELU_ALPHA)), f32x4.gt(z, zero));
    case Activation.gelu:
      return madd(z, f32x4.mul(f32x4.splat(0.3989422804), exp4(f32x4.mul(f32x4.mul(z, z), f32x4.splat(-0.5)))), normal4(z));
    case Activation.swish: {
      // s + z s (1 − s) with s = sigmoid(z); neither s nor 1 − s is computed as a difference that loses digits
      const e = exp4(f32x4.neg(f32x4.abs(z)));
      const q = f32x4.div(one, f32x4.add(one, e));
      const p = f32x4.mul(e, q);
      const below = f32x4.lt(z, zero);
      const s = v128.bitselect(p, q, below);
      return madd(f32x4.mul(z, s), v128.bitselect(q, p, below), s);
    }
    case Activation.softplus:
      return sigmoid4(z);
    case Activation.softsign: {
      const q = f32x4.add(one, f32x4.abs(z));
      return f32x4.div(one, f32x4.mul(q, q));
    }
    case Activation.mish: {
      // t + z σ(z) (1 − t²) with t = n / (n + 2), so that 1 − t² = 4 (n + 1) / (n + 2)²
      const n = mishPart(z);
      const q = f32x4.div(one, f32x4.add(n, f32x4.splat(2)));
      const rest = f32x4.mul(f32x4.mul(f32x4.splat(4), f32x4.add(n, one)), f32x4.mul(q, q));
      const slope = madd(f32x4.mul(z, sigmoid4(z)), rest, f32x4.mul(n, q));
      return v128.bitselect(one, slope, f32x4.gt(z, f32x4.splat(20)));
    }
    case Activation.hard_swish: {
      const inside = f32x4.mul(madd(z, f32x4.splat(2), f32x4.splat(3)), f32x4.splat(1.0 / 6));
      const below = f32x4.le(z, f32x4.splat(-3));
      return v128.andnot(v128.bitselect(one, inside, f32x4.ge(z, f32x4.splat(3))), below);
    }
    case Activation.relu6: {
      const inside = v128.and(f32x4.gt(z, zero), f32x4.lt(z, f32x4.splat(6)));
      return v128.or(v128.and(inside, one), f32x4.ne(z, z));
    }
    case Activation.exponential:
      return a;
    case Activation.log_sigmoid:
      return sigmoid4(f32x4.neg(z));
    default: {
      const inside = v128.and(f32x4.gt(z, f32x4.splat(-3)), f32x4.lt(z, f32x4.splat(3)));
      return v128.bitselect(v128.and(inside, f32x4.splat(1.0 / 6)), z, f32x4.eq(z, z));
    }
  }
}

// @ts-ignore: decorator
@inline
function forwardLoop(activation: i32, z: usize, a: usize, length: i32, setting: f32): void {
  const s = f32x4.splat(setting);
  const end = z + (length << 2);
  while (z < end) {
    v128.store(a, valueOf(activation, v128.load(z), s));
    z += 16;
    a += 16;
  }
}

// @ts-ignore: decorator
@inline
function backwardLoop(activation: i32, z: usize, a: usize, da: usize, dz: usize, length: i32, setting: f32, fresh: i32): void {
  const s = f32x4.splat(setting);
  const end = z + (length << 2);
  if (fresh) {
    while (z < end) {
      v128.store(dz, f32x4.mul(v128.load(da), slopeOf(activation, v128.load(z), v128.load(a), s)));
      z += 16;
      a += 16;
      da += 16;
      dz += 16;
    }
    return;
  }
  while (z < end) {
    v128.store(dz, madd(v128.load(da), slopeOf(activation, v128.load(z), v128.load(a), s), v128.load(dz)));
    z += 16;
    a += 16;
    da += 16;
    dz += 16;
  }
}

/** a = f(z) for `length` numbers. `setting`: alpha or negative_slope. */
export function activate(activation: i32, z: usize, a: usize, length: i32, setting: f32): void {
  // Each activation has its own loop, which does not branch on the activation.
  switch (activation) {
    case Activation.relu: return forwardLoop(Activation.relu, z, a, length, setting);
    case Activation.tanh: return forwardLoop(Activation.tanh, z, a, length, setting);
    case Activation.sigmoid: return forwardLoop(Activation.sigmoid, z, a, length, setting);
    case Activation.leaky_relu: return forwardLoop(Activation.leaky_relu, z, a, length, setting);
    case Activation.elu: return forwardLoop(Activation.elu, z, a, length, setting);
    case Activation.selu: return forwardLoop(Activation.selu, z, a, length, setting);
    case Activation.gelu: return forwardLoop(Activation.gelu, z, a, length, setting);
    case Activation.swish: return forwardLoop(Activation.swish, z, a, length, setting);
    case Activation.softplus: return forwardLoop(Activation.softplus, z, a, length, setting);
    case Activation.softsign: return forwardLoop(Activation.softsign, z, a, length, setting);
    case Activation.mish: return forwardLoop(Activation.mish, z, a, length, setting);
    case Activation.hard_swish: return forwardLoop(Activation.hard_swish, z, a, length, setting);
    case Activation.relu6: return forwardLoop(Activation.relu6, z, a, length, setting);
    case Activation.exponential: return forwardLoop(Activation.exponential, z, a, length, setting);
    case Activation.log_sigmoid: return forwardLoop(Activation.log_sigmoid, z, a, length, setting);
    default: return forwardLoop(Activation.hard_sigmoid, z, a, length, setting);
  }
}

/** dz = f'(z) · da if `fresh`, else dz += f'(z) · da, for `length` numbers. */
export function addSlope(activation: i32, z: usize, a: usize, da: usize, dz: usize, length: i32, setting: f32, fresh: i32): void {
  switch (activation) {
    case Activation.relu: return backwardLoop(Activation.relu, z, a, da, dz, length, setting, fresh);
    case Activation.tanh: return backwardLoop(Activation.tanh, z, a, da, dz, length, setting, fresh);
    case Activation.sigmoid: return backwardLoop(Activation.sigmoid, z, a, da, dz, length, setting, fresh);
    case Activation.leaky_relu: return backwardLoop(Activation.leaky_relu, z, a, da, dz, length, setting, fresh);
    case Activation.elu: return backwardLoop(Activation.elu, z, a, da, dz, length, setting, fresh);
    case Activation.selu: return backwardLoop(Activation.selu, z, a, da, dz, length, setting, fresh);
    case Activation.gelu: return backwardLoop(Activation.gelu, z, a, da, dz, length, setting, fresh);
    case Activation.swish: return backwardLoop(Activation.swish, z, a, da, dz, length, setting, fresh);
    case Activation.softplus: return backwardLoop(Activation.softplus, z, a, da, dz, length, setting, fresh);
    case Activation.softsign: return backwardLoop(Activation.softsign, z, a, da, dz, length, setting, fresh);
    case Activation.mish: return backwardLoop(Activation.mish, z, a, da, dz, length, setting, fresh);
    case Activation.hard_swish: return backwardLoop(Activation.hard_swish, z, a, da, dz, length, setting, fresh);
    case Activation.relu6: return backwardLoop(Activation.relu6, z, a, da, dz, length, setting, fresh);
    case Activation.exponential: return backwardLoop(Activation.exponential, z, a, da, dz, length, setting, fresh);
    case Activation.log_sigmoid: return backwardLoop(Activation.log_sigmoid, z, a, da, dz, length, setting, fresh);
    default: return backwardLoop(Activation.hard_sigmoid, z, a, da, dz, length, setting, fresh);
  }
}

/** Returns the largest number of a row, or NaN if the row contains one. */
// @ts-ignore: decorator
@inline
export function largestOf(z: usize, units: i32): f32 {
  let largest = load<f32>(z);
  for (let j = 1; j < units; j++) largest = max(largest, load<f32>(z + (j << 2)));
  return largest;
}

/** a = softmax(z) of one row. Returns Σ e^(z − largest), which is from 1 to `units`. */
// @ts-ignore: decorator
@inline
export function softmaxRow(z: usize, a: usize, units: i32, largest: f32): f32 {
  const shift = f32x4.splat(largest);
  let sums = f32x4.splat(0);
  const whole = units & ~3;
  const rest = units - whole;
  for (let j = 0; j < whole; j += 4) {
    const e = exp4(f32x4.sub(v128.load(z + (j << 2)), shift));
    v128.store(a + (j << 2), e);
    sums = f32x4.add(sums, e);
  }
  // The numbers after a row's end belong to the next row.
  const last = rest ? v128.and(exp4(f32x4.sub(v128.load(z + (whole << 2)), shift)), laneMask(rest)) : sums;
  if (rest) sums = f32x4.add(sums, last);
  const sum = sumOf(sums);
  const divisor = f32x4.splat(sum);
  for (let j = 0; j < whole; j += 4) v128.store(a + (j << 2), f32x4.div(v128.load(a + (j << 2)), divisor));
  if (rest) storeSome(a + (whole << 2), f32x4.div(last, divisor), rest);
  return sum;
}

/** a = softmax(z), row by row; z and a are [rows, units]. */
export function softmax(z: usize, a: usize, rows: i32, units: i32): void {
  const stride = units << 2;
  for (let row = 0; row < rows; row++) {
    softmaxRow(z, a, units, largestOf(z, units));
    z += stride;
    a += stride;
  }
}

/** dzᵢ += aᵢ (daᵢ − Σⱼ aⱼ daⱼ), row by row; all arrays are [rows, units]. */
export function addSoftmaxGradient(a: usize, da: usize, dz: usize, rows: i32, units: i32): void {
  for (let row = 0; row < rows; row++) {
    let dot: f32 = 0;
    for (let j = 0; j < units; j++) dot += load<f32>(a + (j << 2)) * load<f32>(da + (j << 2));
    for (let j = 0; j < units; j++) {
      const at = j << 2;
      store<f32>(dz + at, load<f32>(dz + at) + load<f32>(a + at) * (load<f32>(da + at) - dot));
    }
    a += units << 2;
    da += units << 2;
    dz += units << 2;
  }
}
