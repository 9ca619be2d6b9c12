/** Runs the built `nn` command in a folder. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { inProject } from "../../scripts/project.ts";
import type { Asked } from "./sharedNn.ts";

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const plain = (): NodeJS.ProcessEnv => ({ ...process.env, NO_COLOR: "1", npm_lifecycle_event: "" });

let shared: ChildProcess | undefined;
let previous: Promise<unknown> = Promise.resolve();

/** Runs `nn` in the process that all tests of a worker share, one command after another. */
export async function runNn(folder: string, args: readonly string[]): Promise<Result> {
  const result = previous.then(() => askShared({ folder, args }));
  previous = result.catch(() => undefined);
  return await result;
}

async function askShared(asked: Asked): Promise<Result> {
  if (!shared?.connected) {
    shared = fork(inProject("test/terminal/sharedNn.ts"), { env: plain() });
    shared.unref();
    shared.channel?.unref();
  }
  const host = shared;
  host.channel?.ref();
  const listening = new AbortController();
  const { signal } = listening;
  const answer = Promise.race([once(host, "message", { signal }), once(host, "exit", { signal })]);
  host.send(asked);
  const [result] = (await answer) as [Result | number | null];
  listening.abort();
  host.channel?.unref();
  if (result === null || typeof result === "number") throw new Error(`nn ${asked.args.join(" ")} ended its process, with ${result}.`);
  return result;
}

/**
 * Runs `nn` in a process of its own. Resolves when it ends. `onOut` receives all output so far after each part, and may signal the process.
 * `env` is added to ours.
 */
export function startNn(
  folder: string,
  args: readonly string[],
  onOut?: (text: string, child: ChildProcess) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [inProject("dist/nn.js"), ...args], { cwd: folder, env: { ...plain(), ...env } });
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
  return await startNn(folder, args, (text, child) => {
    if (!isAsked && words.test(text)) isAsked = child.kill("SIGINT");
  });
}
