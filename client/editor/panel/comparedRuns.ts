/** The runs that a panel draws over its own run. */
import type { ComparedRun } from "../../messages/panelMessages.ts";
import { type PackedTable, packedTable } from "../../runs/history.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import type { Trainings } from "../trainings/trainings.ts";

/** Returns the runs with their tables. Omits deleted runs and runs without an epoch. */
export async function comparedRuns(ids: readonly string[], trainings: Trainings): Promise<readonly ComparedRun<PackedTable>[]> {
  const summaries = await trainings.runs();
  const runs = await Promise.all(ids.map(async (id) => await comparedRun(id, summaries, trainings)));
  return runs.filter((one) => one !== undefined);
}

async function comparedRun(
  id: string,
  summaries: readonly RunSummary[],
  trainings: Trainings,
): Promise<ComparedRun<PackedTable> | undefined> {
  const summary = summaries.find((one) => one.id === id);
  const table = summary && (await trainings.open(id))?.run.history;
  return summary && table ? { summary, table: packedTable(table) } : undefined;
}
