/**
 * What the compiled module (engine/kernels/assembly) and its caller agree on: the calls in a recording and their operands, the numbers of
 * activations and losses, and the layout of the records in shared memory. The build writes all of it as AssemblyScript
 * constants into engine/kernels/assembly/abi.ts (scripts/build/abi.ts), so no number is written down twice.
 */
import type { ActivationName, ScalarActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";

/** How an operand is stored in its word of 32 bits. One that is marked `?` is 0 when absent. */
export type Operand = "int" | "float" | "int?" | "float?";

const kernelGradient = {
  x: "int",
  dz: "int",
  dw: "int",
  inputs: "int",
  units: "int",
  room: "int",
  /** Bytes from one thread's room to the next. */
  roomStep: "int",
  /** 1 if only batches with statistics compute it: the others compute it inside `fusedUpdate`. */
  sampled: "int?",
  /** The bias's gradient, computed with it; 0 for none. */
  db: "int?",
} as const;

/**
 * The calls that a recording holds. A call's code is its position here; its operands follow in their order, pointers in bytes and
 * sizes in numbers. The module adds what depends on the batch: its rows, its place in the order, the learning rate.
 */
export const CALLS = {
  gather: {
    table: "int",
    columns: "int",
    start: "int",
    width: "int",
    to: "int",
    stride: "int",
    /** The module writes here where the batch's row numbers begin. */
    rows: "int?",
  },
  affine: {
    x: "int",
    w: "int",
    b: "int",
    z: "int",
    inputs: "int",
    units: "int",
    room: "int",
    roomStep: "int",
    /** An activation's number plus 1, applied to z; 0 for none. */
    activation: "int?",
    a: "int?",
    setting: "float?",
  },
  activate: { activation: "int", z: "int", a: "int", width: "int", setting: "float" },
  /** Each row of the batch holds `places` rows of `units`: the last axis under the others. */
  softmax: { z: "int", a: "int", places: "int", units: "int" },
  clear: { at: "int", length: "int" },
  lossTotal: { loss: "int", z: "int", a: "int", t: "int", places: "int", units: "int", factor: "float", setting: "float" },
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
    room: "int",
    roomStep: "int",
    /** 1 if it writes dx instead of adding to it. */
    fresh: "int?",
    /** The number plus 1 of the activation that made x; 0 for none. Its slope times dx is added to `below`. */
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
    room: "int",
    /** STRETCH_STATISTIC for each stretch. */
    sums: "int",
    /** 1 if a `fusedUpdate` follows the update. */
    hasFusedUpdate: "int?",
  },
  sgd: { w: "int", g: "int", length: "int" },
  momentum: { w: "int", g: "int", m: "int", length: "int", momentum: "float", nesterov: "int" },
  adam: { w: "int", g: "int", m: "int", v: "int", length: "int", beta1: "float", beta2: "float", epsilon: "float", decay: "float" },
  rmsprop: { w: "int", g: "int", v: "int", length: "int", rho: "float", epsilon: "float" },
  copy: { from: "int", to: "int", width: "int" },
  add: { from: "int", to: "int", width: "int" },
  /** A kernel's gradient and its update at once; the update is the entry before it. */
  fusedUpdate: kernelGradient,
  /** Softmax, the total and the gradient of sparse categorical cross-entropy. */
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

/** Words of an entry: its code and up to 15 operands. */
export const WORDS = 16;

/** The numbers of the compiled activations; undefined for one that only the reference has. */
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
  linear: undefined,
  heaviside: undefined,
  sign: undefined,
} as const satisfies Readonly<Record<ScalarActivationName, number | undefined>>;

interface CompiledLoss {
  readonly number: number;
  /** The only activation that it is compiled for. Its gradient is then the one for z. */
  readonly after?: ActivationName;
}

/** The compiled losses; undefined for one that only the reference has. */
export const LOSSES: { readonly [L in LossName]: CompiledLoss | undefined } = {
  mse: { number: 0 },
  mae: { number: 1 },
  huber: { number: 2 },
  binary_crossentropy: { number: 3, after: "sigmoid" },
  sparse_categorical_crossentropy: { number: 4, after: "softmax" },
  categorical_crossentropy: { number: 5, after: "softmax" },
  hinge: undefined,
  perceptron: undefined,
};

/** Numbers whose sums stay in float32 before they are added up in float64. Threads share out whole stretches. */
export const STRETCH = 1024;

/** The sums over one stretch of gradients, in float64. */
export const STRETCH_STATISTIC = { squares: 0, sum: 1, largest: 2, zeros: 3 } as const;
export const STRETCH_STATISTICS = 4;

/**
 * The statistics of one range of weights, in float64: of its gradients summed over the batches of an epoch (`norms` is Σ √Σ g²,
 * `squares` is Σ g²), then of the epoch's last update: Σ (w − w')², Σ w'², Σ w², and how many units are dead.
 */
export const STATISTIC = { norms: 0, sum: 1, largest: 2, zeros: 3, squares: 4, moved: 5, before: 6, after: 7, dead: 8 } as const;
/** The first of them, which `addGradientStatistics` sums up. */
export const GRADIENT_STATISTICS = 5;
/** All of them, which a row of the table of epochs has for each range. */
export const RANGE_STATISTICS = 9;

/** The record that describes a run of whole epochs, in words of 4 bytes. */
export const RUN = [
  "recording",
  "entries",
  "order",
  // The rows of the training part before any shuffle, from which each order begins.
  "source",
  "rows",
  "size",
  "stride",
  // The generator's four words for each epoch; 0 if nothing is shuffled.
  "states",
  // The optimizer's rate for each batch.
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
  // Written by the module: the batches of the epoch that failed, and the range whose weights are not finite, or -1.
  "batches",
  "range",
] as const;

/** The record of a range of weights, in words of 4 bytes; `zeros` counts how often each unit was 0, or is 0 itself. */
export const RANGE = ["weights", "count", "zeros", "units"] as const;

/** Returns the record's words in their order. */
export const wordsOf = <N extends string>(names: readonly N[], values: Readonly<Record<N, number>>): number[] =>
  names.map((name) => values[name]);
