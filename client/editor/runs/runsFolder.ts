/** Where runs are saved, and how many, according to the settings of the document's workspace folder. */
import * as vscode from "vscode";
import { leadsInside } from "../../../server/nodeFiles.ts";
import { textHash } from "../../runs/textHash.ts";
import { settingOf, userSetting, workspaceSetting } from "../editorSettings.ts";
import type { RunPlaces } from "./runStore.ts";

/**
 * Returns the folder for the workspace's runs in the editor's storage. It does not use the editor's folder for a workspace (`storageUri`), because a
 * second window on the same workspace has a different one.
 */
export function workspaceStorage(storage: vscode.Uri): vscode.Uri {
  const { workspaceFile, workspaceFolders } = vscode.workspace;
  const workspace = workspaceFile ?? workspaceFolders?.[0]?.uri;
  const name = workspace ? textHash(workspace.toString()).slice(0, 16) : "no-workspace";
  return vscode.Uri.joinPath(storage, "runs", name);
}

/** `storage` is the default folder if the settings do not name one. */
export const runPlaces = (storage: vscode.Uri): RunPlaces => ({
  of(file) {
    const document = vscode.Uri.parse(file);
    const workspace = vscode.workspace.getWorkspaceFolder(document)?.uri;
    return {
      folder: folderOf(storage, workspace),
      keep: settingOf("runs.keep", document),
      group: workspace?.toString() ?? file.slice(0, file.lastIndexOf("/")),
    };
  },
  folders: () => [undefined, ...(vscode.workspace.workspaceFolders ?? [])].map((workspace) => folderOf(storage, workspace?.uri)),
});

/**
 * The user's settings may name any folder. A workspace's settings may name only folders inside the workspace, with links resolved, so that they can't
 * make the editor write elsewhere. An untrusted workspace's settings are ignored. `scope` is the document's workspace folder. A document outside all
 * workspace folders uses the first one.
 */
function folderOf(storage: vscode.Uri, scope: vscode.Uri | undefined): vscode.Uri {
  const own = userSetting("runs.folder")?.trim();
  const workspace = scope ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const given = vscode.workspace.isTrusted ? workspaceSetting("runs.folder", workspace)?.trim() : undefined;
  if (given && workspace && isInside(workspace, given)) return vscode.Uri.joinPath(workspace, given);
  if (!own) return storage;
  if (workspace && isInside(workspace, own)) return vscode.Uri.joinPath(workspace, own);
  return own.startsWith("/") || /^[a-z]:/i.test(own) ? vscode.Uri.file(own) : storage;
}

/** Whether a relative path stays inside the workspace. Checks its text and, on this machine's disk, also its target with links resolved. */
function isInside(workspace: vscode.Uri, path: string): boolean {
  if (path.startsWith("/") || /^[a-z]:|\\|(^|\/)\.\.(\/|$)/i.test(path)) return false;
  return workspace.scheme !== "file" || leadsInside(vscode.Uri.joinPath(workspace, path).fsPath, workspace.fsPath);
}
