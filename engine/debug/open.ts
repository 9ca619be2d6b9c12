/** Prepares a training for a debugger exactly as Train Model does: with the same data, fit, initial weights and kernels. */
import { type Examples, loadExamples } from "../data/examples.ts";
import type { DataFit } from "../data/fit.ts";
import type { FileReader } from "../host.ts";
import type { KernelFiles } from "../kernels/wasm.ts";
import type { Precision } from "../network/compile.ts";
import type { TrainingPlan } from "../plan.ts";
import { parseCheckpoint } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import { adaptNormalizers } from "../training/normalizers.ts";
import { hashedFiles, planHash } from "../training/origin.ts";
import { kernelsFor } from "../training/resources.ts";
import { readStart } from "../training/startWeights.ts";
import { findNonFinite } from "./nonFinite.ts";
import { type Stepper, stepperOf } from "./stepper.ts";

export interface DebugOptions {
  readonly files: FileReader;
  readonly precision: Precision;
  /** The compiled kernels. Without them, the reference kernels compute everything. */
  readonly kernels?: KernelFiles | undefined;
  /** The maximum number of bytes of recorded states. */
  readonly memory?: number;
}

/** Returns a stepper positioned before the first mini-batch. Throws `DataProblem` if the data can't be used. */
export async function openStepper(plan: TrainingPlan, options: DebugOptions): Promise<Stepper> {
  const { learner } = await prepared(plan, options);
  return stepperOf(learner, findNonFinite, options);
}

/** A checkpoint of a training, and the fit of the data saved with it. */
export interface SavedTraining {
  readonly checkpoint: Uint8Array;
  readonly fit: DataFit | undefined;
}

export interface SavedStepper {
  readonly stepper: Stepper;
  /** Whether the plan and the data equal those of the checkpoint's training. Otherwise the training starts from the checkpoint. */
  readonly isSame: boolean;
  /** How the current data would be fitted differently, in clauses for the user. */
  readonly changes: readonly string[];
}

/**
 * Returns a stepper for the training of a checkpoint. Its position is before the training's first mini-batch or, if the plan or the data have
 * changed, before the first of the epoch after the checkpoint. Throws `DataProblem` if the data can't be used, and an Error if the checkpoint belongs
 * to another network.
 */
export async function openSavedStepper(
  plan: TrainingPlan,
  { checkpoint: bytes, fit }: SavedTraining,
  options: DebugOptions,
): Promise<SavedStepper> {
  const { files, hashOf } = hashedFiles(options.files);
  const { learner, examples } = await prepared(plan, { ...options, files }, fit);
  const checkpoint = parseCheckpoint(bytes, learner.network);
  if (checkpoint.slots.length !== learner.optimizer.slots.length) throw new Error("it belongs to another optimizer");
  const { origin, epoch } = checkpoint;
  const isSame = origin !== undefined && origin.plan === (await planHash(plan)) && origin.data === (await hashOf(plan.data));
  // The checkpoint at the end of a run may combine the best epoch's weights with the optimizer's last state. The training never passes through such a
  // state.
  const isOnTheWay = isSame && checkpoint.step === epoch * learner.batches;
  const saved = isOnTheWay || !isSame ? { checkpoint, isOnTheWay } : undefined;
  return { stepper: stepperOf(learner, findNonFinite, { ...options, saved }), isSame, changes: examples.changes };
}

async function prepared(
  plan: TrainingPlan,
  { files, precision, kernels }: DebugOptions,
  fit?: DataFit,
): Promise<{ readonly learner: Learner; readonly examples: Examples }> {
  // One thread suffices: places are computed one at a time, and the number of threads does not change the bits.
  const fast = kernels && (await kernelsFor(plan, { kernels, precision }));
  const examples = await loadExamples(plan, files, precision, { fit, ...(fast && { allocate: fast.allocate }) });
  const start = await readStart(plan, files);
  const learner = learnerFor(plan, examples, { precision, kernels: fast, start });
  await adaptNormalizers(learner.network, learner.load, examples.parts.train, async () => false);
  return { learner, examples };
}
