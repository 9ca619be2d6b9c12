/**
 * The arithmetic that a network is made of. One interface, several sets: the reference here in plain loops, for any
 * precision; the compiled ones (wasm.ts) are tested against it. Matrices are row-major; `x` is [rows, inputs], `w` [inputs, units].
 */
import type { ActivationName, ScalarActivationName } from "../catalog/activations.ts";
import type { Configured } from "../catalog/index.ts";

export type Numbers = Float32Array | Float64Array;

export interface Kernels {
  readonly name: string;
  /** Zeros in memory that these kernels compute in. Whole vectors may be read and written past the length, by less than 16 numbers. */
  readonly allocate: (length: number) => Numbers;
  /** Sums in float64, in the same memory. */
  readonly allocateSums: (length: number) => Float64Array;
  /** Numbers of rows, in the same memory. */
  readonly allocateIndices: (length: number) => Uint32Array;
  /** z = x · w + b, z is [rows, units]; b may be absent. */
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
  /** dz += the softmax's Jacobian times da: dzᵢ += aᵢ (daᵢ − Σⱼ aⱼ daⱼ) */
  readonly addSoftmaxGradient: (a: Numbers, da: Numbers, dz: Numbers, rows: number, units: number) => void;
  readonly activation: (use: Configured<"activations", ScalarActivationName>) => ActivationKernel;
  /** The optimizer's rule; undefined: these kernels have none of their own for it. */
  readonly update: (use: Configured<"optimizers">) => Update | undefined;
  /** The loss's sums over a batch; undefined: these kernels have none of their own for it. */
  readonly loss: (use: Configured<"losses">, activation: ActivationName | undefined) => LossKernel | undefined;
  readonly copy: (from: Numbers, to: Numbers, length: number) => void;
  /** to += from */
  readonly addInto: (from: Numbers, to: Numbers, length: number) => void;
  /** All zeros. */
  readonly clear: (numbers: Numbers) => void;
  /** Adds the statistics of g [from, to) to the slot of `totals`, in the order of STATISTIC. Returns whether every number is finite. */
  readonly addGradientStatistics: (g: Numbers, from: number, to: number, totals: Float64Array, slot: number) => boolean;
  /** counts[j] += rows of a [rows, units] in which unit j is 0. */
  readonly countZeros: (a: Numbers, counts: Numbers, rows: number, units: number) => void;
  /** Columns [start, start + width) of rows order[from ..] of a table of so many columns, into rows of `stride` numbers from to[at]. */
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
  /** How many share the work of a recording. */
  readonly threads: number;
  /** Sends the other threads home. */
  readonly close: () => Promise<void>;
  /**
   * The calls that `work` makes, none of them done; undefined where one of them has no place in a recording. Expects a batch of `rows`
   * rows.
   */
  readonly record: (rows: number, work: () => void) => Recording | undefined;
  /** Shuffles in place, by the generator that is in this state. */
  readonly shuffle: (order: Uint32Array, state: readonly [number, number, number, number]) => void;
}

export const canRecord = (kernels: Kernels): kernels is RecordingKernels => "record" in kernels;

export interface Recording {
  /**
   * Runs batches [first, first + count) of `size` rows each of the order, at the optimizer's rate that `rateOf` gives for each; the
   * statistics of every `stride`th are kept, and those of the order's last, whose gradients stay. Gives how many were done, with the
   * sum of the losses of all their rows; `allFinite` is false if the last one made a value that is not finite.
   */
  readonly run: (
    order: Uint32Array,
    size: number,
    first: number,
    count: number,
    stride: number,
    rateOf: (batch: number) => number,
  ) => { readonly done: number; readonly lossSum: number; readonly allFinite: boolean };
  /** Many epochs in one call. */
  readonly ahead: (work: AheadWork) => Ahead;
}

/** What whole epochs work on, all in the kernels' memory. */
export interface AheadWork {
  readonly order: Uint32Array;
  /** What each epoch's order is shuffled from; undefined where it is not shuffled. */
  readonly source: Uint32Array | undefined;
  readonly size: number;
  readonly stride: number;
  readonly weights: Numbers;
  /** Room for the weights as they were before an epoch's last update, and for those of the last good epoch. */
  readonly before: Numbers;
  readonly good: Numbers;
  /** Where `addGradientStatistics` sums up, slot by slot in the order of the ranges. */
  readonly totals: Float64Array;
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly zeros: Numbers | undefined; readonly units: number }[];
  readonly mostEpochs: number;
}

export interface Ahead {
  /** Four words of the shuffle's generator for each epoch. */
  readonly states: Uint32Array;
  /** The optimizer's rate for each batch of each epoch. */
  readonly rates: Float32Array;
  /** A row of `rowLength` numbers for each epoch, the loss times its rows, then RANGE_STATISTICS for each range. */
  readonly table: Float64Array;
  readonly rowLength: number;
  /**
   * Gives how many epochs were done; where that is not all, the next one went wrong in its `batch`, from 1, and its weights are not
   * finite: those of `range` at its end, or where that is -1 something before; its batches' losses, times their rows, sum up to
   * `lossSum`. A unit is dead that was 0 for `deadFrom` of an epoch's rows that were looked at.
   */
  readonly run: (
    epochs: number,
    deadFrom: number,
  ) => { readonly done: number; readonly batch: number; readonly range: number; readonly lossSum: number };
}

/** Sums over a batch [rows, units]. z: pre-activations, a: outputs, t: targets. */
export interface LossKernel {
  /** Whether the gradient is that for z; otherwise for a. */
  readonly ofPreactivation: boolean;
  /** Σ over rows (and units, but for the categorical losses), times the factor. */
  readonly total: (z: Numbers, a: Numbers, t: Numbers, rows: number, units: number, factor: number) => number;
  /** gradient += factor · ∂total */
  readonly addGradient: (a: Numbers, t: Numbers, gradient: Numbers, rows: number, units: number, factor: number) => void;
}

/** An activation with its settings. */
export interface ActivationKernel {
  /** a = f(z) for `length` numbers. */
  readonly forward: (z: Numbers, a: Numbers, length: number) => void;
  /** dz += f'(z) · da */
  readonly backward: (z: Numbers, a: Numbers, da: Numbers, dz: Numbers, length: number) => void;
}

/** What an optimizer keeps between steps: its slots in the catalog's order, and how many steps were taken. */
export interface OptimizerState {
  readonly slots: readonly Numbers[];
  step: number;
  /** Nadam's product of its momentum's factors so far. */
  momentumProduct: number;
}

/** Updates `w` [from, to) by `g`; the state's step counts from 1. */
export type Update = (w: Numbers, g: Numbers, from: number, to: number, rate: number, state: OptimizerState) => void;

/** What a step's update multiplies with: the learning rate, for Adam with both corrections. */
export function updateRate({ name, settings }: Configured<"optimizers">, rate: number, step: number): number {
  if (name !== "adam" && name !== "adamw") return rate;
  const { beta_1, beta_2 } = settings;
  return (rate * Math.sqrt(1 - beta_2 ** step)) / (1 - beta_1 ** step);
}
