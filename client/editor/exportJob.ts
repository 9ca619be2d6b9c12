/** Export Training Job: the terminal's `nn job` writes the project from the saved text into a folder that the user chooses. */
import * as vscode from "vscode";
import { plainText } from "../../engine/safeText.ts";
import type { TrainingChoice } from "../../server/protocol.ts";
import { programOutput } from "../node/programOutput.ts";
import { allowedFolders, settingOf } from "./editorSettings.ts";
import { baseName } from "./fileNames.ts";
import { showError, showInformation } from "./notifications.ts";
import { openPage } from "./openPage.ts";

/** Asks for the folder and writes the job. `program` is the path of the terminal's command. The document must be saved. */
export async function exportJob(program: string, document: vscode.Uri, { run, problem, planned }: TrainingChoice): Promise<void> {
  if (!planned) return void showInformation(problem?.message ?? `The training ${run} can't be run yet.`);
  const folder = vscode.workspace.getWorkspaceFolder(document)?.uri ?? vscode.Uri.joinPath(document, "..");
  const out = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${baseName(document.toString()).replace(/\.nn$/i, "")}-job`),
    saveLabel: "Export",
    title: "A new folder for the PyTorch project",
  });
  if (!out) return;
  const allowed = allowedFolders().map((uri) => `--allow=${vscode.Uri.parse(uri).fsPath}`);
  const options = [`--out=${out.fsPath}`, `--run=${run}`, `--precision=${settingOf("precision", document)}`, ...allowed];
  let notes: string[];
  try {
    const printed = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: "Exporting the training job" },
      () => programOutput(program, ["job", ...options, "--", document.fsPath], folder.fsPath),
    );
    // What differs in PyTorch; the last line says where the job is.
    notes = printed.trim().split("\n").slice(0, -1);
  } catch (error) {
    return void showError(plainText(error instanceof Error ? error.message : String(error)));
  }
  const open = "Open README";
  const answer = await showInformation(
    [
      `The training job is in ${plainText(baseName(out.toString()))}. Its README.md has the commands that start it; Open Run Folder follows it here.`,
      ...notes.map(plainText),
    ].join(" "),
    open,
  );
  if (answer === open) await openPage(vscode.Uri.joinPath(out, "README.md"));
}
