/** Reads the words of an entry of a recording. Word 0 is the call's code; abi.ts numbers the operands. */

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
