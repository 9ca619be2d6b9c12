/** The Python files of the package: the parts of a PyTorch job that are the same for every training. */
import { readFileSync } from "node:fs";

const FILES = [
  "train.py",
  "checkpoint.py",
  "history.py",
  "owner.py",
  "layerstats.py",
  "nnrandom.py",
  "ray_job.py",
  "requirements.txt",
  "README.md",
] as const;

/** Returns the files by name. `folder`: the bundle's. */
export const jobFiles = (folder: URL): ReadonlyMap<string, string> =>
  new Map(FILES.map((name) => [name, readFileSync(new URL(`python/job/${name}`, folder), "utf8")]));

/** Returns the script that starts a job for a program and ends with it. */
export const launcher = (folder: URL): string => readFileSync(new URL("python/job/launch.py", folder), "utf8");
