/** The report of the fault injection: what it tried how often, and each failure with everything needed to repeat it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Report {
  /** One line about what was tried, with its numbers. */
  readonly line: string;
  /** Each failure, with everything needed to repeat it. */
  readonly failures: readonly string[];
}

/** Runs the work in a new folder and then removes the folder. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-faults-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns a message if the output has a stack trace. */
export const traceIn = (what: string, output: string): string[] => (/\n {4}at /.test(output) ? [`${what}: a stack trace\n${output}`] : []);
