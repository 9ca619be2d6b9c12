/** A series of trainings of one plan, each from the next seed. Each starts when the previous one has ended. */
import * as vscode from "vscode";
import type { TrainingChoice } from "../../../server/protocol.ts";
import { newId } from "../../runs/runFolder.ts";
import { isOver, type RunState } from "../../runs/runState.ts";
import { seededPlans, seedName } from "../../runs/seedResults.ts";
import type { Beginning, Trainings } from "./trainings.ts";

/**
 * Trains from `count` seeds, until a training is stopped or fails, or another training of the file starts. A diverged training counts as a result.
 * Returns the first run. Throws an Error if the choice has no plan.
 */
export async function startSeeds(
  trainings: Trainings,
  document: vscode.Uri,
  choice: TrainingChoice,
  count: number,
  from: Beginning = {},
): Promise<RunState> {
  const { planned } = choice;
  if (!planned) throw new Error("A training without a plan can't be started.");
  const plans = seededPlans(planned.plan, count);
  const series = newId(Date.now());
  const start = async (at: vscode.Uri, plan = planned.plan): Promise<RunState> =>
    await trainings.start(
      at,
      { ...choice, planned: { ...planned, plan } },
      { ...from, series, name: seedName(choice.run, plan.training.seed) },
    );
  let next = 1;
  let current: RunState | undefined;
  const listening = trainings.onChange(({ file, run }) => {
    if (!current || file !== current.facts.file) return;
    if (run !== current) listening.dispose();
    else if (isOver(run)) {
      const plan = plans[next++];
      current = undefined;
      if (!plan || run.status === "stopped" || run.status === "failed") listening.dispose();
      // The ended training is saved first. Its file may have been renamed since the series started.
      else
        queueMicrotask(async () => {
          current = await start(vscode.Uri.parse(run.facts.file), plan);
        });
    }
  });
  current = await start(document, plans[0]);
  return current;
}
