/**
 * The gradient of a dense layer's kernel, dw = xᵀ · dz with x [rows, inputs], dz [rows, units] and dw [inputs, units]. It is computed
 * band by band: a band is up to six neighbouring inputs over a range of units, so that kernel and gradient are accessed along their
 * rows. Each number is one sum over the batch's rows in order.
 */
import { madd, storeEight } from "./madd";
import { addKernelGradientOne } from "./single";
import { tileHeight } from "./tiles";

/** How a tile's sums are written. */
export const enum Into {
  /** dw = sum */
  store = 0,
  /** dw += sum */
  add = 1,
  /** w −= rate · sum: the update of plain SGD. dw is not stored. */
  step = 2,
}

/** Whether to copy rows `stride` bytes apart together first: each is on a separate page, or all map to the same few cache sets. */
// @ts-ignore: decorator
@inline
function needsCopy(stride: i32): bool {
  return stride >= 4096 || (stride >= 2048 && (stride & 1023) == 0);
}

/** The minimum number of inputs for which copying dz into panels saves time. */
const LEAST_INPUTS_FOR_COPY: i32 = 24;

/**
 * The two factors in the layout for the bands, set by `prepareBands`. Module variables, because AssemblyScript has no closures; each thread has its
 * own.
 */
let x: usize = 0;
let xStride: i32 = 0;
let copy: usize = 0;
let d: usize = 0;
let dStride: i32 = 0;
let panelBytes: i32 = 0;
let rows: i32 = 0;
let panels: i32 = 0;
let lastCount: i32 = 0;

/** Returns the required length of `scratch`: dz in panels of eight columns, then one band of x. */
// @ts-ignore: decorator
@inline
export function scratchLength(rowCount: i32, units: i32): i32 {
  return rowCount * ((units + 7) & ~7) + 6 * rowCount;
}

/**
 * Prepares bands over units [first, last) for `inputCount` inputs. `first` is a multiple of 8; so is `last`, unless it is the number of
 * units. `scratch`: scratchLength(rowCount, last − first) numbers.
 */
export function prepareBands(
  xs: usize, dz: usize, rowCount: i32, inputCount: i32, first: i32, last: i32, inputs: i32, units: i32, scratch: usize,
): void {
  x = xs;
  xStride = inputs << 2;
  rows = rowCount;
  panels = (last - first + 7) >> 3;
  lastCount = last - first - ((panels - 1) << 3);
  d = dz + (first << 2);
  dStride = units << 2;
  panelBytes = 32;
  copy = needsCopy(xStride) ? scratch + ((rowCount * panels) << 5) : 0;
  if (inputCount < LEAST_INPUTS_FOR_COPY && !needsCopy(dStride)) return;
  let to = scratch;
  for (let j = 0; j < panels; j++) {
    let from = d + (j << 5);
    for (let row = 0; row < rowCount; row++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += dStride;
      to += 32;
    }
  }
  d = scratch;
  dStride = 32;
  panelBytes = rowCount << 5;
}

/** Computes the band of inputs [k, k + height) into `out`, with rows `outStride` bytes apart. `rate` is for Into.step. */
export function band(k: i32, height: i32, out: usize, outStride: i32, into: i32, rate: f32): void {
  let from = x + (k << 2);
  let step = xStride;
  if (copy) {
    let to = copy;
    for (let row = 0; row < rows; row++) {
      v128.store(to, v128.load(from));
      store<u64>(to, load<u64>(from, 16), 16);
      from += xStride;
      to += 24;
    }
    from = copy;
    step = 24;
  }
  const length = rows * dStride;
  let panel = d;
  for (let j = 1; j <= panels; j++) {
    const count = j == panels ? lastCount : 8;
    // Two calls, so that each is compiled without a branch on `into` in the loop.
    if (height == 6 && into == Into.step) tileOfSix(from, step, panel, dStride, panel + length, out, outStride, count, Into.step, rate);
    else if (height == 6) tileOfSix(from, step, panel, dStride, panel + length, out, outStride, count, into, rate);
    else tileOfFour(from, step, panel, dStride, panel + length, out, outStride, height, count, into, rate);
    panel += panelBytes;
    out += 32;
  }
}

/**
 * dw = xᵀ · dz if `fresh`, else dw += xᵀ · dz, for inputs [from, to) and units [first, last). `scratch`: scratchLength(rowCount, last −
 * first) numbers.
 */
export function kernelGradient(
  xs: usize, dz: usize, dw: usize, rowCount: i32, from: i32, to: i32, first: i32, last: i32, inputs: i32, units: i32, fresh: i32,
  scratch: usize,
): void {
  if (units == 1) return addKernelGradientOne(xs, dz, dw, rowCount, from, to, inputs, fresh);
  prepareBands(xs, dz, rowCount, to - from, first, last, inputs, units, scratch);
  const stride = units << 2;
  const into = fresh ? Into.store : Into.add;
  for (let k = from; k < to; ) {
    const height = tileHeight(to - k);
    band(k, height, dw + k * stride + (first << 2), stride, into, 0);
    k += height;
  }
}

/** Writes eight sums; `count` of them are in range. `r`: −rate. */
// @ts-ignore: decorator
@inline
function storeSums(at: usize, a: v128, b: v128, count: i32, into: i32, r: v128): void {
  if (into == Into.step) storeEight(at, madd(r, a, v128.load(at)), madd(r, b, v128.load(at, 16)), count);
  else storeEight(at, a, b, count);
}

/**
 * A tile of six inputs by eight units. The function is long because each of the twelve sums is a local variable. Only local variables stay in
 * registers, so there can't be a loop over the rows, and a function returns at most one value.
 */
// @ts-ignore: decorator
@inline
function tileOfSix(
  x: usize, xStep: i32, d: usize, dStride: i32, end: usize, out: usize, outStride: i32, count: i32, into: i32, rate: f32,
): void {
  let a00 = f32x4.splat(0);
  let a01 = a00, a10 = a00, a11 = a00, a20 = a00, a21 = a00, a30 = a00, a31 = a00, a40 = a00, a41 = a00, a50 = a00, a51 = a00;
  if (into == Into.add) {
    let from = out;
    a00 = v128.load(from);
    a01 = v128.load(from, 16);
    from += outStride;
    a10 = v128.load(from);
    a11 = v128.load(from, 16);
    from += outStride;
    a20 = v128.load(from);
    a21 = v128.load(from, 16);
    from += outStride;
    a30 = v128.load(from);
    a31 = v128.load(from, 16);
    from += outStride;
    a40 = v128.load(from);
    a41 = v128.load(from, 16);
    from += outStride;
    a50 = v128.load(from);
    a51 = v128.load(from, 16);
  }
  while (d < end) {
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    let s = v128.load32_splat(x);
    a00 = madd(s, d0, a00);
    a01 = madd(s, d1, a01);
    s = v128.load32_splat(x, 4);
    a10 = madd(s, d0, a10);
    a11 = madd(s, d1, a11);
    s = v128.load32_splat(x, 8);
    a20 = madd(s, d0, a20);
    a21 = madd(s, d1, a21);
    s = v128.load32_splat(x, 12);
    a30 = madd(s, d0, a30);
    a31 = madd(s, d1, a31);
    s = v128.load32_splat(x, 16);
    a40 = madd(s, d0, a40);
    a41 = madd(s, d1, a41);
    s = v128.load32_splat(x, 20);
    a50 = madd(s, d0, a50);
    a51 = madd(s, d1, a51);
    x += xStep;
    d += dStride;
  }
  const r = f32x4.splat(-rate);
  if (into == Into.step && count >= 8) {
    // Nearly all tiles have eight units, so one test covers all rows.
    v128.store(out, madd(r, a00, v128.load(out)));
    v128.store(out, madd(r, a01, v128.load(out, 16)), 16);
    out += outStride;
    v128.store(out, madd(r, a10, v128.load(out)));
    v128.store(out, madd(r, a11, v128.load(out, 16)), 16);
    out += outStride;
    v128.store(out, madd(r, a20, v128.load(out)));
    v128.store(out, madd(r, a21, v128.load(out, 16)), 16);
    out += outStride;
    v128.store(out, madd(r, a30, v128.load(out)));
    v128.store(out, madd(r, a31, v128.load(out, 16)), 16);
    out += outStride;
    v128.store(out, madd(r, a40, v128.load(out)));
    v128.store(out, madd(r, a41, v128.load(out, 16)), 16);
    out += outStride;
    v128.store(out, madd(r, a50, v128.load(out)));
    v128.store(out, madd(r, a51, v128.load(out, 16)), 16);
    return;
  }
  storeSums(out, a00, a01, count, into, r);
  out += outStride;
  storeSums(out, a10, a11, count, into, r);
  out += outStride;
  storeSums(out, a20, a21, count, into, r);
  out += outStride;
  storeSums(out, a30, a31, count, into, r);
  out += outStride;
  storeSums(out, a40, a41, count, into, r);
  out += outStride;
  storeSums(out, a50, a51, count, into, r);
}

/** A tile of one to four inputs by eight units. The sums of missing inputs are computed from the subsequent numbers in memory and dropped. */
// @ts-ignore: decorator
@inline
function tileOfFour(
  x: usize, xStep: i32, d: usize, dStride: i32, end: usize, out: usize, outStride: i32, height: i32, count: i32, into: i32, rate: f32,
): void {
  let a00 = f32x4.splat(0);
  let a01 = a00, a10 = a00, a11 = a00, a20 = a00, a21 = a00, a30 = a00, a31 = a00;
  if (into == Into.add) {
    let from = out;
    a00 = v128.load(from);
    a01 = v128.load(from, 16);
    if (height > 1) from += outStride;
    a10 = v128.load(from);
    a11 = v128.load(from, 16);
    if (height > 2) from += outStride;
    a20 = v128.load(from);
    a21 = v128.load(from, 16);
    if (height > 3) from += outStride;
    a30 = v128.load(from);
    a31 = v128.load(from, 16);
  }
  while (d < end) {
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    let s = v128.load32_splat(x);
    a00 = madd(s, d0, a00);
    a01 = madd(s, d1, a01);
    s = v128.load32_splat(x, 4);
    a10 = madd(s, d0, a10);
    a11 = madd(s, d1, a11);
    s = v128.load32_splat(x, 8);
    a20 = madd(s, d0, a20);
    a21 = madd(s, d1, a21);
    s = v128.load32_splat(x, 12);
    a30 = madd(s, d0, a30);
    a31 = madd(s, d1, a31);
    x += xStep;
    d += dStride;
  }
  const r = f32x4.splat(-rate);
  storeSums(out, a00, a01, count, into, r);
  if (height == 1) return;
  out += outStride;
  storeSums(out, a10, a11, count, into, r);
  if (height == 2) return;
  out += outStride;
  storeSums(out, a20, a21, count, into, r);
  if (height == 3) return;
  out += outStride;
  storeSums(out, a30, a31, count, into, r);
}
