/** The command "New Neural Network…": creates a file from a sample, or an empty file. */
import * as vscode from "vscode";
import { besideWalkthrough, type Samples } from "./samples.ts";
import type { Template } from "./template.ts";

/** Asks for a template. Returns the new document, or undefined if the user cancelled. */
export async function newFile(samples: Samples): Promise<vscode.TextDocument | undefined> {
  const template = await chosen(await samples.templates());
  if (!template) return undefined;
  const text = template === "empty" ? "" : new TextDecoder().decode(await samples.read(template.file));
  const folder = folderForFiles();
  if (template === "empty" || (!folder && template.data.length === 0))
    return await shown(await vscode.workspace.openTextDocument({ language: "nn", content: text }));
  if (!folder) {
    // Without a folder, only the folder of the walkthrough's samples can hold the data.
    const copy = await samples.show(template.file);
    return copy && (await vscode.workspace.openTextDocument(copy));
  }
  const name = await vscode.window.showInputBox({
    title: "New Neural Network",
    prompt:
      template.data.length > 0 ? `Name of the new file. ${template.data.join(" and ")} will be copied beside it.` : "Name of the new file",
    value: await freeName(folder, template.file),
    validateInput: async (value) => {
      if (!/^[^/\\:*?"<>|]+\.nn$/.test(value)) return "Enter a file name that ends in .nn.";
      return (await exists(vscode.Uri.joinPath(folder, value))) ? `A file named ${value} already exists. Choose another name.` : undefined;
    },
  });
  if (name === undefined) return undefined;
  const place = vscode.Uri.joinPath(folder, name);
  for (const data of template.data) {
    const beside = vscode.Uri.joinPath(folder, data);
    // An existing file with that name belongs to the user and is not overwritten.
    if (!(await exists(beside))) await vscode.workspace.fs.writeFile(beside, await samples.read(data));
  }
  await vscode.workspace.fs.writeFile(place, new TextEncoder().encode(text));
  return await shown(await vscode.workspace.openTextDocument(place));
}

async function chosen(templates: readonly Template[]): Promise<Template | "empty" | undefined> {
  const items: (vscode.QuickPickItem & { readonly template: Template | "empty" })[] = [
    { label: "Empty file", template: "empty" },
    ...templates.map((template) => ({ label: template.file.replace(/\.nn$/, ""), detail: template.idea, template })),
  ];
  return (await vscode.window.showQuickPick(items, { placeHolder: "Choose a template", matchOnDetail: true }))?.template;
}

const shown = async (document: vscode.TextDocument): Promise<vscode.TextDocument> =>
  (await vscode.window.showTextDocument(document, { viewColumn: besideWalkthrough() })).document;

/** Returns the active file's workspace folder, or the first one; undefined if the workspace is untrusted or has no folder. */
function folderForFiles(): vscode.Uri | undefined {
  if (!vscode.workspace.isTrusted) return undefined;
  const active = vscode.window.activeTextEditor?.document.uri;
  return ((active && vscode.workspace.getWorkspaceFolder(active)) ?? vscode.workspace.workspaceFolders?.[0])?.uri;
}

async function freeName(folder: vscode.Uri, name: string): Promise<string> {
  const stem = name.replace(/\.nn$/, "");
  for (let k = 1; ; k++) {
    const candidate = k === 1 ? name : `${stem}-${k}.nn`;
    if (!(await exists(vscode.Uri.joinPath(folder, candidate)))) return candidate;
  }
}

const exists = async (uri: vscode.Uri): Promise<boolean> => {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
};
