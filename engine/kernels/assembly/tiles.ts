/**
 * The one inner loop of the dense products: some rows of one side times a panel, which is eight neighbouring columns of the other. Its running
 * sums are all in registers: four rows make eight of them, six make twelve, with which fewer loads stand beside each multiplication. Every number
 * is one sum in one order whichever tile it falls into.
 */
import { madd, storeEight } from "./madd";

let isTall: bool = false;

/** Six rows where the compiler behind this module keeps twelve sums in registers: V8 does from 13.6 on, and takes twice as long before. */
export function useTallTiles(tall: i32): void {
  isTall = tall != 0;
}

export function areTilesTall(): bool {
  return isTall;
}

/** How many rows the next tile takes of those that are left: 8 are two fours. */
// @ts-ignore: decorator
@inline
export function tileHeight(left: i32): i32 {
  return isTall && left >= 6 && left != 8 ? 6 : min(4, left);
}

// @ts-ignore: decorator
@inline
function put(at: usize, a: v128, b: v128, count: i32, adds: bool): void {
  if (adds) storeEight(at, f32x4.add(v128.load(at), a), f32x4.add(v128.load(at, 16), b), count);
  else storeEight(at, a, b, count);
}

/**
 * out = start + x · panel, or += where it `adds`, for `rows` rows and the first `count` of eight columns. `start`: eight numbers, or 0 for none.
 * Strides are bytes from row to row; `depth` is how long the sums are.
 */
export function multiplyPanel(
  x: usize, xStride: i32, panel: usize, panelStride: i32, depth: i32, out: usize, outStride: i32, rows: i32, start: usize, count: i32, adds: bool,
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

// @ts-ignore: decorator
@inline
function tileOfSix(
  x: usize, xStride: i32, panel: usize, panelStride: i32, depth: i32, out: usize, outStride: i32, b0: v128, b1: v128, count: i32, adds: bool,
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
  put(out, a00, a01, count, adds);
  out += outStride;
  put(out, a10, a11, count, adds);
  out += outStride;
  put(out, a20, a21, count, adds);
  out += outStride;
  put(out, a30, a31, count, adds);
  out += outStride;
  put(out, a40, a41, count, adds);
  out += outStride;
  put(out, a50, a51, count, adds);
}

/** Of one to four rows; the places of missing ones are taken by the first. Where it `copies` it writes the panel out as it goes, row after row. */
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
  put(out, a00, a01, count, adds);
  if (rows == 1) return;
  out += outStride;
  put(out, a10, a11, count, adds);
  if (rows == 2) return;
  out += outStride;
  put(out, a20, a21, count, adds);
  if (rows == 3) return;
  out += outStride;
  put(out, a30, a31, count, adds);
}

/** The first tile of four rows, which copies the panel together as it reads it: the tiles below then find it in the nearest cache, row on row. */
export function multiplyAndCopy(
  x: usize, xStride: i32, panel: usize, panelStride: i32, copy: usize, depth: i32, out: usize, outStride: i32, start: usize, count: i32,
): void {
  const b0 = start ? v128.load(start) : f32x4.splat(0);
  const b1 = start ? v128.load(start, 16) : f32x4.splat(0);
  tileOfFour(x, xStride, panel, panelStride, true, copy, depth, out, outStride, 4, b0, b1, count, false);
}
