/** The editor's read-only page for a model file: its layers and tensors, statistics on demand, and an Import button. */
import type { ListedTensor, Listing } from "../../engine/exchange/import/listing.ts";
import { countText, numberText, plural } from "../../engine/numberText.ts";
import { type Html, html, tableOf } from "./html.ts";

export interface ModelFilePage {
  readonly title: string;
  /** The file's contents, or why they can't be shown. */
  readonly content: Listing | { readonly problem: string };
  readonly statistics: boolean;
  /** Whether the workspace is trusted. Importing requires trust. */
  readonly trusted: boolean;
  /** Allows only the page's own script and style. */
  readonly nonce: string;
}

/** The messages that the page's buttons post. */
export type ModelFileMessage = "statistics" | "import" | "trust";

export const modelFilePage = ({ title, content, statistics, trusted, nonce }: ModelFilePage): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'">
<title>${title}</title>
<style nonce="${nonce}">
body { font: var(--vscode-font-size) var(--vscode-font-family); color: var(--vscode-foreground); padding: 1rem 1.5rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
figure { margin: 0; overflow-x: auto; }
figcaption { font-weight: 600; margin-top: 1rem; }
th, td { text-align: right; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--vscode-editorWidget-border); font-variant-numeric: tabular-nums; font-weight: normal; }
thead th { font-weight: 600; white-space: nowrap; }
th:first-child, .words th, .words td { text-align: left; }
button { font: inherit; color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-button-border, transparent); padding: .3rem .8rem; cursor: pointer; }
button:hover:enabled { background: var(--vscode-button-hoverBackground); }
button:disabled { opacity: .5; cursor: default; }
p.buttons, p.reason { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; }
p.reason { color: var(--vscode-descriptionForeground); }
</style>
</head>
<body>
${"problem" in content ? html`<p role="alert">This file can't be shown: ${content.problem}</p>` : bodyOf(content, { statistics, trusted })}
<script nonce="${nonce}">
const editor = acquireVsCodeApi();
for (const button of document.querySelectorAll("button")) button.addEventListener("click", () => {
  editor.postMessage(button.id);
  if (button.id === "statistics") Object.assign(button, { disabled: true, textContent: "Computing…" });
});
</script>
</body>
</html>
`.text;

const STATISTICS = ["minimum", "maximum", "mean", "deviation", "zeros", "not finite"];

function bodyOf(listing: Listing, { statistics, trusted }: Pick<ModelFilePage, "statistics" | "trusted">): Html {
  const { kind, layers, tensors, metadata } = listing;
  const total = tensors.reduce((sum, one) => sum + numberCount(one), 0);
  const facts = Object.entries(metadata).filter(([, value]) => value.length <= 200);
  const reason = whyNotImported(listing, trusted);
  return html`<p>${capital(kind)} with ${layers.length > 0 ? `${plural(layers.length, "layer")}, ` : ""}${plural(tensors.length, "tensor")}, ${countText(total)} numbers.</p>
<p class="buttons"><button id="import"${reason === null ? "" : html` disabled aria-describedby="reason"`}>Import as .nn...</button>
<button id="statistics"${statistics ? html` disabled` : ""}>Compute statistics</button></p>
${reason === null ? "" : html`<p class="reason" id="reason">${reason}${trusted ? "" : html` <button id="trust">Manage Workspace Trust</button>`}</p>`}
${
  layers.length === 0
    ? ""
    : html`<div class="words">${tableOf({
        caption: html`Layers`,
        columns: ["name", "layer", "reads"],
        rows: layers.map(({ name, words, known, inputs }) => [
          name,
          known ? words : `${words} (has no counterpart here)`,
          inputs.join(", "),
        ]),
      })}</div>`
}
${tableOf({
  caption: html`Tensors`,
  columns: ["name", "shape", "numbers", ...(statistics ? STATISTICS : [])],
  rows: tensors.map((one) => [
    one.name,
    one.shape.length === 0 ? "one number" : one.shape.join(" × "),
    countText(numberCount(one)),
    ...(statistics ? cells(one) : []),
  ]),
})}
${facts.length > 0 ? html`<div class="words">${tableOf({ columns: ["metadata", "value"], rows: facts })}</div>` : ""}`;
}

function whyNotImported({ unimportable }: Listing, trusted: boolean): string | null {
  if (!trusted) return "An import writes files, which needs a workspace that you trust.";
  return unimportable === null ? null : `It can't be imported: ${unimportable}.`;
}

const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
const numberCount = ({ shape }: ListedTensor): number => shape.reduce((product, axis) => product * axis, 1);

const cells = ({ statistics: own }: ListedTensor): string[] =>
  own
    ? [own.min, own.max, own.mean, own.deviation]
        .map((value) => (value === null ? "–" : numberText(value)))
        .concat([countText(own.zeros), countText(own.nonfinite)])
    : STATISTICS.map(() => "–");
