/** The trust check. An untrusted workspace neither trains nor writes. */
import * as vscode from "vscode";
import { showWarning } from "./notifications.ts";

/** Returns whether the workspace is trusted. If it is not, a warning explains why nothing runs. */
export function isTrustedHere(): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = "Manage Workspace Trust";
  void showWarning("Backprop trains models and changes runs only in workspaces that you trust.", manage).then(
    (answer) => answer === manage && vscode.commands.executeCommand("workbench.trust.manage"),
  );
  return false;
}
