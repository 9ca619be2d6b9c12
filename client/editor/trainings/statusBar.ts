/** The status bar item of a running training: its progress. A click shows the panel. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { isOver, statusText } from "../../runs/runState.ts";
import type { Trainings } from "./trainings.ts";

export function showStatus(trainings: Trainings): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("backprop.training", vscode.StatusBarAlignment.Left);
  item.name = "Backprop training";
  const listening = trainings.onChange(({ run }) => {
    if (isOver(run)) {
      // If another file is training, its next event shows the item again.
      item.hide();
      return;
    }
    item.text = statusText(run);
    item.tooltip = `${plainText(run.facts.fileName)}: show the training panel`;
    item.command = { command: "backprop.showPanel", title: "Show Training Panel", arguments: [run.facts.file] };
    item.show();
  });
  return vscode.Disposable.from(item, listening);
}
