/** The code lens above a training that has run: the loss of its newest weights, with a link to its panel. */
import * as vscode from "vscode";
import { numberText } from "../../../engine/numberText.ts";
import { epochsDone, type RunState, restoredEpoch, weightsEpoch } from "../../runs/runState.ts";
import { textHash } from "../../runs/textHash.ts";

/**
 * Returns the lens beside `Train Model` if that block trained the run; undefined for other lenses, and until the run has an epoch or a failure.
 * `text` is the document's current text.
 */
export function lastRunLens(lens: vscode.CodeLens, run: RunState | undefined, text: string): [vscode.CodeLens] | undefined {
  if (lens.command?.command !== "backprop.train" || !run || run.facts.run !== lens.command.arguments?.[2]) return undefined;
  const title = lensTitle(run);
  if (title === undefined) return undefined;
  const isChanged = run.facts.text !== undefined && run.facts.text !== textHash(text);
  const command = { command: "backprop.showPanel", arguments: [run.facts.file] };
  return [new vscode.CodeLens(lens.range, { title: isChanged ? `${title} (the text has changed since)` : title, ...command })];
}

function lensTitle(run: RunState): string | undefined {
  const { status, end } = run;
  const own = weightsEpoch(run);
  if (status === "diverged" || status === "failed") return `$(error) ${status === "failed" ? "failed" : "numbers overflowed"}`;
  if (!own) return undefined;
  const best = restoredEpoch(run) === null ? "" : ` (best of ${epochsDone(run)})`;
  const validated = own.valLoss === null ? "" : `, val_loss ${numberText(own.valLoss)}`;
  return `$(graph-line) ${end === null ? "epoch" : "after epoch"} ${own.epoch}${best}: loss ${numberText(own.loss)}${validated}`;
}
