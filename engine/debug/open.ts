/** Prepares a training for a debugger exactly as Train Model prepares it: the same data, fit, start weights and kernels. */
import { loadExamples } from "../data/examples.ts";
import type { FileReader } from "../host.ts";
import type { KernelFiles } from "../kernels/wasm.ts";
import type { Precision } from "../network/compile.ts";
import type { TrainingPlan } from "../plan.ts";
import { learnerFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { kernelsFor } from "../training/resources.ts";
import { readStart } from "../training/startWeights.ts";
import { findNonFinite } from "./nonFinite.ts";
import { type Stepper, stepperOf } from "./stepper.ts";

export interface DebugOptions {
  readonly files: FileReader;
  readonly precision: Precision;
  /** The compiled kernels. Without them the reference kernels compute everything. */
  readonly kernels?: KernelFiles | undefined;
  /** The most bytes of recorded states. */
  readonly memory?: number;
}

/** Returns a stepper that stands before the first mini-batch. Throws `DataProblem` if the data can't be used. */
export async function openStepper(plan: TrainingPlan, { files, precision, kernels, memory }: DebugOptions): Promise<Stepper> {
  // One thread: places are computed one at a time, and every number of threads computes the same bits.
  const fast = kernels && (await kernelsFor(plan, { kernels, precision }));
  const examples = await loadExamples(plan, files, precision, fast ? { allocate: fast.allocate } : {});
  const start = await readStart(plan, files);
  const learner = learnerFor(plan, examples, { precision, kernels: fast, start });
  await adaptNormalizers(learner.network, learner.load, examples.parts.train, async () => false);
  return stepperOf(learner, findNonFinite, memory);
}
