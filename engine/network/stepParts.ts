/** The parts from which a kind of layer builds its step, and the passes it returns. */
import type { ParameterName } from "../catalog/parameters.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { PlannedKind, PlannedLayerOf } from "../plan.ts";
import type { Batch, Parameter, Step, Tensor } from "./network.ts";

export interface StepParts {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly preactivation: Tensor;
  readonly batch: Batch;
  readonly kernels: Kernels;
  readonly parameters: { readonly [K in ParameterName]?: Parameter };
}

/** The fields of a layer that its step reads: facts and settings. */
export type Reading<K extends PlannedKind, N extends keyof PlannedLayerOf<K>> = Pick<PlannedLayerOf<K>, N>;

export type Passes = Pick<Step, "forward" | "backward">;

/** Sets gradients to 0 before a batch's first piece, because loops add each row's contribution. */
export function clearAtFirst({ piece }: Batch, ...parameters: readonly Parameter[]): void {
  if (piece === "first") for (const { gradient } of parameters) gradient.fill(0);
}

export function requireParameter(parameter: Parameter | undefined, id: string): Parameter {
  if (!parameter) throw new Error(`The plan's layer ${id} lacks a parameter.`);
  return parameter;
}
