/** The parts that a kind of layer makes its step of, and the passes it returns. */
import type { ParameterName } from "../catalog/layers.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Batch, Parameter, Step, Tensor } from "./network.ts";

export interface StepParts {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly preactivation: Tensor;
  readonly batch: Batch;
  readonly kernels: Kernels;
  readonly parameters: { readonly [K in ParameterName]?: Parameter };
}

export type Passes = Pick<Step, "forward" | "backward">;
