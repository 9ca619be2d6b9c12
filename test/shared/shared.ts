/** The independent cases and real data beside the project. Where they are absent, the tests that need them say that they were skipped. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const projectFolder = resolve(import.meta.dirname, "../..");
const shared = process.env["BACKPROP_SHARED"] ?? resolve(projectFolder, "../shared");

/** The folder's path, or undefined where it is not there. */
export function sharedFolder(name: "reference" | "conformance" | "data"): string | undefined {
  const folder = resolve(shared, name);
  if (existsSync(folder)) return folder;
  console.warn(`Skipped: there is no folder shared/${name} beside the project (or at BACKPROP_SHARED).`);
  return undefined;
}
