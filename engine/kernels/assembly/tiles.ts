/**
 * The inner loop of the dense products: four or six rows of one factor times a panel of eight neighbouring columns of the other. All running sums are
 * in registers: eight vectors for four rows, twelve for six, which need fewer loads per multiplication. Every number is one sum in a fixed order,
 * whichever tile computes it.
 */
import { madd, storeEight } from "./madd";

/** Set once, before the first product. A module variable, because AssemblyScript has no closures; each thread has its own. */
let isTall: bool = false;

/** Sets whether tiles have six rows. V8 allocates their twelve sums to registers from 13.6 on; before, such a tile takes twice as long. */
export function useTallTiles(tall: i32): void {
  isTall = tall != 0;
}

export function areTilesTall(): bool {
  return isTall;
}

/** Returns the height of the next tile if `left` rows remain. Eight rows are two tiles of four. */
// @ts-ignore: decorator
@inline
export function tileHeight(left: i32): i32 {
  return isTall && left >= 6 && left != 8 ? 6 : min(4, left);
}

/** Writes eight sums to `at`, or adds them; `count` of them are in range. */
// @ts-ignore: decorator
@inline
function storeSums(at: usize, a: v128, b: v128, count: i32, adds: bool): void {
  if (adds) storeEight(at, f32x4.add(v128.load(at), a), f32x4.add(v128.load(at, 16), b), count);
  else storeEight(at, a, b, count);
}

/**
 * out = start + x · panel, or out += start + x · panel if `adds`, with x [rows, depth], panel [depth, 8] and out [rows, 8]. Only the first `count`
 * columns of out are written. `start`: eight numbers, or 0 for none. Strides are bytes between rows.
 */
export function multiplyPanel(
  x: usize, xStride: i32, panel: usize, panelStride: i32, depth: i32, out: usize, outStride: i32, rows: i32, start: usize, count: i32,
  adds: bool,
): void {
  const b0 = start ? v128.load(start) : f32x4.splat(0);
  const b1 = start ? v128.load(start, 16) : f32x4.splat(0);
  while (rows > 0) {
    const height = tileHeight(rows);
    if (height == 6) tileOfSix(x, xStride, panel, panelStride, depth, out, outStride, b0, b1, count, adds);
    else tileOfFour(x, xStride, panel, panelStride, false, 0, depth, out, outStride, height, b0, b1, count, adds);
    rows -= height;
    x += height * xStride;
    out += height * outStride;
  }
}

/** A tile of six rows. The sums are local variables because only local variables stay in registers. */
// @ts-ignore: decorator
@inline
function tileOfSix(
  x: usize, xStride: i32, panel: usize, panelStride: i32, depth: i32, out: usize, outStride: i32, b0: v128, b1: v128, count: i32,
  adds: bool,
): void {
  let x0 = x;
  let x1 = x0 + xStride, x2 = x1 + xStride, x3 = x2 + xStride, x4 = x3 + xStride, x5 = x4 + xStride;
  let a00 = b0, a01 = b1, a10 = b0, a11 = b1, a20 = b0, a21 = b1, a30 = b0, a31 = b1, a40 = b0, a41 = b1, a50 = b0, a51 = b1;
  const end = x + (depth << 2);
  while (x0 < end) {
    const w0 = v128.load(panel);
    const w1 = v128.load(panel, 16);
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
    s = v128.load32_splat(x4);
    a40 = madd(s, w0, a40);
    a41 = madd(s, w1, a41);
    s = v128.load32_splat(x5);
    a50 = madd(s, w0, a50);
    a51 = madd(s, w1, a51);
    panel += panelStride;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
    x4 += 4;
    x5 += 4;
  }
  storeSums(out, a00, a01, count, adds);
  out += outStride;
  storeSums(out, a10, a11, count, adds);
  out += outStride;
  storeSums(out, a20, a21, count, adds);
  out += outStride;
  storeSums(out, a30, a31, count, adds);
  out += outStride;
  storeSums(out, a40, a41, count, adds);
  out += outStride;
  storeSums(out, a50, a51, count, adds);
}

/** A tile of one to four rows; the first row replaces missing ones. If it `copies`, it also writes the panel to `copy`, row by row. */
// @ts-ignore: decorator
@inline
function tileOfFour(
  x: usize, xStride: i32, panel: usize, panelStride: i32, copies: bool, copy: usize, depth: i32, out: usize, outStride: i32, rows: i32,
  b0: v128, b1: v128, count: i32, adds: bool,
): void {
  let x0 = x;
  let x1 = rows > 1 ? x0 + xStride : x0;
  let x2 = rows > 2 ? x1 + xStride : x0;
  let x3 = rows > 3 ? x2 + xStride : x0;
  let a00 = b0, a01 = b1, a10 = b0, a11 = b1, a20 = b0, a21 = b1, a30 = b0, a31 = b1;
  const end = x + (depth << 2);
  while (x0 < end) {
    const w0 = v128.load(panel);
    const w1 = v128.load(panel, 16);
    if (copies) {
      v128.store(copy, w0);
      v128.store(copy, w1, 16);
      copy += 32;
    }
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
    panel += panelStride;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
  }
  storeSums(out, a00, a01, count, adds);
  if (rows == 1) return;
  out += outStride;
  storeSums(out, a10, a11, count, adds);
  if (rows == 2) return;
  out += outStride;
  storeSums(out, a20, a21, count, adds);
  if (rows == 3) return;
  out += outStride;
  storeSums(out, a30, a31, count, adds);
}

/** The first tile of four rows. It also copies the panel to contiguous memory, from which the tiles below read it in the L1 cache. */
export function multiplyAndCopy(
  x: usize, xStride: i32, panel: usize, panelStride: i32, copy: usize, depth: i32, out: usize, outStride: i32, start: usize, count: i32,
): void {
  const b0 = start ? v128.load(start) : f32x4.splat(0);
  const b1 = start ? v128.load(start, 16) : f32x4.splat(0);
  tileOfFour(x, xStride, panel, panelStride, true, copy, depth, out, outStride, 4, b0, b1, count, false);
}
