/** What an entry of a tape is: 12 words, its code first. */
export const enum Code {
  gather = 0,
  affine = 1,
  activate = 2,
  softmax = 3,
  clear = 4,
  lossTotal = 5,
  lossGradient = 6,
  countZeros = 7,
  softmaxGradient = 8,
  slope = 9,
  kernelGradient = 10,
  biasGradient = 11,
  inputGradient = 12,
  figures = 13,
  sgd = 14,
  momentum = 15,
  adam = 16,
  rmsprop = 17,
  copy = 18,
  add = 19,
  learn = 20,
}

export const WORDS: i32 = 12;

@inline
export function int(entry: usize, word: i32): i32 {
  return load<i32>(entry + (word << 2));
}
@inline
export function float(entry: usize, word: i32): f32 {
  return load<f32>(entry + (word << 2));
}
