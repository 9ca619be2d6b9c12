/** "New Neural Network…": a file that begins as one of the samples, or with nothing. */
import * as vscode from "vscode";
import { type Template, templatesFrom } from "./template.ts";

/** `samples`: the folder of the extension's own samples. `which`: one of them by its file's name; undefined asks. */
export async function newFile(samples: vscode.Uri, which: unknown): Promise<vscode.TextDocument | undefined> {
  const read = async (name: string): Promise<Uint8Array> => await vscode.workspace.fs.readFile(vscode.Uri.joinPath(samples, name));
  const templates = templatesFrom(new TextDecoder().decode(await read("templates.json")));
  const named = templates.find(({ file }) => file === which);
  const template = named ?? (await chosen(templates));
  if (!template) return undefined;
  const text = template === "empty" ? "" : new TextDecoder().decode(await read(template.file));
  const folder = folderForFiles();
  // Asked for by name it is for a look, and one that needs no files needs no place.
  if (template === "empty" || !folder || (named && named.data.length === 0)) {
    if (template !== "empty" && template.data.length > 0)
      void vscode.window.showInformationMessage(
        `${template.file} reads ${template.data.join(" and ")}, which can only be put beside it in an open folder that you trust.`,
      );
    return await shown(await vscode.workspace.openTextDocument({ language: "nn", content: text }));
  }
  const name = await vscode.window.showInputBox({
    title: "New Neural Network",
    prompt: template.data.length > 0 ? `The new file; ${template.data.join(" and ")} will be put beside it.` : "The new file",
    value: await freeName(folder, template.file),
    validateInput: async (value) => {
      if (!/^[^/\\:*?"<>|]+\.nn$/.test(value)) return "A file's name that ends in .nn, please.";
      return (await exists(vscode.Uri.joinPath(folder, value))) ? `There is already a file ${value}; choose another name.` : undefined;
    },
  });
  if (name === undefined) return undefined;
  const place = vscode.Uri.joinPath(folder, name);
  for (const data of template.data) {
    const beside = vscode.Uri.joinPath(folder, data);
    // The user's own file of that name stays as it is.
    if (!(await exists(beside))) await vscode.workspace.fs.writeFile(beside, await read(data));
  }
  await vscode.workspace.fs.writeFile(place, new TextEncoder().encode(text));
  return await shown(await vscode.workspace.openTextDocument(place));
}

async function chosen(templates: readonly Template[]): Promise<Template | "empty" | undefined> {
  const items: (vscode.QuickPickItem & { readonly template: Template | "empty" })[] = [
    { label: "Empty file", template: "empty" },
    ...templates.map((template) => ({ label: template.file.replace(/\.nn$/, ""), detail: template.idea, template })),
  ];
  return (await vscode.window.showQuickPick(items, { placeHolder: "What should it begin as?", matchOnDetail: true }))?.template;
}

const shown = async (document: vscode.TextDocument): Promise<vscode.TextDocument> =>
  (await vscode.window.showTextDocument(document)).document;

/** The active file's folder of the workspace, or the first one; undefined where nothing may be written. */
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
