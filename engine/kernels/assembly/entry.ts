/** Reads the words of a recording's entry: its code is word 0, its operands are numbered in abi.ts. */

@inline
export function int(entry: usize, word: i32): i32 {
  return load<i32>(entry + (word << 2));
}
@inline
export function float(entry: usize, word: i32): f32 {
  return load<f32>(entry + (word << 2));
}
