/** What every script needs: where things are, how to run a program, how to say what is going on. */
import { type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const project: string = resolve(import.meta.dirname, "..");
export const inProject = (...parts: string[]): string => join(project, ...parts);
export const manifest = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { name: string; version: string; publisher: string };

/** Outside the clone, so that a second clone finds it: downloads that belong to no one version of the project. */
export const cacheFolder: string = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "backprop");

export const say = (text: string): void => console.error(text);

/** A failure whose message says all; no stack is shown. */
export class ScriptError extends Error {}

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end; output is kept, or goes straight to the terminal with stdio "inherit". */
export function run(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    const take = (part: Buffer): void => {
      output += part.toString();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", fail);
    child.on("close", (code, signal) => done({ code: code ?? (signal ? 1 : 0), output }));
  });
}

export async function main(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(`\n${error instanceof ScriptError ? error.message : error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
}
