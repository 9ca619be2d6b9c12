/** The status bar item for trainings in progress. A click shows the panel, or a list if there are several trainings. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { statusOfAll } from "../../runs/runState.ts";
import { shownName } from "../fileNames.ts";
import type { Trainings } from "./trainings.ts";

export function showStatus(trainings: Trainings): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("backprop.training", vscode.StatusBarAlignment.Left);
  item.name = "Backprop training";
  item.command = "backprop.showTrainings";
  const listening = trainings.onChange(() => {
    const runs = trainings.inProgress();
    const files = runs.map(({ facts }) => facts.file);
    if (runs.length === 0) {
      item.hide();
      return;
    }
    item.text = statusOfAll(runs);
    item.tooltip = `${files.map((file) => plainText(shownName(file, files))).join(", ")}: show the training panel`;
    item.show();
  });
  return vscode.Disposable.from(item, listening);
}
