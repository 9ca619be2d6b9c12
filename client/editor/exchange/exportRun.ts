/** The command "Export...": writes a run for another program, after listing what the export leaves out. */
import * as vscode from "vscode";
import { type FormatName, formats } from "../../../engine/exchange/formats.ts";
import { plainText } from "../../../engine/safeText.ts";
import { type ExchangedFile, exportedBy } from "../../node/exchangeProcess.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { divergenceNotes, nameOf, whyNoWeights } from "../../runs/runState.ts";
import { weightsFrom } from "../../runs/trainedFile.ts";
import type { CommandParts } from "../commandParts.ts";
import { allowedFolders } from "../editorSettings.ts";
import { isConfirmedWith, showError } from "../notifications.ts";
import { isTrustedHere } from "../trust.ts";

export async function exportRun({ trainings, store, program }: CommandParts, id: string): Promise<void> {
  if (!isTrustedHere()) return;
  const open = await trainings.open(id);
  if (!open) return void showError("This run is no longer in the history.");
  const checkpoint = await trainings.checkpointOf(id);
  if (!checkpoint) return void showError(whyNoWeights(open.run, store.pathOf(id)));
  const format = await chosenFormat();
  if (!format) return;
  const { title, extension } = formats[format];
  const source = vscode.Uri.parse(open.run.facts.file);
  const beside = source.scheme === "file" ? vscode.Uri.joinPath(source, "..").fsPath : undefined;
  const workspace = vscode.workspace.getWorkspaceFolder(source)?.uri;
  const exported = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Exporting for ${title}…` },
    () =>
      exportedBy(program, {
        weights: weightsFrom(checkpoint),
        folder: store.pathOf(id),
        format,
        dataFolder: beside,
        allow: [
          ...(workspace?.scheme === "file" ? [workspace.fsPath] : []),
          ...allowedFolders().map((uri) => vscode.Uri.parse(uri).fsPath),
        ],
      }),
  );
  if ("problem" in exported) return void showError(`The export failed: ${plainText(exported.problem)}`);
  if (
    !(await isConfirmedWith(
      `Export ${nameOf(open.run)}: ${title}`,
      [...divergenceNotes(open.run.end), ...exported.notes],
      "Choose Location...",
    ))
  )
    return;
  const stem = `${open.run.facts.fileName.replace(/\.nn$/, "")}-${nameOf(open.run)}`.replaceAll(/[^\p{L}\d_.-]+/gu, "-");
  const name = extension === null ? `${stem}-logs` : `${stem}.${extension}`;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(source, "..", name),
    ...(extension !== null && { filters: { [title]: [extension] } }),
  });
  if (target) await write(target, exported.files);
}

async function chosenFormat(): Promise<FormatName | undefined> {
  const items = (Object.keys(formats) as FormatName[]).map((format) => ({
    label: formats[format].title,
    detail: `${formats[format].summary[0]?.toUpperCase()}${formats[format].summary.slice(1)}`,
    format,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "Export for…", matchOnDetail: true }))?.format;
}

async function write(target: vscode.Uri, files: readonly ExchangedFile[]): Promise<void> {
  const name = target.path.split("/").at(-1) ?? "";
  try {
    for (const { path, bytes } of files)
      await vscode.workspace.fs.writeFile(path === "" ? target : vscode.Uri.joinPath(target, path), bytes);
    void vscode.window.setStatusBarMessage(`Exported ${plainText(name)}`, 4000);
  } catch (error) {
    void showError(`${unwritable(name, error)}.`);
  }
}
