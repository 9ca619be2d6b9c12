/** Where runs are saved, and how many. */
import * as vscode from "vscode";
import { settingOf, userSetting, workspaceSetting } from "../editorSettings.ts";

export const runSettings = {
  /**
   * Returns the folder of the runs; `storage` is the default. The user's settings may name any folder. A workspace's settings may name
   * only folders inside the workspace, so that they can't make the editor write elsewhere.
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
  limit: (): number => settingOf("runs.keep"),
};
