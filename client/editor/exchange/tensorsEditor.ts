/** Shows a safetensors file: names, shapes and, when asked, statistics of its numbers. It changes nothing. */
import * as vscode from "vscode";
import { countText, numberText, plural } from "../../../engine/numberText.ts";
import { headerBytes, headerFrom, statisticsFrom, type TensorHeader, type TensorStatistics } from "../../node/tensorFile.ts";
import { html, type PrintedTable, tableOf } from "../../printed/html.ts";
import { baseName } from "../fileNames.ts";
import { showError } from "../notifications.ts";

/** Larger files are not read whole. */
const MOST_BYTES = 2 ** 29;

export async function showTensors(file: vscode.Uri, panel: vscode.WebviewPanel): Promise<void> {
  panel.webview.options = { enableScripts: true, localResourceRoots: [] };
  const show = (body: string): void => {
    panel.webview.html = page(baseName(file.toString()), body);
  };
  const beginning = async (): Promise<Uint8Array> =>
    file.scheme === "file" ? await headerBytes(file.fsPath) : await vscode.workspace.fs.readFile(file);
  try {
    const header = headerFrom(await beginning());
    show(bodyOf(header, undefined));
    panel.webview.onDidReceiveMessage(async (message: unknown) => {
      if (message === "import") await vscode.commands.executeCommand("backprop.import", file);
      if (message === "statistics") show(bodyOf(header, await statistics(file)));
    });
  } catch (error) {
    show(html`<p>This file can't be shown: ${error instanceof Error ? error.message : String(error)}.</p>`.text);
  }
}

async function statistics(file: vscode.Uri): Promise<ReadonlyMap<string, TensorStatistics> | undefined> {
  try {
    const { size } = await vscode.workspace.fs.stat(file);
    if (size > MOST_BYTES) throw new Error(`it has ${countText(size / 2 ** 20)} MB, more than ${MOST_BYTES / 2 ** 20}`);
    return statisticsFrom(await vscode.workspace.fs.readFile(file));
  } catch (error) {
    void showError(`The statistics can't be computed: ${error instanceof Error ? error.message : String(error)}.`);
    return undefined;
  }
}

const STATISTICS = ["minimum", "maximum", "mean", "deviation", "zeros", "not finite"];

function bodyOf({ tensors, metadata }: TensorHeader, computed: ReadonlyMap<string, TensorStatistics> | undefined): string {
  const numbers = tensors.map(({ shape }) => shape.reduce((product, axis) => product * axis, 1));
  const table: PrintedTable = {
    columns: ["name", "shape", "numbers", ...(computed ? STATISTICS : [])],
    rows: tensors.map(({ name, shape }, k) => [
      name,
      shape.length === 0 ? "one number" : shape.join(" × "),
      countText(numbers[k] ?? 0),
      ...(computed ? cells(computed.get(name)) : []),
    ]),
  };
  const facts = Object.entries(metadata).filter(([, value]) => value.length <= 200);
  const total = numbers.reduce((sum, one) => sum + one, 0);
  return html`<p>${plural(tensors.length, "tensor")}, ${countText(total)} numbers.</p>
<p><button id="statistics">Compute statistics</button> <button id="import">Import as a .nn file...</button></p>
${tableOf(table)}
${facts.length > 0 ? tableOf({ columns: ["metadata", "value"], rows: facts.map(([key, value]) => [key, value]) }) : ""}`.text;
}

const cells = (own: TensorStatistics | undefined): string[] =>
  own
    ? [own.min, own.max, own.mean, own.deviation]
        .map((value) => (Number.isFinite(value) ? numberText(value) : "–"))
        .concat([countText(own.zeros), countText(own.nonFinite)])
    : STATISTICS.map(() => "–");

function page(title: string, body: string): string {
  const nonce = crypto.randomUUID();
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'">
<title>${title}</title>
<style nonce="${nonce}">
body { font: var(--vscode-font-size) var(--vscode-font-family); color: var(--vscode-foreground); padding: 1rem 1.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
figure { margin: 0; overflow-x: auto; }
th, td { text-align: right; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--vscode-editorWidget-border); font-variant-numeric: tabular-nums; font-weight: normal; }
thead th { font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
button { font: inherit; color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-button-border, transparent); padding: .3rem .8rem; cursor: pointer; }
button:hover { background: var(--vscode-button-hoverBackground); }
</style>
</head>
<body>`.text
    .concat(body)
    .concat(
      html`<script nonce="${nonce}">
const editor = acquireVsCodeApi();
for (const name of ["statistics", "import"]) document.getElementById(name)?.addEventListener("click", () => editor.postMessage(name));
</script>
</body>
</html>`.text,
    );
}
