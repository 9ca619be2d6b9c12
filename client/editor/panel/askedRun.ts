/** Asks the inspector about a run's network, with the run's weights. */
import * as vscode from "vscode";
import type { HostQuestion } from "../../messages/questions.ts";
import type { InspectedAnswer, Inspections } from "../../node/inspections.ts";
import { epochsDone, whyNoWeights } from "../../runs/runState.ts";
import { readDataFile, versionOfDataFile } from "../files.ts";
import type { RunStore } from "../runs/runStore.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import type { Trainings } from "../trainings/trainings.ts";

export interface AskedParts {
  readonly trainings: Trainings;
  readonly store: RunStore;
  readonly inspections: Inspections;
}

/** Answers with the run's weights at the question's epoch, by default its newest weights. Throws an Error with a message for the user. */
export async function askRun(
  { trainings, inspections, store }: AskedParts,
  document: vscode.Uri,
  shown: OpenRun,
  question: HostQuestion,
): Promise<InspectedAnswer> {
  const { id } = shown.run.facts;
  if (!vscode.workspace.isTrusted) throw new Error("Backprop runs networks only in workspaces that you trust.");
  const checkpoint = await trainings.checkpointOf(id);
  if (!checkpoint) throw new Error(whyNoWeights(shown.run, store.pathOf(id)));
  const read = (path: string): Promise<Uint8Array> => readDataFile(path, document);
  const version = (path: string): Promise<string> => versionOfDataFile(path, document);
  const base = baseOf(trainings, shown, question);
  const data = shown.run.started?.origin?.data ?? null;
  return await inspections.ask({ id, ...shown, data, read, version }, question, { checkpoint, base });
}

/** Returns the recorded state from which to compute the weights at the question's epoch; null to use the initial weights, or without an epoch. */
function baseOf(trainings: Trainings, { run }: OpenRun, question: HostQuestion): Uint8Array | null {
  const epochs = epochsOf(question);
  const [first] = epochs;
  if (first === undefined) return null;
  if (epochs.some((epoch) => epoch > epochsDone(run))) throw new Error("The run has not come to this epoch.");
  const base = trainings.stateBefore(run.facts.id, first) ?? null;
  // A run that continues another one does not start from initial weights.
  if (!base && (run.history?.columns[0]?.[0] ?? 1) !== 1) throw new Error("The weights of this epoch were not recorded.");
  return base;
}

/** Returns the epochs whose weights a question needs; none if it needs the newest or the initial weights. */
function epochsOf(question: HostQuestion): readonly number[] {
  if (question.kind === "snapshots") return question.epochs;
  return question.kind === "rule" || question.epoch === undefined ? [] : [question.epoch];
}
