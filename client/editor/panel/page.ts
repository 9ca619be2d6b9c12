/** The panel's HTML page. It loads only our script (by nonce) and our style sheets, nothing from a network. */
import * as vscode from "vscode";
import type { PageMemory } from "../../messages/panelMemory.ts";

/** Returns the page's HTML. `memory` is the page's initial memory if the editor has not saved one. */
export function panelPage(webview: vscode.Webview, root: vscode.Uri, memory: PageMemory): string {
  const nonce = crypto.randomUUID();
  const at = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    // For charts that are saved as image files.
    "img-src blob: data:",
    // These two have no default, unlike the others.
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="backprop-memory" content="${escaped(JSON.stringify(memory))}">
  <link rel="stylesheet" href="${at("panel.css")}">
  <title>Training</title>
</head>
<body>
  <main id="panel"></main>
  <script nonce="${nonce}" src="${at("panel.js")}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
