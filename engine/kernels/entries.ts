/** What stands on a tape, as engine/wasm/entry.ts reads it. */
/** As the module numbers them. */
export const CODES = {
  gather: 0,
  affine: 1,
  activate: 2,
  softmax: 3,
  clear: 4,
  lossTotal: 5,
  lossGradient: 6,
  countZeros: 7,
  softmaxGradient: 8,
  slope: 9,
  kernelGradient: 10,
  biasGradient: 11,
  inputGradient: 12,
  figures: 13,
  sgd: 14,
  momentum: 15,
  adam: 16,
  rmsprop: 17,
  copy: 18,
  add: 19,
  learn: 20,
  softmaxLoss: 21,
} as const;
export type Code = (typeof CODES)[keyof typeof CODES];

export const WORDS = 16;

/** A pointer or a size; or a number that is kept as float32. */
export type Word = number | { readonly float: number };
/** A call: its code, then its words in the order that engine/wasm/entry.ts gives. */
export type Entry = readonly Word[];
