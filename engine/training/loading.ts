/** Loads a training's data and initial weights, and computes the hashes of both. */
import { type Loading, LoadingStopped } from "../data/columns.ts";
import { type Examples, loadExamples } from "../data/examples.ts";
import { DataProblem } from "../data/problem.ts";
import type { TrainingEvent } from "../events.ts";
import type { RecordingKernels } from "../kernels/kernels.ts";
import type { TrainingPlan } from "../plan.ts";
import { hashedFiles, type Origin, planHash } from "./origin.ts";
import { tableAllocator } from "./resources.ts";
import type { TrainOptions } from "./run.ts";
import { readStart, type StartWeights } from "./startWeights.ts";

export interface LoadedTraining {
  readonly examples: Examples;
  /** undefined for newly initialized weights, and for a resumed training, which has its checkpoint's weights. */
  readonly start: StartWeights | undefined;
  readonly origin: Origin;
  readonly loadSeconds: number;
}

/** Throws `DataProblem` if the data are unusable, and `LoadingStopped` if the host stops during loading. */
export async function loadTraining(plan: TrainingPlan, options: TrainOptions, kernels?: RecordingKernels): Promise<LoadedTraining> {
  const { host, precision = "float32" } = options;
  const began = host.now();
  const { files, hashOf } = hashedFiles(options.files);
  const examples = await loadExamples(plan, files, precision, {
    loading: loadingOf(options),
    fit: options.fit?.(),
    ...(kernels && { allocate: tableAllocator(kernels) }),
  });
  requireUnchanged(examples);
  const loadSeconds = (host.now() - began) / 1000;
  const start = options.resume ? undefined : await readStart(plan, files);
  return { examples, start, origin: { plan: await planHash(plan), data: await hashOf(plan.data) }, loadSeconds };
}

/** Throws `DataProblem` if a resumed training's data have changed since its start. */
function requireUnchanged({ changes }: Examples): void {
  if (changes.length > 0)
    throw new DataProblem(
      `The data have changed since this training began: ${changes.join("; ")}. Restore the data to continue it, or train again.`,
    );
}

/** Returns the callback that reports progress and takes a break between pieces of a long file. */
function loadingOf({ host, emit }: TrainOptions): Loading {
  return async (share, rows) => {
    if (share < 1) emit({ kind: "loading", share, rows });
    return (await host.rest()) === "stop";
  };
}

/** Returns the last event of a training that ended with an error. */
export function endOf(error: unknown): TrainingEvent {
  if (error instanceof LoadingStopped) return { kind: "stopped", epoch: 0, seconds: 0 };
  const problem = error instanceof DataProblem ? error : undefined;
  const message = problem?.message ?? `The engine failed: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: "failed", code: problem?.code ?? null, message, at: problem?.at ?? "train" };
}
