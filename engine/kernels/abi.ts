/**
 * The binary interface between the compiled module (engine/kernels/assembly) and its caller: the calls in a recording and their operands, the numbers
 * of activations and losses, and the layout of records in shared memory. The build writes it as AssemblyScript constants to
 * engine/kernels/assembly/abi.ts (scripts/build/abi.ts), so that each number is defined only once.
 */
import type { ActivationName, ScalarActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";

/** How an operand is stored in its 32-bit word. An operand with `?` is optional and stored as 0 if absent. */
export type Operand = "int" | "float" | "int?" | "float?";

const kernelGradient = {
  x: "int",
  dz: "int",
  dw: "int",
  inputs: "int",
  units: "int",
  scratch: "int",
  /** Bytes between consecutive threads' scratch memory. */
  scratchStep: "int",
  /** 1 if only sampled batches execute it; for other batches, `fusedUpdate` computes this gradient. */
  sampled: "int?",
  /** The bias's gradient, computed in the same call; 0 without a bias. */
  db: "int?",
} as const;

/**
 * The calls in a recording. A call's code is its position here; its operands follow in this order. Pointers are byte offsets, sizes count numbers.
 * The module adds the values that depend on the batch: its number of rows, its offset in the order, and the learning rate.
 */
export const CALLS = {
  gather: {
    table: "int",
    columns: "int",
    start: "int",
    width: "int",
    to: "int",
    stride: "int",
    /** A pointer to the batch's row numbers, which the module writes before each batch. */
    rows: "int?",
  },
  affine: {
    x: "int",
    w: "int",
    b: "int",
    z: "int",
    inputs: "int",
    units: "int",
    scratch: "int",
    scratchStep: "int",
    /** The number plus 1 of the activation to apply to z; 0 for none. */
    activation: "int?",
    a: "int?",
    setting: "float?",
  },
  activate: { activation: "int", z: "int", a: "int", width: "int", setting: "float" },
  /** A batch's row has shape [places, units]: softmax is computed over the last axis. */
  softmax: { z: "int", a: "int", places: "int", units: "int" },
  clear: { at: "int", length: "int" },
  lossTotal: {
    loss: "int",
    z: "int",
    a: "int",
    t: "int",
    places: "int",
    units: "int",
    factor: "float",
    setting: "float",
    /** The weights of the rows; 0 if all rows have equal weight. */
    weights: "int?",
  },
  lossGradient: {
    loss: "int",
    a: "int",
    t: "int",
    g: "int",
    places: "int",
    units: "int",
    factor: "float",
    setting: "float",
    fresh: "int?",
    /** The weights of the rows; 0 if all rows have equal weight. */
    weights: "int?",
  },
  countZeros: { a: "int", counts: "int", units: "int" },
  softmaxGradient: { a: "int", da: "int", dz: "int", places: "int", units: "int" },
  slope: { activation: "int", z: "int", a: "int", da: "int", dz: "int", width: "int", setting: "float", fresh: "int?" },
  kernelGradient,
  biasGradient: { dz: "int", db: "int", units: "int" },
  inputGradient: {
    dz: "int",
    w: "int",
    dx: "int",
    inputs: "int",
    units: "int",
    scratch: "int",
    scratchStep: "int",
    /** 1 if it writes dx instead of adding to it. */
    fresh: "int?",
    /** The number plus 1 of the activation that computed x; 0 for none. Its slope times dx is added to `below`. */
    activation: "int?",
    z: "int?",
    a: "int?",
    below: "int?",
    setting: "float?",
    belowFresh: "int?",
  },
  statistics: {
    g: "int",
    length: "int",
    totals: "int",
    scratch: "int",
    /** Memory for STRETCH_STATISTICS numbers per stretch. */
    sums: "int",
    /** 1 if a `fusedUpdate` entry follows the update's. */
    hasFusedUpdate: "int?",
  },
  sgd: { w: "int", g: "int", length: "int" },
  momentum: { w: "int", g: "int", m: "int", length: "int", momentum: "float", nesterov: "int" },
  adam: {
    w: "int",
    g: "int",
    m: "int",
    v: "int",
    length: "int",
    beta1: "float",
    beta2: "float",
    epsilon: "float",
    decay: "float",
    /** The largest v so far; 0 without AMSGrad. */
    largest: "int?",
  },
  rmsprop: {
    w: "int",
    g: "int",
    v: "int",
    length: "int",
    rho: "float",
    epsilon: "float",
    momentum: "float",
    /** The previous step; 0 without momentum. */
    m: "int?",
    /** The running mean of the gradients; 0 if it is not subtracted. */
    mean: "int?",
  },
  /** `e` and `d`: the running means of the squared gradients and steps. */
  adadelta: { w: "int", g: "int", e: "int", d: "int", length: "int", rho: "float", epsilon: "float" },
  /** `u`: the decaying maximum of the absolute gradients. */
  adamax: { w: "int", g: "int", m: "int", u: "int", length: "int", beta1: "float", beta2: "float", epsilon: "float" },
  lion: { w: "int", g: "int", m: "int", length: "int", beta1: "float", beta2: "float" },
  copy: { from: "int", to: "int", width: "int", factor: "float" },
  add: { from: "int", to: "int", width: "int", factor: "float" },
  /** A kernel's gradient and its update in one call. The preceding entry is the update that sampled batches execute. */
  fusedUpdate: kernelGradient,
  /** Softmax, and the total and the gradient of sparse categorical cross-entropy. */
  softmaxLoss: {
    z: "int",
    a: "int",
    places: "int",
    units: "int",
    t: "int",
    g: "int",
    totalFactor: "float",
    factor: "float",
    fresh: "int?",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Operand>>>>;
export type CallName = keyof typeof CALLS;

/** The calls that update a range of weights. */
export const UPDATES = ["sgd", "momentum", "adam", "rmsprop", "adadelta", "adamax", "lion"] as const satisfies readonly CallName[];

/** The number of words in an entry: its code and up to 15 operands. */
export const WORDS = 16;

/** The numbers of the compiled activations; undefined for one that exists only in the reference kernels. */
export const ACTIVATIONS = {
  relu: 0,
  tanh: 1,
  sigmoid: 2,
  leaky_relu: 3,
  elu: 4,
  selu: 5,
  gelu: 6,
  swish: 7,
  softplus: 8,
  softsign: 9,
  hard_sigmoid: 10,
  mish: 11,
  hard_swish: 12,
  relu6: 13,
  exponential: 14,
  log_sigmoid: 15,
  linear: undefined,
  heaviside: undefined,
  sign: undefined,
} as const satisfies Readonly<Record<ScalarActivationName, number | undefined>>;

interface CompiledLoss {
  readonly number: number;
  /** The only activation with which the loss is compiled. Its gradient is then ∂loss/∂z. */
  readonly after?: ActivationName;
}

/** The compiled losses; undefined for one that exists only in the reference kernels. */
const losses = {
  mse: { number: 0 },
  mae: { number: 1 },
  huber: { number: 2 },
  binary_crossentropy: { number: 3, after: "sigmoid" },
  sparse_categorical_crossentropy: { number: 4, after: "softmax" },
  categorical_crossentropy: { number: 5, after: "softmax" },
  hinge: { number: 6 },
  squared_hinge: { number: 7 },
  log_cosh: { number: 8 },
  mape: { number: 9 },
  msle: { number: 10 },
  poisson: { number: 11 },
  kl_divergence: { number: 12 },
  binary_focal_crossentropy: { number: 13 },
  perceptron: undefined,
} as const satisfies Readonly<Record<LossName, CompiledLoss | undefined>>;
export const LOSSES: { readonly [L in LossName]: CompiledLoss | undefined } = losses;

/** The compiled names in a table: those that are not undefined. */
export type Compiled<T> = { readonly [K in keyof T]: T[K] extends undefined ? never : K }[keyof T];
export type CompiledLossName = Compiled<typeof losses>;

/** The number of values that are summed in float32 before their sum is added in float64. Threads divide work at multiples of it. */
export const STRETCH = 1024;

/** The statistics of one stretch of gradients, in float64: Σ g², Σ g, the largest |g|, and the number of zeros. */
export const STRETCH_STATISTIC = { squares: 0, sum: 1, largest: 2, zeros: 3 } as const;
export const STRETCH_STATISTICS = 4;

/**
 * The statistics of one range of weights, in float64. The first five are over the gradients of an epoch's sampled batches (`norms` is
 * Σ over batches of √Σ g²). The others are of the epoch's last update, from weights w' to w: Σ (w − w')², Σ w'², Σ w², and the number
 * of dead units.
 */
export const STATISTIC = { norms: 0, sum: 1, largest: 2, zeros: 3, squares: 4, moved: 5, before: 6, after: 7, dead: 8 } as const;
/** The number of statistics that `addGradientStatistics` updates: the first five. */
export const GRADIENT_STATISTICS = 5;
/** The number of statistics per range in a row of the table of epochs: all of them. */
export const RANGE_STATISTICS = 9;

/** The record that describes a run of whole epochs, in words of 4 bytes: pointers and sizes. */
export const RUN = [
  "recording",
  "entries",
  "order",
  // The unshuffled training rows, from which each epoch's order is shuffled.
  "source",
  "rows",
  "size",
  "stride",
  // Four words of generator state per epoch; 0 if nothing is shuffled.
  "states",
  // The optimizer's learning rate for each batch.
  "rates",
  "weights",
  "before",
  "good",
  "count",
  "totals",
  "ranges",
  "rangeCount",
  "table",
  "sums",
  // Written by the module: the number of batches run in the failed epoch, and the range with non-finite weights, or -1.
  "batches",
  "range",
] as const;

/** The record of a range of weights, in words of 4 bytes. `zeros` points to each unit's count of zeros; 0 if none are counted. */
export const RANGE = ["weights", "count", "zeros", "units"] as const;

/** Returns the record's values in the order of their names. */
export const wordsOf = <N extends string>(names: readonly N[], values: Readonly<Record<N, number>>): number[] =>
  names.map((name) => values[name]);
