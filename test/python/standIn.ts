/** A program in place of Python with PyTorch, for tests without one: it obeys its owner as launch.py does, and its epochs have made-up numbers. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../../scripts/project.ts";

/** Writes a command for the folder that runs the stand-in. `mode`: `trains`, or how it fails. Returns the command's path. */
export function standInPython(folder: string, mode: "trains" | "missing" | "crashes" = "trains"): string {
  const path = join(folder, `python-${mode}`);
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${inProject("test/python/standInProgram.ts")}" ${mode} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
