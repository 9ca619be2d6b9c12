/**
 * a · b + c in each lane. The fused build rounds once. The strict build rounds twice, which yields the same bits on every processor. All sums of
 * products in this folder call this function, so that a build rounds consistently.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Returns the sum of the four lanes, always in the same order. */
// @ts-ignore: decorator
@inline
export function sumOf(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

/** Returns −1, 0 or 1 in each lane; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function signOf(x: v128): v128 {
  const one = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1));
  return v128.bitselect(x, one, v128.or(f32x4.eq(x, f32x4.splat(0)), f32x4.ne(x, x)));
}

/** Stores the first `count` lanes, 1 to 3: the memory after a row's end belongs to the next row. */
// @ts-ignore: decorator
@inline
export function storeSome(to: usize, a: v128, count: i32): void {
  store<f32>(to, f32x4.extract_lane(a, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(a, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(a, 2), 8);
}

/** Stores the first `count` of eight lanes, all eight if `count` is larger. */
// @ts-ignore: decorator
@inline
export function storeEight(to: usize, a: v128, b: v128, count: i32): void {
  if (count >= 8) {
    v128.store(to, a);
    v128.store(to, b, 16);
  } else if (count > 4) {
    v128.store(to, a);
    storeSome(to + 16, b, count - 4);
  } else if (count == 4) v128.store(to, a);
  else storeSome(to, a, count);
}

/** Returns a mask with all bits set in the first `count` lanes and none in the others. */
// @ts-ignore: decorator
@inline
export function laneMask(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/**
 * out += d · w for one number: whole vectors, then the rest under `mask`. The terms are added in the same order as in affineOne's
 * groups of four rows.
 */
// @ts-ignore: decorator
@inline
export function addDot(d: usize, w: usize, out: usize, whole: i32, hasRest: bool, mask: v128): void {
  let a = f32x4.splat(0);
  const end = d + (whole << 2);
  while (d < end) {
    a = madd(v128.load(d), v128.load(w), a);
    d += 16;
    w += 16;
  }
  if (hasRest) a = madd(v128.and(v128.load(d), mask), v128.and(v128.load(w), mask), a);
  store<f32>(out, load<f32>(out) + sumOf(a));
}
