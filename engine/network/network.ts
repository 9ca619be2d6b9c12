/**
 * The network at work: a list of steps over planned memory. Reverse-mode differentiation is the two functions below;
 * everything else is what a step does (steps.ts) and where its numbers lie (compile.ts).
 */
import type { Kernels, Numbers } from "../kernels/kernels.ts";
import type { NetworkPlan, PlannedLayer, PlannedParameter } from "../plan.ts";
import type { Random } from "../random.ts";

/** `train`: batch statistics and dropout; `inspect`: as train but nothing is dropped, for gradients that can be checked; `infer`: as used afterwards. */
export type Mode = "train" | "inspect" | "infer";

/** Numbers of a batch, [rows, width], and the loss's gradient for them. */
export interface Tensor {
  readonly width: number;
  readonly values: Numbers;
  /** ∂loss/∂values; undefined where nothing below could learn from it. */
  readonly gradient: Numbers | undefined;
}

/** A kernel, a bias, a statistic: views into the network's flat arrays. */
export interface Parameter {
  readonly layer: PlannedLayer;
  readonly planned: PlannedParameter;
  readonly offset: number;
  readonly values: Numbers;
  readonly gradient: Numbers;
}

/** What all steps of a network share. */
export interface Batch {
  /** Rows in use, at most the capacity. */
  rows: number;
  /** Which of the batch's pieces this is. The reverse pass of the first writes the parameters' gradients; that of a later one adds to them. */
  piece: "first" | "later";
  /** Where dropout draws from. */
  random: Random;
}

/**
 * One layer at work. `forward` reads its inputs and writes its output, keeping what `backward` needs. `backward` reads the gradient of its output and
 * ADDS to those of its inputs; to those of its parameters, too, but for a batch's first piece, which writes them.
 */
export interface Step {
  readonly layer: PlannedLayer;
  readonly output: Tensor;
  /** z, before the activation; the same tensor as `output` where there is no activation. */
  readonly preactivation: Tensor;
  readonly forward: (mode: Mode) => void;
  readonly backward: () => void;
}

export interface Network {
  readonly plan: NetworkPlan;
  readonly steps: readonly Step[];
  readonly stepOf: ReadonlyMap<string, Step>;
  readonly batch: Batch;
  /** The most rows that the planned memory holds at once. */
  readonly capacity: number;
  readonly kernels: Kernels;
  readonly parameters: readonly Parameter[];
  /** All parameters, one after another, and the loss's gradient for each. */
  readonly weights: Numbers;
  readonly gradients: Numbers;
  /** The gradients of everything between, set to 0 before each reverse pass. */
  readonly signals: Numbers;
}

export function forwardPass({ steps }: Network, mode: Mode): void {
  for (const step of steps) step.forward(mode);
}

/**
 * Expects the losses' gradients in the output tensors (losses.ts) and every other signal at 0. Afterwards the parameters' gradients are those of the
 * batch's pieces so far.
 */
export function reversePass({ steps }: Network): void {
  for (let i = steps.length - 1; i >= 0; i--) steps[i].backward();
}
