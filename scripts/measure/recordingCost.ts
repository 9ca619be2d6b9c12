/** What is recorded while a panel shows a training (snapshots and states): its share of the training time, and its memory. */
import { pathToFileURL } from "node:url";
import { serialize } from "node:v8";
import { kernelFiles } from "../../client/node/kernelFiles.ts";
import { addEvent, newRun } from "../../client/runs/runState.ts";
import { bytesText, countText, estimateText } from "../../engine/numberText.ts";
import { train } from "../../engine/training/trainer.ts";
import { inProject } from "../project.ts";
import { planFor } from "./peers/plan.ts";
import { WORKS } from "./peers/works.ts";

/** The epochs of each work: a few seconds on a usual machine. */
const EPOCHS: Readonly<Record<string, number>> = { W1: 6_000_000, W2: 300_000, W7: 150_000 };
/** Trainings with and without recording, in turns. The fastest of each counts. */
const TURNS = 3;
const noFiles = { read: () => Promise.reject(new Error("There are no files.")) };

/** Returns the milliseconds of processor time that this thread has taken: other work on the machine does not count. */
const processorTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export interface RecordingCost {
  readonly what: string;
  /** Share of the training time. */
  readonly share: number;
  readonly text: string;
}

/** Calls `report` with the cost of each work when it is measured. */
export async function recordingCosts(report: (cost: RecordingCost) => void): Promise<void> {
  for (const work of WORKS) {
    const epochs = EPOCHS[work.name];
    if (epochs === undefined) continue;
    const plan = planFor({ ...work, epochs });
    const bare: number[] = [];
    const recorded: Timed[] = [];
    for (let k = 0; k < TURNS; k++) {
      bare.push((await timed(plan, false)).ms);
      recorded.push(await timed(plan, true));
    }
    const least = Math.min(...bare);
    const share = Math.min(...recorded.map(({ ms }) => ms)) / least - 1;
    const { snapshots, states } = recorded[0] ?? { snapshots: 0, states: 0 };
    report({
      what: `recorded in ${countText(epochs)} epochs of ${work.what}`,
      share,
      text: `${estimateText(100 * share)} % of ${estimateText(least / 1000)} s, snapshots of ${bytesText(snapshots)}, states of ${bytesText(states)}`,
    });
  }
}

interface Timed {
  readonly ms: number;
  /** The bytes that a host keeps of the snapshots, and those of all recorded states, of which it keeps 64 MB. */
  readonly snapshots: number;
  readonly states: number;
}

/** Trains once. */
async function timed(plan: ReturnType<typeof planFor>, isWatched: boolean): Promise<Timed> {
  const kernels = kernelFiles(pathToFileURL(inProject("dist", "/")));
  if (!kernels) throw new Error("The kernels are not built.");
  const run = newRun({ id: "", file: "", fileName: "", run: "", model: "", begun: 0, seed: 0, lines: {} });
  let states = 0;
  const began = processorTime();
  await train(plan, {
    kernels,
    host: { now: () => performance.now(), rest: async () => "go" },
    files: noFiles,
    emit(event) {
      if (event.kind === "snapshot") addEvent(run, event);
    },
    isWatched: () => isWatched,
    ...(isWatched && {
      onState(_epoch, state) {
        states += state.length;
      },
    }),
  });
  return { ms: processorTime() - began, snapshots: serialize(run.snapshots).length, states };
}
