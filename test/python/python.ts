/** The Python of `npm run test:python -- --python PATH`. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

export const python: string = process.env["BACKPROP_PYTHON"] ?? "python3";

/** Returns why tests with these packages are skipped; undefined if this Python has all of them. */
export const lacking = (...packages: readonly string[]): string | undefined => lackingWith({}, ...packages);

/** `lacking` with these environment variables. */
export function lackingWith(more: NodeJS.ProcessEnv, ...packages: readonly string[]): string | undefined {
  const imports = packages.map((name) => `import ${name}`).join("\n");
  const { error, status, stderr } = spawnSync(python, ["-c", imports], { encoding: "utf8", env: { ...process.env, ...more } });
  if (error) return `${python} can't be started: ${error.message}`;
  return status === 0 ? undefined : `${python}: ${stderr.trim().split("\n").at(-1) ?? "it failed"}`;
}

/** Returns the title of a group of tests, with the reason if it is skipped. */
export const titled = (title: string, reason: string | undefined): string =>
  reason === undefined ? title : `${title} (skipped: ${reason})`;

/** One thread for each process, so that sums are added in one order. */
export const env: NodeJS.ProcessEnv = { ...process.env, OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };

/** Starts the Python, or torchrun beside it with this number of processes. Its output is in `output()`. */
export function start(
  script: string,
  processes = 1,
  options: readonly string[] = [],
): { readonly child: ChildProcess; readonly ended: Promise<number | null>; readonly output: () => string } {
  const args =
    processes === 1
      ? [script, ...options]
      : ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", String(processes), "--max-restarts", "5", script, ...options];
  const child = spawn(python, args, { env, cwd: join(dirname(script)) });
  let output = "";
  child.stdout.on("data", (part: Buffer) => (output += part.toString()));
  child.stderr.on("data", (part: Buffer) => (output += part.toString()));
  return { child, ended: new Promise((done) => child.on("close", done)), output: () => output };
}
