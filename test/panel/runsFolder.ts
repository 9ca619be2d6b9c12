/** The runs folder of a window's workspace, as it is on the disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Workspace settings that put the runs into the workspace's folder `runs`, where a test can look. */
export const RUNS_IN_FOLDER = '{"backprop.runs.folder": "runs"}';

interface StoredRun {
  readonly file: string;
  readonly status: string;
}

/** Returns the file and the status of each run in the folder. */
export function storedRuns(runs: string): StoredRun[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs).flatMap((id) => {
    try {
      const { facts, status } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8")).state;
      return [{ file: facts.fileName, status }];
    } catch {
      // The run is being deleted.
      return [];
    }
  });
}
