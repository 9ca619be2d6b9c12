/** Reads the words of a recording's entry: its code is word 0, its operands are numbered in abi.ts. */

// @ts-ignore: decorator
@inline
export function int(entry: usize, word: i32): i32 {
  return load<i32>(entry + (word << 2));
}
// @ts-ignore: decorator
@inline
export function float(entry: usize, word: i32): f32 {
  return load<f32>(entry + (word << 2));
}
