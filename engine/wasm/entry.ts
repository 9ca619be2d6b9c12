/**
 * What an entry of a tape is: 16 words, its code first, then pointers and sizes in the order of the function's own arguments.
 * A product's entry goes on with what is done upon it (engine/kernels/arrange.ts): for `affine` an activation's number plus 1, a and its setting; for
 * `inputGradient` a slope's number plus 1, z, a, dz, its setting and whether dz is fresh; for `kernelGradient` db. `softmaxLoss`: z, a,
 * units, t, g, the total's factor, the gradient's, whether g is fresh.
 */
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
  softmaxLoss = 21,
}

export const WORDS: i32 = 16;

@inline
export function int(entry: usize, word: i32): i32 {
  return load<i32>(entry + (word << 2));
}
@inline
export function float(entry: usize, word: i32): f32 {
  return load<f32>(entry + (word << 2));
}
