/** npm run bench -- --findings: measures the search for findings as a share of the training time, for each workload with a training. */

import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { loadExamples } from "../../engine/data/examples.ts";
import { estimateText } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { Epoch } from "../../engine/training/finding.ts";
import { observeFindings } from "../../engine/training/findings.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../project.ts";
import { planFor } from "./peers/plan.ts";
import { WORKS } from "./peers/works.ts";

/** The epochs of a small network are so short that this many are enough. */
const MOST_EPOCHS = 50_000;
/** The searched epochs repeat this many, which fit into the cache as the newest epochs do during a training. */
const CACHED_EPOCHS = 256;
/**
 * The number of trainings and searches. Only the fastest counts: the first ones are not compiled yet, and other work on the machine slows
 * some down.
 */
const [TRAININGS, SEARCHES] = [7, 60];
const noFiles = { read: () => Promise.reject(new Error("There are no files.")) };

export async function findingsCost(row: (what: string, value: string) => void): Promise<void> {
  const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
  if (!kernels) throw new Error("The kernels are not built.");
  for (const work of WORKS) {
    // For larger networks with as many layers the search takes as long, and their epochs take seconds.
    if (work.passes || work.name === "W5" || work.name === "W3") continue;
    const plan = planFor({ ...work, epochs: Math.min(work.epochs, MOST_EPOCHS) });
    const epochs: Epoch[] = [];
    const seconds: number[] = [];
    for (let k = 0; k < TRAININGS; k++) {
      epochs.length = 0;
      await train(plan, {
        kernels,
        host: { now: () => performance.now(), rest: async () => "go" },
        files: noFiles,
        emit(event) {
          if (event.kind === "epoch") epochs.push(event);
          if (event.kind === "finished") seconds.push(event.seconds);
        },
      });
    }
    const searched = await secondsPerEpoch(plan, epochs);
    const trained = Math.min(...seconds) / epochs.length;
    row(
      `findings of ${work.name}, ${work.what}, as a share of its training`,
      `${estimateText((100 * searched) / trained)} % (${estimateText(1e9 * searched)} ns of ${estimateText(1e9 * trained)} ns per epoch)`,
    );
  }
}

/** Returns the seconds per epoch of the search for findings. */
async function secondsPerEpoch(plan: TrainingPlan, epochs: readonly Epoch[]): Promise<number> {
  const examples = await loadExamples(plan, noFiles, "float32");
  const cached = epochs.slice(0, CACHED_EPOCHS);
  const times: number[] = [];
  for (let k = 0; k < SEARCHES; k++) {
    const findings = observeFindings({ plan, examples });
    const numbered = cached.map((epoch): { -readonly [K in keyof Epoch]: Epoch[K] } => ({ ...epoch }));
    let time = 0;
    for (let from = 0; from < epochs.length; from += numbered.length) {
      // The clock is paused while the epochs are numbered, which takes as long as the search of an epoch that is not checked.
      for (const [k, epoch] of numbered.entries()) epoch.epoch = from + k + 1;
      const began = performance.now();
      for (const epoch of numbered) findings.observe(epoch);
      time += performance.now() - began;
    }
    times.push(time / 1000);
  }
  return Math.min(...times) / epochs.length;
}
