/** Where runs are saved, and how many, by the settings of the document's workspace folder. */
import * as vscode from "vscode";
import { settingOf, userSetting, workspaceSetting } from "../editorSettings.ts";
import type { RunPlaces } from "./runStore.ts";

/** `storage` is the folder if the settings name none. */
export const runPlaces = (storage: vscode.Uri): RunPlaces => ({
  of(file) {
    const document = vscode.Uri.parse(file);
    const workspace = vscode.workspace.getWorkspaceFolder(document)?.uri;
    return { folder: folderOf(storage, workspace), keep: settingOf("runs.keep", document), group: workspace?.toString() ?? "" };
  },
  folders: () => [undefined, ...(vscode.workspace.workspaceFolders ?? [])].map((workspace) => folderOf(storage, workspace?.uri)),
});

/**
 * The user's settings may name any folder. A workspace's settings may name only folders inside the workspace, so that they can't make the
 * editor write elsewhere. `scope` is the workspace folder of the document; a document outside of all uses the first one's.
 */
function folderOf(storage: vscode.Uri, scope: vscode.Uri | undefined): vscode.Uri {
  const own = userSetting("runs.folder")?.trim();
  const workspace = scope ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const given = workspaceSetting("runs.folder", workspace)?.trim();
  const isInside = (path: string): boolean => !path.startsWith("/") && !/^[a-z]:|\\|(^|\/)\.\.(\/|$)/i.test(path);
  if (given && workspace && isInside(given)) return vscode.Uri.joinPath(workspace, given);
  if (!own) return storage;
  if (workspace && isInside(own)) return vscode.Uri.joinPath(workspace, own);
  return own.startsWith("/") || /^[a-z]:/i.test(own) ? vscode.Uri.file(own) : storage;
}
