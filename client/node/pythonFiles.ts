/** The package's Python files: the parts of a PyTorch job that are the same for every training. */
import { readFileSync } from "node:fs";

const FILES = [
  "train.py",
  "checkpoint.py",
  "history.py",
  "owner.py",
  "processes.py",
  "sums.py",
  "layerstats.py",
  "nnrandom.py",
  "ray_job.py",
  "requirements.txt",
  "README.md",
] as const;

/** Returns the files by name. `folder` is the bundle's folder. */
export const jobFiles = (folder: URL): ReadonlyMap<string, string> =>
  new Map(FILES.map((name) => [name, readFileSync(new URL(`python/job/${name}`, folder), "utf8")]));

/** Returns the script that starts a job on behalf of a program and ends together with that program. */
export const launcher = (folder: URL): string => readFileSync(new URL("python/job/launch.py", folder), "utf8");
