/** Prepares a training for debugging, from its start or from a saved run. */
import { basename } from "node:path";
import { DataProblem } from "../../engine/data/problem.ts";
import { openSavedStepper, openStepper, type SavedStepper } from "../../engine/debug/open.ts";
import type { Place } from "../../engine/debug/places.ts";
import type { Stepper } from "../../engine/debug/stepper.ts";
import { lineKeys } from "../../engine/debug/tensors.ts";
import { plural } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { firstError, LaunchProblem, lineAt, type Program, type Source } from "./program.ts";
import type { SavedRun } from "./savedRun.ts";

/** The mini-batch before which the session starts. `batch` counts from 1. */
interface Beginning {
  readonly epoch: number;
  readonly batch: number;
}

interface Opened {
  readonly plan: TrainingPlan;
  readonly stepper: Stepper;
  readonly notes: readonly string[];
}

/** Throws `LaunchProblem` if the file has no such training. */
export async function trainingProgram(source: Source): Promise<Program> {
  const { launch, path, text, present, saved } = source;
  const { planned, notes } = chosenTraining(source);
  const { plan, stepper, notes: ofStart } = saved ? await openSaved(source, saved, planned.plan) : await openFresh(source, planned.plan);
  const { layout } = stepper.timeline.cursor;
  const lineOfKey = (key: string): number => lineAt(text, planned.sources[key]?.start ?? 0);
  const lineOf = (place: Place): number =>
    lineOfKey(lineKeys(place, stepper.timeline).find((key) => planned.sources[key] !== undefined) ?? "train");
  const edited = `${basename(path)} has changed since this run was trained. The debugger shows the text that was trained.`;
  return {
    path,
    text,
    present,
    planned: { ...planned, plan },
    stepper,
    precision: saved?.precision ?? launch.precision ?? "float32",
    lineOf,
    lineOfKey,
    blockLine: lineOfKey("train"),
    stopLines: [...new Set(layout.placesOf(layout.batches - 1).map(lineOf))].sort((a, b) => a - b),
    notes: [...notes, ...(text !== present ? [edited] : []), ...ofStart],
  };
}

/** Returns the training that `run` names, the one at the line, or the first. */
function chosenTraining({ launch, path, text, analysis, saved }: Source) {
  const name = basename(path);
  const { trains, plans } = analysis;
  const { line } = launch;
  const run = launch.run ?? saved?.trained?.plan.training.run;
  const labels = trains.map(({ node, model }) => node.label?.text ?? model?.name ?? "");
  const atLine = trains.findIndex(
    ({ node }) => line !== undefined && lineAt(text, node.span.start) <= line && line <= lineAt(text, node.span.end),
  );
  const at = run !== undefined ? labels.indexOf(run) : Math.max(atLine, 0);
  if (at < 0)
    throw new LaunchProblem(`${name} has no training named ${run}; there ${labels.length === 1 ? "is" : "are"} ${labels.join(", ")}.`);
  const planned = plans[at];
  if (!planned) throw firstError(analysis, path);
  const isGuessed = labels.length > 1 && run === undefined && atLine < 0;
  const guessed = `${name} has the trainings ${labels.join(", ")}. This is ${labels[at]}; set \`run\` to debug another one.`;
  return { planned, notes: isGuessed ? [guessed] : [] };
}

async function openFresh({ launch, files, kernels }: Source, written: TrainingPlan): Promise<Opened> {
  if (launch.at !== undefined) throw new LaunchProblem("`at` is a place of a saved run; set `from` to the folder of that run.");
  const plan = launch.seed === undefined ? written : { ...written, training: { ...written.training, seed: launch.seed } };
  const stepper = await openStepper(plan, { files, precision: launch.precision ?? "float32", kernels });
  const { epoch = 1, batch = 1 } = launch;
  await goTo(stepper, { epoch, batch });
  return { plan, stepper, notes: [] };
}

async function openSaved({ launch, files, kernels }: Source, saved: SavedRun, written: TrainingPlan): Promise<Opened> {
  const whole = saved.trained?.plan ?? written;
  const { epochs } = whole.training;
  const first = { epoch: saved.epoch + 1, batch: 1 };
  let beginning = beginningOf(launch, saved);
  // The run may end with its best or last epoch, so a session after it needs a longer plan.
  const planned = (): TrainingPlan =>
    beginning.epoch > epochs ? { ...whole, training: { ...whole.training, epochs: beginning.epoch } } : whole;
  const open = async (plan: TrainingPlan): Promise<SavedStepper> => {
    const options = { files, precision: saved.precision, kernels };
    return await openSavedStepper(plan, { checkpoint: saved.checkpoint, fit: saved.trained?.fit }, options).catch((error: unknown) => {
      throw error instanceof DataProblem ? error : new LaunchProblem(`The weights of ${saved.name} can't be used: ${messageOf(error)}.`);
    });
  };
  let plan = planned();
  let opened = await open(plan);
  if (!opened.isSame && beginning.epoch < first.epoch) {
    beginning = first;
    plan = planned();
    if (plan !== whole) opened = await open(plan);
  }
  const { stepper, isSame, changes } = opened;
  await goTo(stepper, beginning);
  return {
    plan,
    stepper,
    notes: [
      ...(isSame ? [] : [changedText(saved, changes)]),
      ...(plan === whole ? [] : [`The run has ${plural(epochs, "epoch")}; it is debugged for longer, from epoch ${beginning.epoch} on.`]),
    ],
  };
}

/** Returns where the session starts. Throws `LaunchProblem` if the run has no such place. */
function beginningOf({ at, epoch, batch = 1 }: Source["launch"], { name, epoch: last, bestEpoch, diverged }: SavedRun): Beginning {
  if (epoch !== undefined) return { epoch, batch };
  if (at === "start") return { epoch: 1, batch };
  if (at === "best") {
    if (bestEpoch === undefined) throw new LaunchProblem(`${name} has no record of its epochs, so its best one is not known.`);
    return { epoch: bestEpoch + 1, batch };
  }
  if (at === "diverged") {
    if (!diverged) throw new LaunchProblem(`No number of ${name} became infinite or NaN; set \`at\` to "best" or "last".`);
    return diverged;
  }
  return { epoch: last + 1, batch };
}

function changedText({ epoch, trained }: SavedRun, changes: readonly string[]): string {
  const why = trained
    ? `The data have changed since this run was trained${changes.length > 0 ? ` (${changes.join("; ")})` : ""}`
    : "This run is of an older version, so it is not known whether the file and its data have changed since";
  return `${why}. The training continues from the weights and the optimizer's state after epoch ${epoch}; there is nothing before.`;
}

async function goTo({ goTo: go, timeline }: Stepper, { epoch, batch }: Beginning): Promise<void> {
  await go({ epoch, batch: Math.min(batch, timeline.cursor.layout.batches) - 1, index: 0, isDone: false });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
