/** Writes One Step of a run as a page to print in the browser. */
import type * as vscode from "vscode";
import type { Question } from "../../messages/questions.ts";
import { stepPage } from "../../printed/stepPage.ts";
import { showError } from "../notifications.ts";
import type { RunActions } from "../runs/runActions.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import { type AskedParts, askRun } from "./askedRun.ts";

export type WalkQuestion = Extract<Question, { kind: "walk" }>;
export const NEXT_BATCH: WalkQuestion = { kind: "walk", weights: "current", rows: "batch", row: 0 };

export interface PrintParts extends AskedParts {
  readonly runActions: Pick<RunActions, "exportPage">;
}

/** Computes the step and writes its page where the user chooses. */
export async function printStep(
  parts: PrintParts,
  document: vscode.Uri,
  shown: OpenRun | undefined,
  question: WalkQuestion,
): Promise<void> {
  if (!shown) return void showError("No training is shown, so there is no step to print.");
  const { fileName, id } = shown.run.facts;
  try {
    const { answer } = await askRun(parts, document, shown, question);
    if (answer.kind === "walk") await parts.runActions.exportPage(id, "step", stepPage(fileName, shown.plan, answer.walk));
  } catch (error) {
    void showError(error instanceof Error ? error.message : String(error));
  }
}
