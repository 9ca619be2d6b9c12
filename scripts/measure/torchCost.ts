/**
 * npm run bench -- --torch --python PATH: compares the time per epoch of a job of `nn job` with plain PyTorch code of the same network, on
 * the same rows. The job also shuffles as the engine does, measures every layer's gradients, and writes its history and its checkpoints.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { eventJson } from "../../client/messages/eventLines.ts";
import { jobFiles } from "../../client/node/pythonFiles.ts";
import { torchJob } from "../../engine/exchange/torch/job.ts";
import { estimateText, roundedText } from "../../engine/numberText.ts";
import { inProject, ScriptError } from "../project.ts";
import { imagesFile, imagesPlan } from "./peers/plan.ts";
import { median, WORKS, type Work } from "./peers/works.ts";

const COMPARED = ["W3", "W5"];
/** The two programs alternate this many times, since the machine's speed varies. */
const TURNS = 7;
/** The first epoch is not counted, so there must be more than one. */
const EPOCHS = 8;

export async function torchCost(python: string, row: (what: string, value: string) => void): Promise<void> {
  for (const name of COMPARED) {
    const found = WORKS.find((one) => one.name === name);
    if (!found) throw new ScriptError(`There is no workload ${name}.`);
    const work = { ...found, epochs: EPOCHS };
    const folder = mkdtempSync(join(tmpdir(), "backprop-bench-"));
    try {
      await writeJob(work, folder);
      const [job, plain]: [number[], number[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn++) {
        job.push(await secondsPerEpoch(python, [join(folder, "train.py"), "--fresh", "--device", "cpu"]));
        const program = inProject("scripts/measure/peers/plain.py");
        plain.push(await secondsPerEpoch(python, [program, JSON.stringify(work), join(folder, "data.safetensors")]));
      }
      const ratios = job.map((seconds, turn) => seconds / (plain[turn] ?? Number.NaN));
      row(
        `a job of ${work.name}, ${work.what}, compared with plain PyTorch`,
        `${roundedText(median(ratios), 2)} (${ratios.map((ratio) => roundedText(ratio, 2)).join(", ")}); ${estimateText(1000 * median(job))} and ${estimateText(1000 * median(plain))} ms per epoch`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Writes the workload's job into the folder, with random images as its data. */
async function writeJob(work: Work, folder: string): Promise<void> {
  const plan = imagesPlan(work);
  const files = { read: async (path: string) => imagesFile(path, work.rows) };
  const job = await torchJob(plan, { files, text: null, precision: "float32" });
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of [
    ...jobFiles(pathToFileURL(inProject("dist", "/"))),
    ["network.py", job.network],
    ["plan.json", JSON.stringify(plan)],
    ["started.json", JSON.stringify(eventJson(job.started, () => 1))],
    ["start.safetensors", job.start],
    ["data.safetensors", job.data],
  ] as const)
    writeFileSync(join(folder, path), content);
}

/** Runs the program, which prints a line after each epoch. Returns the mean time from the end of the first epoch to the end of the last. */
async function secondsPerEpoch(python: string, args: readonly string[]): Promise<number> {
  // One thread each, as under torchrun: on a busy machine, several threads mostly wait for each other.
  const env = { ...process.env, OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(python, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((done, fail) => child.on("close", done).on("error", fail));
  const ends: number[] = [];
  for await (const line of createInterface(child.stdout)) if (line.startsWith("epoch ")) ends.push(performance.now());
  const code = await ended;
  if (code !== 0 || ends.length < EPOCHS) throw new ScriptError(`${args[0]} ended with code ${code} after ${ends.length} epochs.`);
  return ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / 1000 / (ends.length - 1);
}
