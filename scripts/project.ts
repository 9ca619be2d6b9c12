/** Paths, running a program, and output, shared by all scripts. */
import { type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir, setPriority } from "node:os";
import { join, relative, resolve, sep } from "node:path";

export const project: string = resolve(import.meta.dirname, "..");
export const inProject = (...parts: string[]): string => join(project, ...parts);
/** Returns a file's path relative to the project, with slashes on every system. */
export const pathInProject = (file: string): string => relative(project, file).split(sep).join("/");
const TOOLS = { biome: "@biomejs/biome/bin/biome", tsc: "typescript/bin/tsc", vitest: "vitest/vitest.mjs" } as const;
export const toolNames = Object.keys(TOOLS) as (keyof typeof TOOLS)[];
/** Returns a tool's JavaScript file, to be run by Node. Windows can't start the links in node_modules/.bin without a shell. */
export const tool = (name: keyof typeof TOOLS): string => inProject("node_modules", TOOLS[name]);

/** Returns the parts of package.json that scripts need. It is read every time, since a release changes the version while it runs. */
export const manifest = (): { name: string; version: string; publisher: string } =>
  JSON.parse(readFileSync(inProject("package.json"), "utf8"));

/** The folder for downloads shared by all versions of the project. It is outside the clone, so that other clones use it too. */
export const cacheFolder: string = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "backprop");

export const say = (text: string): void => console.error(text);

/** A failure that is reported by only its message, without a stack trace. */
export class ScriptError extends Error {}

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface RunOptions extends SpawnOptions {
  /** The priority of the process and of those that it starts, as in `os.setPriority`. */
  readonly priority?: number;
}

/** Runs a program to its end and returns its output, which is empty with stdio "inherit". */
export function run(program: string, args: readonly string[], { priority, ...options }: RunOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"], ...options });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
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
