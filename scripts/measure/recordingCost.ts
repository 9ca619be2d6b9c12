/** The cost of recording while a panel shows a training (snapshots and states): its share of the training time, and its memory. */
import { pathToFileURL } from "node:url";
import { serialize } from "node:v8";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { addEvent, newRun } from "../../client/runs/runState.ts";
import { bytesText, countText, estimateText } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../project.ts";
import { planFor } from "./peers/plan.ts";
import { median, WORKS } from "./peers/works.ts";

/** The epochs of each workload: somewhat more than half a second on a typical machine, so that a state is recorded. */
const EPOCHS: Readonly<Record<string, number>> = { W1: 1_500_000, W2: 38_000, W7: 20_000 };
/**
 * The number of pairs of a training with recording and one without. The median of their ratios counts. Other work on the machine slows down
 * both trainings of a pair, since they are short and consecutive. A pair slowed down unevenly is an outlier.
 */
const PAIRS = 21;
/** The first pairs do not count, since their code is not compiled yet. */
const WARM_UP = 2;
const noFiles = { read: () => Promise.reject(new Error("There are no files.")) };

/** Returns this thread's processor time in milliseconds, which excludes other work on the machine. */
const processorTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export interface RecordingCost {
  readonly what: string;
  /** The share of the training time. */
  readonly share: number;
  readonly text: string;
}

/** Calls `report` with each workload's cost as soon as it is measured. */
export async function recordingCosts(report: (cost: RecordingCost) => void): Promise<void> {
  for (const work of WORKS) {
    const epochs = EPOCHS[work.name];
    if (epochs === undefined) continue;
    const plan = planFor({ ...work, epochs });
    const pairs: { readonly bare: Timed; readonly recorded: Timed }[] = [];
    for (let k = 0; k < PAIRS + WARM_UP; k++) pairs.push(k % 2 === 0 ? await bareFirst(plan) : await recordedFirst(plan));
    const counted = pairs.slice(WARM_UP);
    const share = median(counted.map(({ bare, recorded }) => recorded.ms / bare.ms)) - 1;
    const { snapshots, states } = counted[0]?.recorded ?? { snapshots: 0, states: 0 };
    report({
      what: `recorded in ${countText(epochs)} epochs of ${work.what}`,
      share,
      text: `${estimateText(100 * share)} % of ${estimateText(median(counted.map(({ bare }) => bare.ms)) / 1000)} s, the median of ${PAIRS} pairs; snapshots of ${bytesText(snapshots)}, states of ${bytesText(states)}`,
    });
  }
}

// The order alternates between pairs, so that a machine that becomes slower or faster favours neither.
async function bareFirst(plan: TrainingPlan): Promise<{ readonly bare: Timed; readonly recorded: Timed }> {
  const bare = await timed(plan, false);
  return { bare, recorded: await timed(plan, true) };
}

async function recordedFirst(plan: TrainingPlan): Promise<{ readonly bare: Timed; readonly recorded: Timed }> {
  const recorded = await timed(plan, true);
  return { bare: await timed(plan, false), recorded };
}

interface Timed {
  readonly ms: number;
  /** The bytes of the snapshots stored by a host, and of all recorded states, of which it stores 64 MB. */
  readonly snapshots: number;
  readonly states: number;
}

/** Trains once. */
async function timed(plan: TrainingPlan, isWatched: boolean): Promise<Timed> {
  const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
  if (!kernels) throw new Error("The kernels are not built.");
  const run = newRun({ id: "", file: "", fileName: "", run: "", model: "", begun: 0, seed: 0, lines: {} });
  const { epochs } = plan.training;
  let states = 0;
  let done = 0;
  const began = processorTime();
  await train(plan, {
    kernels,
    // Recording is limited to a share of the time on this clock. On a busy machine the clock runs faster than the training, so more is recorded.
    host: { now: () => performance.now(), rest: async () => "go" },
    files: noFiles,
    emit(event) {
      if (event.kind === "epoch") done = event.epoch;
      if (event.kind === "snapshot") addEvent(run, event);
    },
    // The first and last epochs are always recorded, so they are excluded.
    isWatched: () => isWatched && done > 0 && done < epochs,
    ...(isWatched && {
      onState(_epoch, state) {
        states += state.length;
      },
    }),
  });
  return { ms: processorTime() - began, snapshots: serialize(run.snapshots).length, states };
}
