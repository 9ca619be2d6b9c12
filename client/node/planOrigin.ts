/** A plan's data files, and the hashes of the plan and of its current data. Weights from a training with the same hashes can be reused. */
import { sourcesOf } from "../../engine/data/ownSources.ts";
import type { SourcePlan, TrainingPlan } from "../../engine/plan.ts";
import { hashedFiles, type Origin, planHash } from "../../engine/training/origin.ts";

/** Rejects if a data file can't be read. */
export async function originOf(plan: TrainingPlan, read: (path: string) => Promise<Uint8Array>): Promise<Origin> {
  const { files, hashOf } = hashedFiles({ read });
  await Promise.all(dataFilesOf(plan).map(files.read));
  return { plan: await planHash(plan), data: await hashOf(plan.data) };
}

/** Returns the paths of the plan's data files; none if the rows are in the `.nn` file or generated. */
export const dataFilesOf = ({ data }: TrainingPlan): string[] => sourcesOf(data).flatMap(pathsOf);

function pathsOf(source: SourcePlan): string[] {
  if (source.kind === "csv") return [source.path];
  return source.kind === "idx" ? [source.images, source.labels] : [];
}
