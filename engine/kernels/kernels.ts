/**
 * The arithmetic that a network is made of. One interface, several sets: the reference here in plain loops, for any
 * precision; the compiled ones (wasm.ts) are tested against it. Matrices are row-major; `x` is [rows, inputs], `w` [inputs, units].
 */
import type { ScalarActivationName } from "../catalog/activations.ts";
import type { NumberValues } from "../catalog/arguments.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import type { Use } from "../plan.ts";

export type Numbers = Float32Array | Float64Array;

export interface Kernels {
  readonly name: string;
  /** Zeros in memory that these kernels compute in. Whole vectors may be read and written past the length, by less than 16 numbers. */
  readonly allocate: (length: number) => Numbers;
  /** Numbers of rows, in the same memory. */
  readonly allocateIndices: (length: number) => Uint32Array;
  /** z = x · w + b, z is [rows, units]; b may be absent. */
  readonly affine: (x: Numbers, w: Numbers, b: Numbers | undefined, z: Numbers, rows: number, inputs: number, units: number) => void;
  /** dw += xᵀ · dz */
  readonly addKernelGradient: (x: Numbers, dz: Numbers, dw: Numbers, rows: number, inputs: number, units: number) => void;
  /** db += Σ over rows of dz */
  readonly addBiasGradient: (dz: Numbers, db: Numbers, rows: number, units: number) => void;
  /** dx += dz · wᵀ */
  readonly addInputGradient: (dz: Numbers, w: Numbers, dx: Numbers, rows: number, inputs: number, units: number) => void;
  /** a = softmax(z), row by row. */
  readonly softmax: (z: Numbers, a: Numbers, rows: number, units: number) => void;
  /** dz += the softmax's Jacobian times da: dzᵢ += aᵢ (daᵢ − Σⱼ aⱼ daⱼ) */
  readonly addSoftmaxGradient: (a: Numbers, da: Numbers, dz: Numbers, rows: number, units: number) => void;
  readonly curve: (use: Use<ScalarActivationName>) => Curve;
  /** The optimizer's rule; undefined: these kernels have none of their own for it. */
  readonly update: (use: Use<OptimizerName>) => Update | undefined;
  /** Of g [from, to): adds to Σ g², Σ g and the number of zeros, and raises the largest |g|. */
  readonly gradientFigures: (g: Numbers, from: number, to: number, figures: GradientFigures) => void;
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

/** An activation with its settings. */
export interface Curve {
  /** a = f(z) for `length` numbers. */
  readonly forward: (z: Numbers, a: Numbers, length: number) => void;
  /** dz += f'(z) · da */
  readonly backward: (z: Numbers, a: Numbers, da: Numbers, dz: Numbers, length: number) => void;
}

export interface GradientFigures {
  squares: number;
  sum: number;
  largest: number;
  zeros: number;
}

/** What an optimizer keeps between steps: its slots in the catalog's order, and how many steps were taken. */
export interface OptimizerState {
  readonly slots: readonly Numbers[];
  step: number;
  /** Nadam's product of its momentum's factors so far. */
  momentumProduct: number;
}

/** Updates `w` [from, to) by `g`; the state's step counts from 1. */
export type Update = (
  w: Numbers,
  g: Numbers,
  from: number,
  to: number,
  rate: number,
  state: OptimizerState,
  settings: NumberValues,
) => void;
