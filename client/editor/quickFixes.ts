/** Opens the editor's menu of quick fixes at a finding. */
import * as vscode from "vscode";
import { showInformation } from "./notifications.ts";
import { codeOf } from "./walkthrough.ts";

/** The maximum time to wait for a finding. */
const FINDINGS_MS = 3000;
/**
 * The time to wait between a move of the cursor and the menu. The editor requests the actions for its light bulb 250 ms after the move. That request
 * cancels a menu that still waits for its own actions.
 */
const LIGHT_BULB_MS = 500;

/** Moves the cursor to the file's finding with that code and opens its quick fixes. */
export async function showFix(document: vscode.Uri, code: unknown): Promise<void> {
  const finding = await findingIn(document, code);
  if (!finding) {
    void showInformation(`${document.path.split("/").at(-1) ?? "This file"} has no finding ${String(code)} now.`);
    return;
  }
  const shown = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === document.toString());
  const editor = await vscode.window.showTextDocument(document, { ...(shown?.viewColumn && { viewColumn: shown.viewColumn }) });
  editor.selection = new vscode.Selection(finding.range.start, finding.range.start);
  editor.revealRange(finding.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  await new Promise((resolve) => setTimeout(resolve, LIGHT_BULB_MS));
  await vscode.commands.executeCommand("editor.action.quickFix");
}

/** Returns the document's finding with that code. Waits up to `FINDINGS_MS` milliseconds, because a document that was just opened has no findings yet. */
async function findingIn(document: vscode.Uri, code: unknown): Promise<vscode.Diagnostic | undefined> {
  const find = (): vscode.Diagnostic | undefined => vscode.languages.getDiagnostics(document).find((one) => codeOf(one) === code);
  return (
    find() ??
    (await new Promise((resolve) => {
      const end = (): void => {
        listening.dispose();
        clearTimeout(timer);
        resolve(find());
      };
      const timer = setTimeout(end, FINDINGS_MS);
      const listening = vscode.languages.onDidChangeDiagnostics(() => find() && end());
    }))
  );
}
