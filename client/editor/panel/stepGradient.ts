/** Write Out a Gradient for the step shown in One Step, with the run's weights. */
import type * as vscode from "vscode";
import type { FromPanel } from "../../messages/panelMessages.ts";
import { askWeight, firstWeight, showGradient } from "../gradientDocument.ts";
import { showError } from "../notifications.ts";
import type { OpenRun } from "../trainings/savedRun.ts";
import { type AskedParts, askRun } from "./askedRun.ts";
import type { WalkQuestion } from "./printedStep.ts";

type Place = Extract<FromPanel, { kind: "writeGradient" }>["weight"];

/** Asks for the weight unless `place` is a weight, and opens the document. */
export async function writeStepGradient(
  parts: AskedParts,
  document: vscode.Uri,
  shown: OpenRun | undefined,
  { weight: ofPath, ...step }: WalkQuestion,
  place: Place,
): Promise<void> {
  if (!shown) return void showError("No training is shown, so there is no step to derive.");
  const suggested = ofPath ? nameOf(ofPath) : firstWeight(shown.plan);
  if (suggested === undefined) return void showError("This network has no layer with a kernel, so there is no gradient to write out.");
  const of = place ? nameOf(place) : await askWeight(suggested);
  if (of === undefined) return;
  await showGradient(async () => {
    const { answer } = await askRun(parts, document, shown, { ...step, kind: "derivation", of });
    return answer.kind === "derivation" ? answer.markdown : "";
  });
}

const nameOf = ({ layer, input, unit }: NonNullable<Place>): string => `${layer}.kernel[${input}, ${unit}]`;
