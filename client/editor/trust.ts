/** Nothing is trained or written in a workspace that the user does not trust. */
import * as vscode from "vscode";

/** Says why nothing runs where the workspace is not trusted. */
export function isTrustedHere(): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = "Manage Workspace Trust";
  void vscode.window
    .showWarningMessage("Models are trained only in workspaces that you trust.", manage)
    .then((answer) => answer === manage && vscode.commands.executeCommand("workbench.trust.manage"));
  return false;
}
