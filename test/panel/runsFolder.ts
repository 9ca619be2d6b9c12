/** The runs folder of a window's workspace, on the disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rowsFrom } from "../../client/runs/epochRecord.ts";
import { rowLength } from "../../client/runs/history.ts";

/** Workspace settings that put the runs into the workspace's folder `runs`, where a test can look. */
export const RUNS_IN_FOLDER = '{"backprop.runs.folder": "runs"}';

export interface StoredRun {
  readonly id: string;
  readonly file: string;
  readonly status: string;
  /** The name that the user has given the run; otherwise "". */
  readonly name: string;
}

/** Returns the runs in the folder, oldest first. */
export function storedRuns(runs: string): StoredRun[] {
  if (!existsSync(runs)) return [];
  const stored = readdirSync(runs).flatMap((id) => {
    try {
      const { facts, status, name = "" } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8")).state;
      return [{ id, file: facts.fileName, status, name, begun: facts.begun }];
    } catch {
      // The run is being created or deleted.
      return [];
    }
  });
  return stored.sort((a, b) => a.begun - b.begun).map(({ begun: _begun, ...run }) => run);
}

/** Returns the number of epochs that the folder's only run has on the disk. */
export function savedEpochs(runs: string): number {
  if (!existsSync(runs)) return 0;
  const [id = ""] = readdirSync(runs);
  if (!existsSync(join(runs, id, "table.bin"))) return 0;
  try {
    const { table } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8"));
    return table?.last?.[0] ?? 0;
  } catch {
    // The file is being written.
    return 0;
  }
}

/**
 * Returns the epochs up to `last` that are missing from a run's record, which has all of the first million, then one in 10. The default is
 * the folder's only run.
 */
export function missingEpochs(runs: string, last: number, id: string = readdirSync(runs)[0] ?? ""): number[] {
  const { layout } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8")).table;
  const bytes = readFileSync(join(runs, id, "epochs.bin"));
  const rows = rowsFrom(new Uint8Array(bytes), rowLength(layout)) ?? new Float64Array(0);
  const recorded = new Set<number>();
  for (let at = 0; at < rows.length; at += rowLength(layout)) recorded.add(rows[at] ?? 0);
  const missing: number[] = [];
  for (let epoch = 1; epoch <= last; epoch += epoch < 1_000_000 ? 1 : 10) if (!recorded.has(epoch)) missing.push(epoch);
  return missing;
}
