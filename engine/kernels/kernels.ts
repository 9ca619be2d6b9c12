/**
 * The interface to a network's arithmetic. Two sets of kernels implement it: the reference (reference.ts) in plain loops for any
 * precision, and the compiled kernels (wasm.ts), which are tested against the reference. Matrices are row-major; `x` is [rows, inputs],
 * `w` [inputs, units].
 */
import type { ActivationName, ScalarActivationName } from "../catalog/activations.ts";
import type { Reads } from "../catalog/arguments.ts";
import type { Configured } from "../catalog/index.ts";

export type Numbers = Float32Array | Float64Array;

export interface Kernels {
  readonly name: string;
  /** Returns zeros in the memory in which these kernels compute. Kernels may read and write up to 15 numbers past the length. */
  readonly allocate: (length: number) => Numbers;
  /** Returns zeros for sums in float64, in the same memory. */
  readonly allocateSums: (length: number) => Float64Array;
  /** Returns zeros for row numbers, in the same memory. */
  readonly allocateIndices: (length: number) => Uint32Array;
  /** z = x · w + b with z [rows, units] and an optional b [units]. */
  readonly affine: (x: Numbers, w: Numbers, b: Numbers | undefined, z: Numbers, rows: number, inputs: number, units: number) => void;
  /** dw = xᵀ · dz */
  readonly kernelGradient: (x: Numbers, dz: Numbers, dw: Numbers, rows: number, inputs: number, units: number) => void;
  /** dw += xᵀ · dz */
  readonly addKernelGradient: (x: Numbers, dz: Numbers, dw: Numbers, rows: number, inputs: number, units: number) => void;
  /** db = Σ over rows of dz */
  readonly biasGradient: (dz: Numbers, db: Numbers, rows: number, units: number) => void;
  /** db += Σ over rows of dz */
  readonly addBiasGradient: (dz: Numbers, db: Numbers, rows: number, units: number) => void;
  /** dx += dz · wᵀ */
  readonly addInputGradient: (dz: Numbers, w: Numbers, dx: Numbers, rows: number, inputs: number, units: number) => void;
  /** a = softmax(z), row by row. */
  readonly softmax: (z: Numbers, a: Numbers, rows: number, units: number) => void;
  /** dz += J · da with the softmax's Jacobian J: dzᵢ += aᵢ (daᵢ − Σⱼ aⱼ daⱼ) */
  readonly addSoftmaxGradient: (a: Numbers, da: Numbers, dz: Numbers, rows: number, units: number) => void;
  /** Returns the activation's forward and backward loops. */
  readonly activation: (use: Configured<"activations", ScalarActivationName>) => ActivationKernel;
  /** Returns the optimizer's update, or undefined if these kernels do not implement it. */
  readonly update: (use: Configured<"optimizers">) => Update | undefined;
  /** Returns the loss's sums over a batch, or undefined if these kernels do not implement the loss after this activation. */
  readonly loss: (use: Configured<"losses">, activation: ActivationName | undefined) => LossKernel | undefined;
  /** to = factor · from; `factor` is 1 by default. */
  readonly copy: (from: Numbers, to: Numbers, length: number, factor?: number) => void;
  /** to += factor · from; `factor` is 1 by default. */
  readonly addInto: (from: Numbers, to: Numbers, length: number, factor?: number) => void;
  /** Sets all numbers to 0. */
  readonly clear: (numbers: Numbers) => void;
  /** Adds the statistics of g[from, to) to the slot of `totals`, in the order of STATISTIC. Returns whether every number is finite. */
  readonly addGradientStatistics: (g: Numbers, from: number, to: number, totals: Float64Array, slot: number) => boolean;
  /** counts[j] += number of rows of a [rows, units] in which unit j is 0. */
  readonly countZeros: (a: Numbers, counts: Numbers, rows: number, units: number) => void;
  /**
   * Copies columns [start, start + width) of the table's rows order[from, from + count) to rows of `stride` numbers, starting at to[at]. The table is
   * row-major with `columns` columns.
   */
  readonly gather: (
    table: Numbers,
    columns: number,
    start: number,
    width: number,
    order: Uint32Array,
    from: number,
    count: number,
    to: Numbers,
    at: number,
    stride: number,
  ) => void;
}

/** Kernels that can record their calls. */
export interface RecordingKernels extends Kernels {
  /** The number of threads that run a recording. */
  readonly threads: number;
  /** Stops the other threads. Resolves when they have ended. */
  readonly close: () => Promise<void>;
  /** Records the calls that `work` makes for a batch of `rows` rows, without executing them. Returns undefined if a call can't be recorded. */
  readonly record: (rows: number, work: () => void) => Recording | undefined;
  /** Shuffles in place with the generator in this state (engine/random.ts). */
  readonly shuffle: (order: Uint32Array, state: readonly [number, number, number, number]) => void;
}

export const canRecord = (kernels: Kernels): kernels is RecordingKernels => "record" in kernels;

/** A recorded list of kernel calls, which the compiled module runs for many batches in one call. */
export interface Recording {
  /**
   * Runs batches [first, first + count) of `order`, with `size` rows each and the update rate returned by `rateOf` for each. Gradient statistics are
   * sampled from every `stride`-th batch and always from the order's last, whose gradients stay in memory. Returns the number of batches run, which
   * may be less than `count`, and the sum of their losses, each multiplied by its number of rows. `allFinite` is false if the last batch run produced
   * a non-finite loss or gradient.
   */
  readonly run: (
    order: Uint32Array,
    size: number,
    first: number,
    count: number,
    stride: number,
    rateOf: (batch: number) => number,
  ) => { readonly done: number; readonly lossSum: number; readonly allFinite: boolean };
  /** Returns a runner of many epochs in one call. */
  readonly prepareEpochs: (memory: EpochMemory) => EpochRunner;
}

/** The memory for whole epochs. All arrays are in the kernels' memory. */
export interface EpochMemory {
  readonly order: Uint32Array;
  /** The order from which each epoch's order is shuffled; undefined without shuffling. */
  readonly source: Uint32Array | undefined;
  readonly size: number;
  readonly stride: number;
  readonly weights: Numbers;
  /** Memory for the weights before an epoch's last update. */
  readonly before: Numbers;
  /** Memory for the weights of the last epoch with only finite values. */
  readonly good: Numbers;
  /** The sums of `addGradientStatistics`, one slot for each range. */
  readonly totals: Float64Array;
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly zeros: Numbers | undefined; readonly units: number }[];
  readonly mostEpochs: number;
}

/** Runs many epochs in one call, with inputs and results in arrays. */
export interface EpochRunner {
  /** Four words of the shuffling generator's state per epoch. */
  readonly states: Uint32Array;
  /** The update rate for each batch of each epoch. */
  readonly rates: Float32Array;
  /** A row of `rowLength` numbers per epoch: the sum of the losses times their rows, then RANGE_STATISTICS numbers for each range. */
  readonly table: Float64Array;
  readonly rowLength: number;
  /**
   * Runs `epochs` epochs and returns the number of completed ones in `done`. If it is less, the next epoch produced a non-finite value: in the
   * weights of range number `range` at its end or, if `range` is -1, in the loss or a gradient of batch number `batch` (from 1). `lossSum` is the sum
   * of its batches' losses times their rows. A unit is dead if its output was 0 for at least `deadFrom` of an epoch's sampled rows.
   */
  readonly run: (
    epochs: number,
    deadFrom: number,
  ) => { readonly done: number; readonly batch: number; readonly range: number; readonly lossSum: number };
}

/** The weights of a batch's rows. Each row has `places` places, and each place is a row of a loss kernel. */
export interface RowWeights {
  readonly values: Numbers;
  readonly places: number;
}

/** A loss's sums over a batch. z: preactivations, a: outputs, both [rows, units]; t: targets. Without `weights`, all rows have equal weight. */
export interface LossKernel {
  /** Whether the gradient is ∂total/∂z; otherwise it is ∂total/∂a. */
  readonly ofPreactivation: boolean;
  /** Returns factor · Σ over rows and units of the loss; the categorical losses have one loss per row. */
  readonly total: (z: Numbers, a: Numbers, t: Numbers, rows: number, units: number, factor: number, weights?: RowWeights) => number;
  /** gradient += factor · ∂total */
  readonly addGradient: (
    a: Numbers,
    t: Numbers,
    gradient: Numbers,
    rows: number,
    units: number,
    factor: number,
    weights?: RowWeights,
  ) => void;
}

/** An activation with its settings, as loops over arrays. */
export interface ActivationKernel {
  /** a = f(z) for `length` numbers. */
  readonly forward: (z: Numbers, a: Numbers, length: number) => void;
  /** dz += f'(z) · da */
  readonly backward: (z: Numbers, a: Numbers, da: Numbers, dz: Numbers, length: number) => void;
}

/** An optimizer's state between steps. */
export interface OptimizerState {
  /** The catalog's slots in order, such as Adam's m and v. Each contains one number per weight. */
  readonly slots: readonly Numbers[];
  /** The number of steps so far. */
  step: number;
  /** The product of Nadam's momentum factors so far. */
  momentumProduct: number;
}

/** Updates the weights w[from, to) by their gradients `g`. The state's `step` is the number of this update, from 1. */
export type Update = (w: Numbers, g: Numbers, from: number, to: number, rate: number, state: OptimizerState) => void;

/** Returns the factor of a step's update: the learning rate with the optimizer's bias corrections. `step` counts from 1. */
export function updateRate({ name, settings }: Configured<"optimizers">, rate: number, step: number): number {
  if (name === "adamax") return adamaxRate(settings, rate, step);
  if (name !== "adam" && name !== "adamw") return rate;
  return adamRate(settings, rate, step);
}

/** lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) */
export const adamRate = ({ beta_1, beta_2 }: Reads<"beta_1" | "beta_2">, rate: number, step: number): number =>
  (rate * Math.sqrt(1 - beta_2 ** step)) / (1 - beta_1 ** step);

/** lr / (1 − β₁ᵗ) */
export const adamaxRate = ({ beta_1 }: Reads<"beta_1">, rate: number, step: number): number => rate / (1 - beta_1 ** step);
