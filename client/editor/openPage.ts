/** Shows Markdown pages. */
import * as vscode from "vscode";

/** Shows a page as VS Code's Markdown preview, or as text if the built-in extension for Markdown is disabled. */
export function openPage(page: vscode.Uri): Thenable<unknown> {
  const hasPreview = vscode.extensions.getExtension("vscode.markdown-language-features") !== undefined;
  return hasPreview ? vscode.commands.executeCommand("markdown.showPreview", page) : vscode.window.showTextDocument(page);
}
