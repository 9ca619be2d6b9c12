/** Where runs are kept and how many. */
import * as vscode from "vscode";

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("backprop");

export const runSettings = {
  /**
   * A folder of the workspace may be named by anyone, another one by the user alone: a workspace's own settings must not make the
   * editor write elsewhere.
   */
  folder(storage: vscode.Uri): vscode.Uri {
    const found = settings().inspect<string>("runs.folder");
    const own = found?.globalValue?.trim();
    const given = (found?.workspaceFolderValue ?? found?.workspaceValue)?.trim();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const isInside = (path: string): boolean => !path.startsWith("/") && !/^[a-z]:|\\|(^|\/)\.\.(\/|$)/i.test(path);
    if (given && workspace && isInside(given)) return vscode.Uri.joinPath(workspace.uri, given);
    if (!own) return storage;
    if (workspace && isInside(own)) return vscode.Uri.joinPath(workspace.uri, own);
    return own.startsWith("/") || /^[a-z]:/i.test(own) ? vscode.Uri.file(own) : storage;
  },
  keep: (): number => settings().get<number>("runs.keep", 50),
};
