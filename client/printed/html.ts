/** Builds self-contained HTML pages. They run no scripts and make no requests, and all text is escaped. */

/** Text that is already HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | number | Html | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

function textOf(content: Content): string {
  if (content instanceof Html) return content.text;
  return typeof content === "object" ? content.map(textOf).join("") : escaped(String(content));
}

/** Returns HTML from a template. Escapes every value that is not `Html`. */
export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Html =>
  new Html(parts.map((part, k) => part + (k < values.length ? textOf(values[k] ?? "") : "")).join(""));

/** Returns the text as HTML, with parts in backticks as code. */
export const withCode = (text: string): Html =>
  html`${text.split("`").map((part, k) => (k % 2 === 0 ? part : html`<code>${part}</code>`))}`;

export interface PrintedTable {
  readonly caption?: Html;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Returns a table whose first column names the rows. */
export const tableOf = ({ caption, columns, rows }: PrintedTable): Html => html`<figure>
${caption ? html`<figcaption>${caption}</figcaption>\n` : ""}<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(([first = "", ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table>
</figure>
`;

/** Returns the text of an HTML file to show and print in a browser. */
export const pageText = (title: string, content: readonly Html[]): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${content}</body>
</html>
`.text;

/** Black on white in every theme. A table is not split across sheets of paper, and a heading stays with the content below it. */
const STYLE = `
:root { color-scheme: light; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: #fff; color: #111; font: 11pt/1.45 system-ui, sans-serif; }
h1 { font-size: 17pt; margin: 0 0 .3rem; }
h2 { font-size: 12.5pt; margin: 1.6rem 0 .2rem; border-top: 1px solid #bbb; padding-top: .6rem; }
h2 small { float: right; color: #555; font-weight: normal; font-size: 9.5pt; }
p { margin: .3rem 0; }
.facts { color: #444; }
.formula, .workings, code, td { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
.formula { background: #f2f2f2; padding: .25rem .5rem; }
.matrices { display: flex; flex-wrap: wrap; align-items: start; column-gap: 1.5rem; }
figure { margin: .5rem 0; }
table { border-collapse: collapse; font-size: 9.5pt; }
figcaption { font-size: 9.5pt; padding-bottom: .15rem; }
figcaption code { color: #555; padding-left: .6rem; }
th, td { border: 1px solid #bbb; padding: .12rem .45rem; text-align: right; }
thead th { background: #f2f2f2; }
tbody th { text-align: left; font-weight: normal; }
.workings { flex: 0 0 100%; columns: 24rem; margin: 0 0 .5rem; padding: 0; font-size: 8.5pt; list-style: none; overflow-wrap: anywhere; }
.workings li { break-inside: avoid; white-space: pre-wrap; padding-bottom: .15rem; }
.workings span { color: #555; font-family: system-ui, sans-serif; }
@page { margin: 16mm; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 10pt; }
  h2, figcaption, .formula { break-after: avoid; }
  figure { break-inside: avoid; }
}
`;
