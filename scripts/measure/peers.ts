/**
 * npm run bench -- --peers: compares our engine with other libraries in one run, each in a separate process, in alternation. Prints medians
 * and ratios. `--quick` measures the small workloads once, `--work W3` measures only W3, and `--python PATH` adds the libraries installed
 * in this Python: numpy, PyTorch, Keras (on JAX) and JAX.
 */

import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { estimateText, roundedText } from "../../engine/numberText.ts";
import { bundle } from "../build/bundle.ts";
import { cacheFolder, inProject, run, ScriptError, say } from "../project.ts";
import { median, type Timed, WORKS, type Work } from "./peers/works.ts";

interface Runner {
  readonly name: string;
  readonly does: (work: Work) => boolean;
  readonly run: (work: Work) => Promise<number | undefined>;
}

const isWide = ({ layers }: Work): boolean => layers.some((units) => units > 200);

export interface PeersOptions {
  readonly quick: boolean;
  readonly python: string | undefined;
  /** The name of a single workload; undefined for all. */
  readonly only: string | undefined;
}

/** Prints each workload's times as soon as they are measured. Returns all of them as a Markdown table. */
export async function peers({ quick, python, only }: PeersOptions): Promise<string> {
  await bundle();
  const folder = await installed();
  const runners: Runner[] = [
    ours(1),
    ours(2),
    javascript("synaptic", folder, (work) => !isWide(work) && !work.passes),
    javascript("brain", folder, (work) => !isWide(work) && !work.passes && !quick),
    javascript("playground", folder, (work) => !isWide(work) && !work.passes),
    javascript("tfjs-wasm", folder, (work) => !quick || !isWide(work)),
    javascript("tfjs-cpu", folder, (work) => !isWide(work)),
    ...(python === undefined
      ? []
      : (await librariesOf(python)).flatMap((library) => [native(python, library, 1), native(python, library, 2)])),
  ];
  const wanted = WORKS.filter(({ name }) => (only === undefined ? !quick || name !== "W5" : name === only));
  if (wanted.length === 0)
    throw new ScriptError(`There is no workload ${only}; choose one of ${WORKS.map(({ name }) => name).join(", ")}.`);
  const works = wanted.map((work) => (quick ? { ...work, seconds: 2 } : work));
  const rows: string[] = [];
  for (const work of works) {
    const times = new Map<string, number[]>();
    for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
      for (const { name, does, run: measure } of runners) {
        if (!does(work)) continue;
        const ms = await measure(work);
        if (ms !== undefined) times.set(name, [...(times.get(name) ?? []), ms]);
      }
    }
    const best = Math.min(...["ours, 1 thread", "ours, 2 threads"].map((name) => median(times.get(name) ?? [Number.POSITIVE_INFINITY])));
    const cells = [...times].map(([name, all]) => `${name} ${timeText(median(all))} (${roundedText(median(all) / best, 2)})`);
    rows.push(`| ${work.name} ${work.what} | ${cells.join(" · ")} |`);
    say(`${work.name} ${work.what}: ${cells.join(" · ")}`);
  }
  const [processor] = cpus();
  const machine = `${processor?.model.trim()}, ${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}. Times per epoch (for W6 per pass); in brackets the time as a multiple of our best.\n\n| work | times |\n|---|---|\n${rows.join("\n")}\n`;
}

const timeText = (ms: number): string => (ms < 1 ? `${estimateText(1000 * ms)} µs` : `${estimateText(ms)} ms`);

async function timed(program: string, args: readonly string[]): Promise<number | undefined> {
  const { code, output } = await run(program, args);
  const line = output
    .trim()
    .split("\n")
    .findLast((one) => one.startsWith('{"ms"'));
  if (code !== 0 || line === undefined) {
    say(`${args.slice(0, 2).join(" ").slice(0, 80)} reported no time: ${output.trim().split("\n").at(-1)?.slice(0, 200)}`);
    return undefined;
  }
  return (JSON.parse(line) as Timed).ms;
}

const ours = (threads: number): Runner => ({
  name: threads === 1 ? "ours, 1 thread" : `ours, ${threads} threads`,
  does: (work) => threads === 1 || (isWide(work) && work.passes !== "single"),
  run: ({ name }) => timed(process.execPath, [inProject("scripts/measure/peers/ours.ts"), name, String(threads)]),
});

const javascript = (library: string, folder: string, does: (work: Work) => boolean): Runner => ({
  name: library,
  does,
  run: (work) => timed(process.execPath, [inProject("scripts/measure/peers/javascript.mjs"), library, JSON.stringify(work), folder]),
});

const native = (python: string, library: string, threads: number): Runner => ({
  name: `${library}, ${threads} thread${threads === 1 ? "" : "s"}`,
  does: (work) => threads === 1 || isWide(work),
  run: (work) => timed(python, [inProject("scripts/measure/peers/native.py"), library, JSON.stringify(work), String(threads)]),
});

async function librariesOf(python: string): Promise<string[]> {
  const has = async (library: string): Promise<boolean> =>
    (await run(python, ["-c", `import os; os.environ.setdefault("KERAS_BACKEND", "jax"); import ${library}`]).catch(() => ({ code: 1 })))
      .code === 0;
  const found = [];
  for (const library of ["numpy", "torch", "keras", "jax"]) if (await has(library)) found.push(library);
  if (found.length === 0) say(`${python} has none of numpy, torch, keras and jax, so nothing is compared with them.`);
  return found;
}

/** Installs the JavaScript libraries into the cache folder. Returns the folder. */
async function installed(): Promise<string> {
  const folder = join(cacheFolder, "peers");
  if (existsSync(join(folder, ".complete"))) return folder;
  say("Installing the libraries to compare with (once)…");
  mkdirSync(folder, { recursive: true });
  cpSync(inProject("scripts/measure/peers/package.json"), join(folder, "package.json"));
  const { code, output } = await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    shell: process.platform === "win32",
  });
  if (code !== 0) throw new ScriptError(`The libraries to compare with could not be installed. npm printed:\n${output}`);
  writeFileSync(join(folder, ".complete"), "");
  return folder;
}
