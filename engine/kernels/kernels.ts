/**
 * The arithmetic that a network is made of. One interface, several sets: the reference here in plain loops, for any
 * precision; faster ones are tested against it. Matrices are row-major; `x` is [rows, inputs], `w` [inputs, units].
 */
export type Numbers = Float32Array | Float64Array;

export interface Kernels {
  readonly name: string;
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
}
