/** `nn job`: writes a training as a PyTorch project, which torchrun starts with one or many processes. */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataProblem } from "../../../engine/data/problem.ts";
import { torchJob } from "../../../engine/exchange/torch/job.ts";
import type { Precision } from "../../../engine/network/compile.ts";
import { plainText } from "../../../engine/safeText.ts";
import { eventJson } from "../../messages/eventLines.ts";
import { jobFiles } from "../../node/pythonFiles.ts";
import { codeOf, unwritable } from "../../runs/fileProblems.ts";
import { createFolder } from "../createFolder.ts";
import type { LetValue } from "../letValues.ts";
import { FileError, openFile, requirePlan, UsageError, workingFolder } from "../openFile.ts";
import { replaceFile } from "../replaceFile.ts";

export interface JobCommandOptions {
  readonly out: string;
  readonly run?: string;
  readonly precision: Precision;
  readonly allow: readonly string[];
  readonly set?: readonly LetValue[];
}

/** Returns true when the project is written. Throws `FileError` or `UsageError` if it can't be. */
export async function jobCommand(name: string, { out, run, precision, allow, set }: JobCommandOptions): Promise<boolean> {
  const file = await openFile(name, { allow, set });
  const { plan, sources } = requirePlan(file, run);
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const folder = resolve(workingFolder(), out);
  await requireOwnFolder(folder, out);
  const job = await torchJob(plan, { files: file.files, text: file.analysis.text, precision }).catch((error: unknown) => {
    throw error instanceof DataProblem ? new FileError(`${name}:${lineOf(error.at ?? "data")}:1: error: ${error.message}`) : error;
  });
  const files = new Map<string, string | Uint8Array>([
    ...jobFiles(new URL(".", import.meta.url)),
    ["network.py", job.network],
    ["plan.json", `${JSON.stringify(plan, null, 2)}\n`],
    ["started.json", `${JSON.stringify(eventJson(job.started, lineOf))}\n`],
    ["start.safetensors", job.start],
    ["data.safetensors", job.data],
  ]);
  try {
    createFolder(folder);
    for (const [path, content] of files) await replaceFile(join(folder, path), content);
  } catch (error) {
    throw new FileError(`${unwritable(out, error)}.`);
  }
  const notes = [...job.renamed.map(({ from, to }) => `${from} is called ${to} in network.py.`), ...job.notes];
  for (const note of notes) process.stdout.write(`${plainText(note)}\n`);
  process.stdout.write(`Written to ${plainText(out)}. Start it with: python ${shellQuoted(plainText(join(out, "train.py")))}\n`);
  return true;
}

/** Throws `UsageError` if the folder has files from something other than a job, which would be mixed with it. */
async function requireOwnFolder(folder: string, name: string): Promise<void> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw new UsageError(`${unwritable(name, error)}.`);
  }
  if (files.length > 0 && !(files.includes("network.py") && files.includes("started.json")))
    throw new UsageError(`${name} has other files; name an empty or a new folder.`);
}

/** Returns a path as one word of a shell's command. */
function shellQuoted(path: string): string {
  if (/^[\p{L}\d_./\\:~-]+$/u.test(path)) return path;
  return process.platform === "win32" ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}
