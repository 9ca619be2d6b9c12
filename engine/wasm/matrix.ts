/**
 * The three products of a dense layer. x is [rows, inputs], w [inputs, units], z and dz [rows, units], row after row without
 * gaps. Each number of a result is one sum in one order (over inputs, rows or units), however the work is cut: tiles and
 * threads share out results, never sums.
 *
 * Tiles are 4 by 8: four rows of one side, two vectors of the other, eight running sums in registers. Where rows are long, the
 * panel that the inner loop runs down is copied together first: rows that lie a multiple of 4 kB apart would all fall into the
 * same few lines of the cache.
 */
import { addDot, laneMask, madd, storeEight, storeSome, sumOf } from "./madd";
import { addInputGradientOne, addKernelGradientOne, affineOne } from "./single";

/** Rows that are best copied together first: each on a page of its own, or all in the same few lines of the cache. */
@inline
function isAwkward(stride: i32): bool {
  return stride >= 4096 || (stride >= 2048 && (stride & 1023) == 0);
}

/** z = x · w + b for rows [from, to). b: 0 where there is none. `panel`: room for 8 · inputs numbers. */
export function affine(x: usize, w: usize, b: usize, z: usize, from: i32, to: i32, inputs: i32, units: i32, panel: usize): void {
  if (units == 1) return affineOne(x, w, b, z, from, to, inputs);
  const xStride = inputs << 2;
  const zStride = units << 2;
  const packs = to - from >= 64 || (isAwkward(zStride) && to - from >= 8);
  const tiles = from + ((to - from) & ~3);
  for (let row = tiles; row < to; row++) affineRow(x + row * xStride, w, b, z + row * zStride, inputs, units);
  if (tiles == from) return;
  const none = f32x4.splat(0);
  for (let j = 0; j < units; j += 8) {
    const count = units - j;
    let column = w + (j << 2);
    let wStride = zStride;
    if (packs) {
      copyPanel(column, zStride, panel, inputs);
      column = panel;
      wStride = 32;
    }
    const b0 = b ? v128.load(b + (j << 2)) : none;
    const b1 = b ? v128.load(b + (j << 2), 16) : none;
    for (let row = from; row < tiles; row += 4) {
      let x0 = x + row * xStride;
      let x1 = x0 + xStride;
      let x2 = x1 + xStride;
      let x3 = x2 + xStride;
      let a00 = b0, a01 = b1, a10 = b0, a11 = b1, a20 = b0, a21 = b1, a30 = b0, a31 = b1;
      const end = x0 + xStride;
      let wp = column;
      while (x0 < end) {
        const w0 = v128.load(wp);
        const w1 = v128.load(wp, 16);
        let s = v128.load32_splat(x0);
        a00 = madd(s, w0, a00);
        a01 = madd(s, w1, a01);
        s = v128.load32_splat(x1);
        a10 = madd(s, w0, a10);
        a11 = madd(s, w1, a11);
        s = v128.load32_splat(x2);
        a20 = madd(s, w0, a20);
        a21 = madd(s, w1, a21);
        s = v128.load32_splat(x3);
        a30 = madd(s, w0, a30);
        a31 = madd(s, w1, a31);
        wp += wStride;
        x0 += 4;
        x1 += 4;
        x2 += 4;
        x3 += 4;
      }
      let zp = z + row * zStride + (j << 2);
      storeEight(zp, a00, a01, count);
      zp += zStride;
      storeEight(zp, a10, a11, count);
      zp += zStride;
      storeEight(zp, a20, a21, count);
      zp += zStride;
      storeEight(zp, a30, a31, count);
    }
  }
}

/**
 * One row: four inputs at a time over all units, so that the weights stream through in the order in which they lie; each sum is still over
 * the inputs in their order.
 */
function affineRow(x: usize, w: usize, b: usize, z: usize, inputs: i32, units: i32): void {
  const stride = units << 2;
  const whole = units & ~3;
  const rest = units - whole;
  const ends = z + (whole << 2);
  if (b) memory.copy(z, b, stride);
  else memory.fill(z, 0, stride);
  let k = 0;
  let w0 = w;
  for (; k + 4 <= inputs; k += 4) {
    const xp = x + (k << 2);
    const s0 = v128.load32_splat(xp);
    const s1 = v128.load32_splat(xp, 4);
    const s2 = v128.load32_splat(xp, 8);
    const s3 = v128.load32_splat(xp, 12);
    let p0 = w0;
    let p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
    let zp = z;
    while (zp < ends) {
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

/** Eight numbers from each of `count` rows, one after another. */
function copyPanel(from: usize, stride: i32, to: usize, count: i32): void {
  const end = to + (<usize>count << 5);
  while (to < end) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += stride;
    to += 32;
  }
}

/**
 * dw = xᵀ · dz, or += where it is not `fresh`, for inputs [from, to), which is a multiple of 4 but at the end. `panel`: room for
 * 8 · rows numbers, `across`: for 4 · rows · ⌈inputs / 4⌉.
 */
export function addKernelGradient(
  x: usize, dz: usize, dw: usize, rows: i32, from: i32, to: i32, inputs: i32, units: i32, fresh: i32, panel: usize, across: usize,
): void {
  if (units == 1) return addKernelGradientOne(x, dz, dw, rows, from, to, inputs, fresh);
  const xStride = inputs << 2;
  const zStride = units << 2;
  const packsX = isAwkward(xStride) && units >= 32;
  const packsZ = isAwkward(zStride);
  if (packsX) copyAcross(x, xStride, across, rows, from, to);
  for (let j = 0; j < units; j += 8) {
    const count = units - j;
    let column = dz + (j << 2);
    let dStride = zStride;
    if (packsZ) {
      copyPanel(column, zStride, panel, rows);
      column = panel;
      dStride = 32;
    }
    let k = from;
    for (; k + 4 <= to; k += 4) {
      const out = dw + k * zStride + (j << 2);
      let wp = out;
      let a00 = f32x4.splat(0);
      let a01 = a00, a10 = a00, a11 = a00, a20 = a00, a21 = a00, a30 = a00, a31 = a00;
      if (!fresh) {
        a00 = v128.load(wp);
        a01 = v128.load(wp, 16);
        wp += zStride;
        a10 = v128.load(wp);
        a11 = v128.load(wp, 16);
        wp += zStride;
        a20 = v128.load(wp);
        a21 = v128.load(wp, 16);
        wp += zStride;
        a30 = v128.load(wp);
        a31 = v128.load(wp, 16);
      }
      let xp = packsX ? across + (((k - from) * rows) << 2) : x + (k << 2);
      const step = packsX ? 16 : xStride;
      let dp = column;
      const end = dp + rows * dStride;
      while (dp < end) {
        const d0 = v128.load(dp);
        const d1 = v128.load(dp, 16);
        let s = v128.load32_splat(xp);
        a00 = madd(s, d0, a00);
        a01 = madd(s, d1, a01);
        s = v128.load32_splat(xp, 4);
        a10 = madd(s, d0, a10);
        a11 = madd(s, d1, a11);
        s = v128.load32_splat(xp, 8);
        a20 = madd(s, d0, a20);
        a21 = madd(s, d1, a21);
        s = v128.load32_splat(xp, 12);
        a30 = madd(s, d0, a30);
        a31 = madd(s, d1, a31);
        xp += step;
        dp += dStride;
      }
      wp = out;
      storeEight(wp, a00, a01, count);
      wp += zStride;
      storeEight(wp, a10, a11, count);
      wp += zStride;
      storeEight(wp, a20, a21, count);
      wp += zStride;
      storeEight(wp, a30, a31, count);
    }
    for (; k < to; k++) {
      const out = dw + k * zStride + (j << 2);
      let a0 = f32x4.splat(0), a1 = f32x4.splat(0);
      if (!fresh) {
        a0 = v128.load(out);
        a1 = v128.load(out, 16);
      }
      let xp = x + (k << 2);
      let dp = column;
      const end = dp + rows * dStride;
      while (dp < end) {
        const s = v128.load32_splat(xp);
        a0 = madd(s, v128.load(dp), a0);
        a1 = madd(s, v128.load(dp, 16), a1);
        xp += xStride;
        dp += dStride;
      }
      storeEight(out, a0, a1, count);
    }
  }
}

/** Four neighbouring inputs of every row together: [(to − from) / 4][rows][4]. What is left over stays where it is. */
function copyAcross(x: usize, xStride: i32, across: usize, rows: i32, from: i32, to: i32): void {
  for (let row = 0; row < rows; row++) {
    const start = x + row * xStride;
    for (let k = from; k + 4 <= to; k += 4) v128.store(across + (((k - from) * rows + (row << 2)) << 2), v128.load(start + (k << 2)));
  }
}

/** db = Σ over rows of dz, or += where it is not `fresh`. */
export function addBiasGradient(dz: usize, db: usize, rows: i32, units: i32, fresh: i32): void {
  const stride = units << 2;
  for (let j = 0; j < units; j += 4) {
    let sum = fresh ? f32x4.splat(0) : v128.load(db + (j << 2));
    let dp = dz + (j << 2);
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(dp));
      dp += stride;
    }
    const left = units - j;
    if (left >= 4) v128.store(db + (j << 2), sum);
    else storeSome4(db + (j << 2), sum, left);
  }
}

function storeSome4(to: usize, a: v128, count: i32): void {
  storeEight(to, a, a, count);
}

/** dx += dz · wᵀ for rows [from, to). Narrow layers (units under 8) go along the inputs; `across` is room for units · inputs numbers. */
export function addInputGradient(dz: usize, w: usize, dx: usize, from: i32, to: i32, inputs: i32, units: i32, across: usize): void {
  if (units == 1) return addInputGradientOne(dz, w, dx, from, to, inputs);
  if (units < 8) return addNarrow(dz, w, dx, from, to, inputs, units, across);
  const xStride = inputs << 2;
  const zStride = units << 2;
  const whole = units & ~3;
  const mask = laneMask(units - whole);
  const hasRest = whole < units;
  let k = 0;
  for (; k + 4 <= inputs; k += 4) {
    const w0 = w + k * zStride;
    let row = from;
    for (; row + 2 <= to; row += 2) {
      let p0 = w0, p1 = p0 + zStride, p2 = p1 + zStride, p3 = p2 + zStride;
      let d0 = dz + row * zStride;
      let d1 = d0 + zStride;
      let a0 = f32x4.splat(0);
      let a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      const end = d0 + (whole << 2);
      while (d0 < end) {
        const p = v128.load(d0);
        const q = v128.load(d1);
        let v = v128.load(p0);
        a0 = madd(p, v, a0);
        b0 = madd(q, v, b0);
        v = v128.load(p1);
        a1 = madd(p, v, a1);
        b1 = madd(q, v, b1);
        v = v128.load(p2);
        a2 = madd(p, v, a2);
        b2 = madd(q, v, b2);
        v = v128.load(p3);
        a3 = madd(p, v, a3);
        b3 = madd(q, v, b3);
        d0 += 16;
        d1 += 16;
        p0 += 16;
        p1 += 16;
        p2 += 16;
        p3 += 16;
      }
      if (hasRest) {
        const p = v128.and(v128.load(d0), mask);
        const q = v128.and(v128.load(d1), mask);
        let v = v128.and(v128.load(p0), mask);
        a0 = madd(p, v, a0);
        b0 = madd(q, v, b0);
        v = v128.and(v128.load(p1), mask);
        a1 = madd(p, v, a1);
        b1 = madd(q, v, b1);
        v = v128.and(v128.load(p2), mask);
        a2 = madd(p, v, a2);
        b2 = madd(q, v, b2);
        v = v128.and(v128.load(p3), mask);
        a3 = madd(p, v, a3);
        b3 = madd(q, v, b3);
      }
      const out = dx + row * xStride + (k << 2);
      v128.store(out, f32x4.add(v128.load(out), f32x4(sumOf(a0), sumOf(a1), sumOf(a2), sumOf(a3))));
      v128.store(out + xStride, f32x4.add(v128.load(out + xStride), f32x4(sumOf(b0), sumOf(b1), sumOf(b2), sumOf(b3))));
    }
    for (; row < to; row++) {
      for (let i = 0; i < 4; i++) addDot(dz + row * zStride, w0 + i * zStride, dx + row * xStride + ((k + i) << 2), whole, hasRest, mask);
    }
  }
  for (; k < inputs; k++) {
    for (let row = from; row < to; row++) addDot(dz + row * zStride, w + k * zStride, dx + row * xStride + (k << 2), whole, hasRest, mask);
  }
}

function addNarrow(dz: usize, w: usize, dx: usize, from: i32, to: i32, inputs: i32, units: i32, across: usize): void {
  // wᵀ, its rows a multiple of four long.
  const stride = ((inputs + 3) & ~3) << 2;
  for (let k = 0; k < inputs; k++) {
    for (let j = 0; j < units; j++) store<f32>(across + j * stride + (k << 2), load<f32>(w + ((k * units + j) << 2)));
  }
  for (let row = from; row < to; row++) {
    const d = dz + ((row * units) << 2);
    const out = dx + ((row * inputs) << 2);
    for (let k = 0; k < inputs; k += 4) {
      let sum = f32x4.splat(0);
      for (let j = 0; j < units; j++) sum = madd(v128.load32_splat(d + (j << 2)), v128.load(across + j * stride + (k << 2)), sum);
      sum = f32x4.add(v128.load(out + (k << 2)), sum);
      storeEight(out + (k << 2), sum, sum, min(4, inputs - k));
    }
  }
}
