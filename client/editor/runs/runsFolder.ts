/** Where runs are kept and how many. */
import * as vscode from "vscode";
import { settingOf, userSetting, workspaceSetting } from "../editorSettings.ts";

export const runSettings = {
  /**
   * A folder of the workspace may be named by anyone, another one by the user alone: a workspace's own settings must not make the
   * editor write elsewhere.
   */
  folder(storage: vscode.Uri): vscode.Uri {
    const own = userSetting("runs.folder")?.trim();
    const given = workspaceSetting("runs.folder")?.trim();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const isInside = (path: string): boolean => !path.startsWith("/") && !/^[a-z]:|\\|(^|\/)\.\.(\/|$)/i.test(path);
    if (given && workspace && isInside(given)) return vscode.Uri.joinPath(workspace.uri, given);
    if (!own) return storage;
    if (workspace && isInside(own)) return vscode.Uri.joinPath(workspace.uri, own);
    return own.startsWith("/") || /^[a-z]:/i.test(own) ? vscode.Uri.file(own) : storage;
  },
  keep: (): number => settingOf("runs.keep"),
};
