/** The command "Import Model...": converts another program's model to a `.nn` file with its weights beside it. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { importedBy } from "../../node/exchangeProcess.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import type { CommandParts } from "../commandParts.ts";
import { baseName } from "../fileNames.ts";
import { isConfirmed, showError, showInformation } from "../notifications.ts";
import { isTrustedHere } from "../trust.ts";

export const IMPORTED = ["keras", "h5", "onnx", "safetensors", "pt", "pth"];

/** `given` is the file if the command was chosen in the Explorer. */
export async function importFile({ program }: Pick<CommandParts, "program">, given: unknown): Promise<void> {
  if (!isTrustedHere()) return;
  const source = given instanceof vscode.Uri ? given : await chosenFile();
  if (!source) return;
  const sourceName = baseName(source.toString());
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(source, "..", sourceName.replace(/\.\w+$/, ".nn")),
    filters: { "Neural network": ["nn"] },
    title: "Where to write the .nn file",
  });
  if (!target) return;
  const name = baseName(target.toString());
  const imported = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Importing ${plainText(sourceName)}…` },
    async () => importedBy(program, sourceName, await vscode.workspace.fs.readFile(source), name),
  );
  if ("problem" in imported) return void showError(plainText(imported.problem));
  for (const { path, bytes } of imported.files) {
    const file = vscode.Uri.joinPath(target, "..", path);
    // The dialog has already asked about overwriting the .nn file.
    if (
      path !== name &&
      (await exists(file)) &&
      !(await isConfirmed(`${path} exists already. Replace it with the imported weights?`, "Replace"))
    )
      return;
    try {
      await vscode.workspace.fs.writeFile(file, bytes);
    } catch (error) {
      return void showError(`${unwritable(path, error)}.`);
    }
  }
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(target));
  if (imported.notes.length > 0) void showInformation(imported.notes.join(" "));
}

async function chosenFile(): Promise<vscode.Uri | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title: "Import a Model", filters: { Models: IMPORTED } })) ?? [];
  return file;
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
