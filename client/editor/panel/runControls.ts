/** Handles a panel's messages that act on a training or a saved run without changing what the panel shows. */
import * as vscode from "vscode";
import type { FromPanel } from "../../messages/panelMessages.ts";
import type { PanelParts } from "./panelParts.ts";

type Control = Extract<
  FromPanel,
  { kind: "pause" | "resume" | "stop" | "pace" | "step" | "exportHistory" | "exportModel" | "exportWeights" | "exportPicture" }
>;

/** `file` is the panel's file, `id` the shown run. */
export async function controlRun(
  { trainings, runActions, pace }: Pick<PanelParts, "trainings" | "runActions" | "pace">,
  file: string,
  id: string | undefined,
  message: Control,
): Promise<unknown> {
  switch (message.kind) {
    case "pause":
      return trainings.pause(file);
    case "resume":
      return trainings.resume(file);
    case "stop":
      return trainings.stop(file);
    case "pace":
      return pace.set(message.pace);
    case "step":
      return trainings.step(file);
    case "exportHistory":
      return id && (await runActions.exportHistory(id, message.format));
    case "exportModel":
      return id && (await vscode.commands.executeCommand("backprop.runs.export", id));
    case "exportWeights":
      return id && (await runActions.exportWeights(id));
    case "exportPicture":
      return id && (await runActions.exportPicture(id, message.name, message.format, Buffer.from(message.base64, "base64")));
  }
}
