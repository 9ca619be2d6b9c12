/** Notifications about the run history: a run that can't be saved, and runs deleted because of a limit. */
import * as vscode from "vscode";
import { countText, plural } from "../../../engine/numberText.ts";
import { plainText } from "../../../engine/safeText.ts";
import type { EpochRange } from "../../runs/recordedEpochs.ts";
import { nameOf, type RunState } from "../../runs/runState.ts";
import { showError, showInformation } from "../notifications.ts";
import type { Trainings } from "../trainings/trainings.ts";
import type { Discarded, RunStore } from "./runStore.ts";

const EXPORT = "Export Weights...";
const SETTING = "Open Setting";

export function showRunMessages(
  trainings: Trainings,
  store: RunStore,
  runActions: { readonly exportWeights: (id: string) => Promise<void> },
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  /** Only the first deletion is a notification. Later ones appear in the status bar. */
  let isFirst = true;
  return vscode.Disposable.from(
    trainings.onSavingProblem(async ({ run, reason }) => {
      if (reason === undefined) return;
      const answer = await showError(unsavedText(run, reason), EXPORT);
      if (answer === EXPORT) await runActions.exportWeights(run.facts.id);
    }),
    store.onDiscard(async (discarded) => {
      const text = plainText(discardedText(discarded));
      log.info(text);
      if (!isFirst) {
        vscode.window.setStatusBarMessage(text, 6000);
        return;
      }
      isFirst = false;
      const answer = await showInformation(text, SETTING);
      if (answer === SETTING) await vscode.commands.executeCommand("workbench.action.openSettings", "backprop.runs.keep");
    }),
  );
}

export const unsavedText = (run: RunState, reason: string): string =>
  `The run ${nameOf(run)} of ${run.facts.fileName} can't be saved: ${reason}. Export what you need of it before you close this window.`;

/** The maximum number of gaps that a message names. */
const MOST_GAPS = 3;

/** Says which epochs a run's exported history lacks. */
export function missingText(run: RunState, missing: readonly EpochRange[]): string {
  const named = missing.slice(0, MOST_GAPS).map(([from, to]) => (from === to ? countText(from) : `${countText(from)} to ${countText(to)}`));
  const others = missing.length - named.length;
  const epochs = `${named.join(", ")}${others > 0 ? ` and ${plural(others, "more gap")}` : ""}`;
  return `The exported history of ${nameOf(run)} lacks epochs that could not be saved during the training: ${epochs}.`;
}

export function discardedText({ run, limit, keep }: Discarded): string {
  const why =
    limit === "keep" ? `the setting backprop.runs.keep keeps ${plural(keep, "run")}` : "the saved runs took more than 2 GB together";
  return `Deleted the oldest run, ${run.name} of ${run.fileName}, ${new Date(run.begun).toLocaleString()}: ${why}.`;
}
