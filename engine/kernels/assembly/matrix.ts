/**
 * The products of a dense layer: the forward pass and the gradient for its inputs (gradient.ts has the kernel's gradient). x is [rows,
 * inputs], w [inputs, units], z and dz [rows, units], all row-major without gaps. Each number of a result is one sum in a fixed order
 * (over inputs or units): tiles and threads divide results, never sums.
 */
import { madd, storeEight, storeSome } from "./madd";
import { addInputGradientOne, affineOne } from "./single";
import { multiplyAndCopy, multiplyPanel } from "./tiles";

/** The minimum number of rows for which copying a panel saves time. */
const LEAST_ROWS_FOR_COPY: i32 = 8;

/**
 * z = x · w + b for rows [from, to) and units [first, last). `first` is a multiple of 8; so is `last`, unless it is `units`. b is 0
 * without a bias. `panel`: scratch memory of 8 · inputs numbers.
 */
export function affine(
  x: usize, w: usize, b: usize, z: usize, from: i32, to: i32, first: i32, last: i32, inputs: i32, units: i32, panel: usize,
): void {
  if (units == 1) return affineOne(x, w, b, z, from, to, inputs);
  const xStride = inputs << 2;
  const zStride = units << 2;
  const rows = to - from;
  x += from * xStride;
  z += from * zStride;
  if (rows == 1) return affineRow(x, w, b, z, inputs, units, first, last);
  for (let j = first; j < last; j += 8) {
    const at = j << 2;
    const start = b ? b + at : 0;
    const count = units - j;
    if (rows >= LEAST_ROWS_FOR_COPY) {
      multiplyAndCopy(x, xStride, w + at, zStride, panel, inputs, z + at, zStride, start, count);
      multiplyPanel(x + (xStride << 2), xStride, panel, 32, inputs, z + at + (zStride << 2), zStride, rows - 4, start, count, false);
    } else multiplyPanel(x, xStride, w + at, zStride, inputs, z + at, zStride, rows, start, count, false);
  }
}

/**
 * The same for one row: four inputs at a time over all units, so that the weights are read in memory order. Each sum still adds the inputs in order.
 */
function affineRow(x: usize, w: usize, b: usize, z: usize, inputs: i32, units: i32, first: i32, last: i32): void {
  const stride = units << 2;
  const width = last - first;
  const whole = width & ~3;
  const rest = width - whole;
  z += first << 2;
  const ends = z + (whole << 2);
  const pairs = z + ((width & ~7) << 2);
  if (b) memory.copy(z, b + (first << 2), width << 2);
  else memory.fill(z, 0, width << 2);
  let k = 0;
  let w0 = w + (first << 2);
  for (; k + 4 <= inputs; k += 4) {
    addFourInputs(x + (k << 2), w0, stride, z, pairs, ends, rest);
    w0 += stride << 2;
  }
  for (; k < inputs; k++) {
    const s = v128.load32_splat(x + (k << 2));
    let p = w0;
    let zp = z;
    for (; zp < ends; zp += 16, p += 16) v128.store(zp, madd(s, v128.load(p), v128.load(zp)));
    if (rest) storeSome(zp, madd(s, v128.load(p), v128.load(zp)), rest);
    w0 += stride;
  }
}

/**
 * z += four inputs times their rows of weights: two vectors per iteration up to `pairs`, one up to `ends`, then the `rest` of 0 to 3
 * numbers.
 */
// @ts-ignore: decorator
@inline
function addFourInputs(x: usize, w: usize, stride: i32, z: usize, pairs: usize, ends: usize, rest: i32): void {
  const s0 = v128.load32_splat(x);
  const s1 = v128.load32_splat(x, 4);
  const s2 = v128.load32_splat(x, 8);
  const s3 = v128.load32_splat(x, 12);
  let p0 = w;
  let p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
  let zp = z;
  // Two accumulators hide the latency of the additions.
  while (zp < pairs) {
    let sum = madd(s0, v128.load(p0), v128.load(zp));
    let next = madd(s0, v128.load(p0, 16), v128.load(zp, 16));
    sum = madd(s1, v128.load(p1), sum);
    next = madd(s1, v128.load(p1, 16), next);
    sum = madd(s2, v128.load(p2), sum);
    next = madd(s2, v128.load(p2, 16), next);
    v128.store(zp, madd(s3, v128.load(p3), sum));
    v128.store(zp, madd(s3, v128.load(p3, 16), next), 16);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    zp += 32;
  }
  if (zp < ends) {
    let sum = madd(s0, v128.load(p0), v128.load(zp));
    sum = madd(s1, v128.load(p1), sum);
    sum = madd(s2, v128.load(p2), sum);
    v128.store(zp, madd(s3, v128.load(p3), sum));
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    zp += 16;
  }
  if (rest) {
    let sum = madd(s0, v128.load(p0), v128.load(zp));
    sum = madd(s1, v128.load(p1), sum);
    sum = madd(s2, v128.load(p2), sum);
    storeSome(zp, madd(s3, v128.load(p3), sum), rest);
  }
}

/** db = Σ over rows of dz if `fresh`, else db += Σ over rows of dz, for units [first, last). */
export function addBiasGradient(dz: usize, db: usize, rows: i32, units: i32, first: i32, last: i32, fresh: i32): void {
  const stride = units << 2;
  // Two accumulators hide the latency of the additions.
  for (let j = first; j < last; j += 8) {
    const out = db + (j << 2);
    let sum = f32x4.splat(0), next = sum;
    if (!fresh) {
      sum = v128.load(out);
      next = v128.load(out, 16);
    }
    let dp = dz + (j << 2);
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(dp));
      next = f32x4.add(next, v128.load(dp, 16));
      dp += stride;
    }
    storeEight(out, sum, next, last - j);
  }
}

/**
 * dx = dz · wᵀ if `fresh`, else dx += dz · wᵀ, for rows [from, to) and inputs [first, last). `first` is a multiple of 8; so is `last`,
 * unless it is `inputs`. `transposed`: scratch memory of 8 · units numbers, or of units · (inputs + 3) with fewer than 8 units.
 */
export function inputGradient(
  dz: usize, w: usize, dx: usize, from: i32, to: i32, first: i32, last: i32, inputs: i32, units: i32, fresh: i32, transposed: usize,
): void {
  if (units == 1) return addInputGradientOne(dz, w, dx, from, to, inputs, fresh != 0);
  if (units < 8) return addNarrow(dz, w, dx, from, to, inputs, units, fresh != 0, transposed);
  const xStride = inputs << 2;
  const zStride = units << 2;
  const rows = to - from;
  dz += from * zStride;
  dx += from * xStride;
  for (let k = first; k < last; k += 8) {
    const out = dx + (k << 2);
    transpose(w + k * zStride, zStride, min(8, inputs - k), transposed, units);
    multiplyPanel(dz, zStride, transposed, 32, units, out, xStride, rows, 0, inputs - k, fresh == 0);
  }
}

/** Copies the weights of `count` neighbouring inputs, at most 8, to `to` as [units, 8]. The columns of missing inputs repeat the last one. */
function transpose(w: usize, stride: i32, count: i32, to: usize, units: i32): void {
  let p = w;
  for (let half = 0; half < 2; half++) {
    const left = count - (half << 2);
    if (left <= 0) return;
    let p0 = p;
    let p1 = left > 1 ? p0 + stride : p0;
    let p2 = left > 2 ? p1 + stride : p1;
    let p3 = left > 3 ? p2 + stride : p2;
    p = p3 + stride;
    let out = to + (half << 4);
    // Up to three numbers past the row's end are also copied. They land after the panel's last row, where they are never read.
    for (let j = 0; j < units; j += 4) {
      const r0 = v128.load(p0), r1 = v128.load(p1), r2 = v128.load(p2), r3 = v128.load(p3);
      const low = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
      const high = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
      const low2 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
      const high2 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
      v128.store(out, i64x2.shuffle(low, low2, 0, 2));
      v128.store(out, i64x2.shuffle(low, low2, 1, 3), 32);
      v128.store(out, i64x2.shuffle(high, high2, 0, 2), 64);
      v128.store(out, i64x2.shuffle(high, high2, 1, 3), 96);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      out += 128;
    }
  }
}

/** The input gradient with fewer than 8 units: vectors extend along the inputs, with all of wᵀ in `transposed`. */
function addNarrow(dz: usize, w: usize, dx: usize, from: i32, to: i32, inputs: i32, units: i32, fresh: bool, transposed: usize): void {
  // Rows of wᵀ are padded to a multiple of four numbers.
  const stride = ((inputs + 3) & ~3) << 2;
  for (let k = 0; k < inputs; k++) {
    for (let j = 0; j < units; j++) store<f32>(transposed + j * stride + (k << 2), load<f32>(w + ((k * units + j) << 2)));
  }
  const zStride = units << 2;
  const xStride = inputs << 2;
  const none = f32x4.splat(0);
  for (let k = 0; k < inputs; k += 4) {
    const p = transposed + (k << 2);
    const isWhole = k + 4 <= inputs;
    const w0 = v128.load(p), w1 = v128.load(p + stride);
    const w2 = units > 2 ? v128.load(p + stride * 2) : none;
    let d = dz + from * zStride;
    let out = dx + from * xStride + (k << 2);
    for (let row = from; row < to; row++) {
      let sum = madd(v128.load32_splat(d, 4), w1, f32x4.mul(v128.load32_splat(d), w0));
      if (units > 2) {
        sum = madd(v128.load32_splat(d, 8), w2, sum);
        for (let j = 3; j < units; j++) sum = madd(v128.load32_splat(d + (j << 2)), v128.load(p + j * stride), sum);
      }
      if (!fresh) sum = f32x4.add(v128.load(out), sum);
      if (isWhole) v128.store(out, sum);
      else storeSome(out, sum, inputs - k);
      d += zStride;
      out += xStride;
    }
  }
}
