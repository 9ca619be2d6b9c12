/** Runs the built `nn` command in a folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { inProject } from "../../scripts/project.ts";

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Resolves when the process ends. `onOut` receives all output so far after each part, and may signal the process. `env` is added to ours. */
export function runNn(
  folder: string,
  args: readonly string[],
  onOut?: (text: string, child: ChildProcess) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [inProject("dist/nn.js"), ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", npm_lifecycle_event: "", ...env },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString();
      onOut?.(out, child);
    });
    child.stderr.on("data", (part: Buffer) => {
      err += part.toString();
    });
    child.on("close", (code) => done({ code, out, err }));
  });
}

/** Interrupts `nn`, as Ctrl+C does, as soon as its output matches `words`. */
export async function interruptedNn(folder: string, args: readonly string[], words: RegExp): Promise<Result> {
  let isAsked = false;
  return await runNn(folder, args, (text, child) => {
    if (!isAsked && words.test(text)) isAsked = child.kill("SIGINT");
  });
}
