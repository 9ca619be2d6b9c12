/** Trained networks to test or evaluate: trained now, or with weights from a file. */
import { loadExamples } from "../../engine/data/examples.ts";
import { DataProblem } from "../../engine/data/problem.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import { lossesOf } from "../../engine/network/outputLosses.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Trained, train } from "../../engine/training/trainer.ts";
import type { Planned } from "../../server/language/toPlan.ts";
import { kernelFiles } from "../node/kernelFiles.ts";
import { kernelThreadsFrom, threadCount } from "../node/threads.ts";
import { FileError, type OpenFile } from "./openFile.ts";
import { openTrained, trainingOf, type WeightsOptions } from "./trainedWeights.ts";

/** A network with its trained weights and its data. */
export interface Subject {
  readonly plan: TrainingPlan;
  readonly trained: Trained;
}

const kernels = kernelFiles(new URL(".", import.meta.url));

/** Trains in float32 without printing. Returns undefined if the training ended early. */
export const trainQuietly = (
  plan: TrainingPlan,
  files: OpenFile["files"],
  emit: (event: TrainingEvent) => void,
): Promise<Trained | undefined> =>
  train(plan, {
    precision: "float32",
    files,
    ...(kernels && { kernels }),
    threads: { count: threadCount(0, "terminal"), start: kernelThreadsFrom(new URL(".", import.meta.url)) },
    host: { now: () => performance.now(), rest: async () => "go", memory: () => process.availableMemory() },
    emit,
  });

/** Trains without printing. On a failure throws `FileError` with its line. */
export async function trainedSubject(file: OpenFile, { plan, sources }: Planned): Promise<Subject> {
  let last: TrainingEvent | undefined;
  const trained = await trainQuietly(plan, file.files, (event) => {
    last = event;
  });
  if (!trained || last?.kind === "diverged" || last?.kind === "failed") {
    const message = last && "message" in last ? last.message : "the training ended early";
    const line = last && "at" in last ? file.lines.at(sources[last.at]?.start ?? 0).line : 1;
    throw new FileError(`${file.name}:${line}:1: error: ${message}`);
  }
  return { plan, trained };
}

/**
 * Returns a weights file's network with the file's data, or the data from `dataOf`, encoded by the fit saved with the weights, and which of
 * the file's trainings the weights belong to. Throws `FileError` if the file has no such training.
 */
export async function savedSubject(file: OpenFile, weights: WeightsOptions, data?: OtherData): Promise<Subject & { readonly at: number }> {
  const { network, precision, plan: saved, fit } = await openTrained(file, weights);
  const at = trainingOf(file, saved);
  const source = file.analysis.plans[at]?.plan.data.source;
  if (!source && !data)
    throw new FileError(`${weights.weights} has the weights of the training ${saved.training.run}, which ${file.name} does not have.`);
  const plan = { ...saved, data: data?.of(saved.data) ?? { ...saved.data, ...(source && { source }) } };
  const examples = await loadExamples(plan, data?.files ?? file.files, precision, { fit }).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(data ? error.message : `${file.name}: ${error.message}`) : error;
  });
  return { at, plan, trained: { network, outputs: lossesOf(network, saved.training.outputs), examples } };
}

/** Data that replace the training's. */
export interface OtherData {
  readonly of: (data: TrainingPlan["data"]) => TrainingPlan["data"];
  readonly files: OpenFile["files"];
}
