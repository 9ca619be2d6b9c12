/**
 * A network: a list of steps over memory that is allocated once. The two functions below are reverse-mode differentiation. steps.ts contains the
 * computation of each kind of layer; compile.ts allocates the memory.
 */
import type { Kernels, Numbers } from "../kernels/kernels.ts";
import type { NetworkPlan, PlannedLayer, PlannedParameter } from "../plan.ts";
import type { Random } from "../random.ts";

/**
 * `train`: batch statistics and dropout. `inspect`: like `train` without dropout, so that gradients can be checked. `infer`:
 * prediction.
 */
export type Mode = "train" | "inspect" | "infer";

/** A batch's numbers, [rows, width], and the loss's gradient with respect to them. */
export interface Tensor {
  readonly width: number;
  readonly values: Numbers;
  /** ∂loss/∂values; undefined if no trained parameter needs it. */
  readonly gradient: Numbers | undefined;
}

/** A kernel, a bias or a statistic: views of the network's flat arrays. */
export interface Parameter {
  readonly layer: PlannedLayer;
  readonly planned: PlannedParameter;
  readonly offset: number;
  readonly values: Numbers;
  readonly gradient: Numbers;
}

/** The current batch. All steps of a network share it. */
export interface Batch {
  /** The number of rows, at most the network's capacity. */
  rows: number;
  /** Which of the batch's pieces is computed. The reverse pass of the first piece writes the parameters' gradients; later pieces add to them. */
  piece: "first" | "later";
  /** Dropout's random stream. */
  random: Random;
}

/**
 * One layer's computation. `forward` reads its inputs, writes its output and stores the values that `backward` needs. `backward` reads the gradient
 * of its output and ADDS to the gradients of its inputs. It also adds to its parameters' gradients, or writes them in a batch's first piece.
 */
export interface Step {
  readonly layer: PlannedLayer;
  readonly output: Tensor;
  /** z, before the activation; the same tensor as `output` without an activation. */
  readonly preactivation: Tensor;
  readonly forward: (mode: Mode) => void;
  readonly backward: () => void;
}

export interface Network {
  readonly plan: NetworkPlan;
  readonly steps: readonly Step[];
  readonly stepOf: ReadonlyMap<string, Step>;
  readonly batch: Batch;
  /** The maximum number of rows in memory at once. */
  readonly capacity: number;
  readonly kernels: Kernels;
  readonly parameters: readonly Parameter[];
  /** All parameters, concatenated. */
  readonly weights: Numbers;
  /** The loss's gradient for each of `weights`. */
  readonly gradients: Numbers;
  /** The gradients of all outputs and preactivations, cleared before each reverse pass. */
  readonly signals: Numbers;
}

export function forwardPass({ steps }: Network, mode: Mode): void {
  for (const step of steps) step.forward(mode);
}

/**
 * Computes the parameters' gradients, summed over the batch's pieces so far. Expects the losses' gradients in the output tensors (outputLosses.ts)
 * and 0 in all other signals.
 */
export function reversePass({ steps }: Network): void {
  for (let i = steps.length - 1; i >= 0; i--) steps[i].backward();
}
