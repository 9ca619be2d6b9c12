/** Creates folders without Node's own recursive `mkdir`, which never returns for a folder in `/proc`. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../runs/fileProblems.ts";

/** Creates the folder and its parents. Returns whether it is new. */
export function createFolder(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
  if (dirname(folder) !== folder) createFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have created it at the same time.
    if (codeOf(error) !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
    return false;
  }
  return true;
}
