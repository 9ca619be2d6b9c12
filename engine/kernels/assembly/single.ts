/**
 * The products of a layer with one unit, as in regression and binary classification. In the tiles of matrix.ts, it would use only one of eight
 * columns. x and dx are [rows, inputs], w and dw [inputs], z and dz [rows]. Each number is one sum in a fixed order.
 */
import { addDot, laneMask, madd, storeEight, storeSome, sumOf } from "./madd";

/** z = x · w + b for rows [from, to). Each is summed over inputs in four lanes, which are added at the end. b is 0 without a bias. */
export function affineOne(x: usize, w: usize, b: usize, z: usize, from: i32, to: i32, inputs: i32): void {
  const stride = inputs << 2;
  const whole = inputs & ~3;
  const mask = laneMask(inputs - whole);
  const hasRest = whole < inputs;
  const bias: f32 = b ? load<f32>(b) : 0;
  let row = from;
  for (; row + 4 <= to; row += 4) {
    let x0 = x + row * stride;
    let x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let wp = w;
    const end = w + (whole << 2);
    while (wp < end) {
      const v = v128.load(wp);
      a0 = madd(v128.load(x0), v, a0);
      a1 = madd(v128.load(x1), v, a1);
      a2 = madd(v128.load(x2), v, a2);
      a3 = madd(v128.load(x3), v, a3);
      wp += 16;
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
    }
    if (hasRest) {
      // The numbers past a row's end may be NaN or infinite, so they are masked out rather than multiplied by 0.
      const v = v128.and(v128.load(wp), mask);
      a0 = madd(v128.and(v128.load(x0), mask), v, a0);
      a1 = madd(v128.and(v128.load(x1), mask), v, a1);
      a2 = madd(v128.and(v128.load(x2), mask), v, a2);
      a3 = madd(v128.and(v128.load(x3), mask), v, a3);
    }
    v128.store(z + (row << 2), f32x4.add(f32x4(sumOf(a0), sumOf(a1), sumOf(a2), sumOf(a3)), f32x4.splat(bias)));
  }
  for (; row < to; row++) {
    const out = z + (row << 2);
    store<f32>(out, 0);
    addDot(x + row * stride, w, out, whole, hasRest, mask);
    store<f32>(out, load<f32>(out) + bias);
  }
}

/**
 * dw = xᵀ · dz if `fresh`, else dw += xᵀ · dz, for inputs [from, to). Vectors extend along the inputs; four accumulators hide the latency of the
 * additions.
 */
export function addKernelGradientOne(x: usize, dz: usize, dw: usize, rows: i32, from: i32, to: i32, inputs: i32, fresh: i32): void {
  const stride = inputs << 2;
  for (let k = from; k < to; k += 16) {
    const out = dw + (k << 2);
    const left = to - k;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    if (!fresh) {
      a0 = v128.load(out);
      a1 = v128.load(out, 16);
      if (left > 8) {
        a2 = v128.load(out, 32);
        a3 = v128.load(out, 48);
      }
    }
    let xp = x + (k << 2);
    let dp = dz;
    const end = dz + (rows << 2);
    if (left <= 8) {
      while (dp < end) {
        const s = v128.load32_splat(dp);
        a0 = madd(v128.load(xp), s, a0);
        a1 = madd(v128.load(xp, 16), s, a1);
        dp += 4;
        xp += stride;
      }
      storeEight(out, a0, a1, left);
      return;
    }
    while (dp < end) {
      const s = v128.load32_splat(dp);
      a0 = madd(v128.load(xp), s, a0);
      a1 = madd(v128.load(xp, 16), s, a1);
      a2 = madd(v128.load(xp, 32), s, a2);
      a3 = madd(v128.load(xp, 48), s, a3);
      dp += 4;
      xp += stride;
    }
    storeEight(out, a0, a1, 8);
    storeEight(out + 32, a2, a3, left - 8);
  }
}

/** dx = dz · wᵀ if `fresh`, else dx += dz · wᵀ, for rows [from, to). */
export function addInputGradientOne(dz: usize, w: usize, dx: usize, from: i32, to: i32, inputs: i32, fresh: bool): void {
  const whole = inputs & ~3;
  const rest = inputs - whole;
  let out = dx + ((from * inputs) << 2);
  for (let row = from; row < to; row++) {
    const s = v128.load32_splat(dz + (row << 2));
    let wp = w;
    const end = w + (whole << 2);
    if (fresh) {
      for (; wp < end; wp += 16, out += 16) v128.store(out, f32x4.mul(s, v128.load(wp)));
      if (rest) storeSome(out, f32x4.mul(s, v128.load(wp)), rest);
    } else {
      for (; wp < end; wp += 16, out += 16) v128.store(out, madd(s, v128.load(wp), v128.load(out)));
      if (rest) storeSome(out, madd(s, v128.load(wp), v128.load(out)), rest);
    }
    out += rest << 2;
  }
}
