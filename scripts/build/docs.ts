/** Writes the pages generated from the code's tables: one per diagnostic, one for all words of the language, and the catalog's reference. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Entry } from "../../engine/catalog/arguments.ts";
import type { Directive } from "../../engine/catalog/directives.ts";
import { catalog, directives } from "../../engine/catalog/index.ts";
import { bodyText, wordsPage } from "../../engine/catalog/wordsPage.ts";
import { withArticle } from "../../server/language/diagnostics/nouns.ts";
import { type Code, exampleOf, isFinding, markedExample, relatedCodes, sampleOf } from "../../server/language/diagnostics/repairs.ts";
import { type Diagnostic, type DiagnosticCode, diagnostics } from "../../server/language/diagnostics/table.ts";
import { type FindingEntry, trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { inProject } from "../project.ts";
import { commandsPage } from "./commandsPage.ts";

export function writeDocs(): void {
  const folder = inProject("dist/docs");
  mkdirSync(folder, { recursive: true });
  const entries = Object.entries(diagnostics) as [DiagnosticCode, Diagnostic<never>][];
  const findings = Object.entries(trainingFindings) as [keyof typeof trainingFindings, FindingEntry][];
  for (const [code] of [...entries, ...findings]) writeFileSync(`${folder}/${code}.md`, codePage(code));
  const rows = entries.map(
    ([code, { title, severity, fix }]) => `| [${code}](${code}.md) | ${severity} | ${title} | ${fix ? "yes" : ""} |`,
  );
  const findingRows = findings.map(([code, { title, severity }]) => `| [${code}](${code}.md) | ${severity} | ${title} | |`);
  writeFileSync(
    `${folder}/diagnostics.md`,
    `# Diagnostics\n\n| code | severity | what is wrong | quick fix |\n|---|---|---|---|\n${[...rows, ...findingRows].join("\n")}\n`,
  );
  writeFileSync(`${folder}/reference.md`, referenceText());
  writeFileSync(`${folder}/commands.md`, commandsPage());
  writeFileSync(`${folder}/words.md`, wordsPage().text);
}

/** Returns the page of a code: its meaning, what to do, its example with the line marked next to the repaired file, and what to read next. */
export function codePage(code: Code): string {
  const entry: Diagnostic<never> | FindingEntry = { ...diagnostics, ...trainingFindings }[code];
  const { title, explain } = entry;
  const parts = [
    `# ${code}: ${title}`,
    `*${whenText(code, entry)}*`,
    explain,
    ...("repair" in entry ? ["## What to do", entry.repair] : []),
    "## Example",
    fenced(markedExample(code)),
    "## Repaired",
    fenced(exampleOf(code).repaired),
    ...("fix" in entry && entry.fix !== undefined ? ["## Quick fix", entry.fix] : []),
    ...furtherParts(code),
    ...("repair" in entry ? [] : ["## Hiding it", hidingText(code, entry.severity)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

const fenced = (text: string): string => `\`\`\`nn\n${text.trimEnd()}\n\`\`\``;

function whenText(code: Code, { severity }: Diagnostic<never> | FindingEntry): string {
  if (isFinding(code)) return `Reported during training: the run ${severity === "error" ? "ends" : "continues"}.`;
  if (severity === "error") return "Error: training is blocked until you fix this.";
  return `${severity === "warning" ? "Warning" : "Hint"}: you can train anyway.`;
}

const hidingText = (code: Code, severity: Diagnostic<never>["severity"]): string =>
  severity === "error"
    ? `\`# nn-ignore\` has no effect on an error. \`"backprop.severities": { "${code}": "off" }\` hides the message everywhere. The error itself remains.`
    : `To hide the message on one line, end the line with \`# nn-ignore ${code}\`. Everywhere: \`"backprop.severities": { "${code}": "off" }\` (or hint, information, warning, error).`;

/** Returns links to other codes and to a sample. */
function furtherParts(code: Code): string[] {
  const titles: Readonly<Record<Code, { readonly title: string }>> = { ...diagnostics, ...trainingFindings };
  const sample = sampleOf(code);
  const lines = [
    ...relatedCodes(code).map((other) => `- [${other}](${other}.md): ${titles[other].title}`),
    ...(sample === undefined ? [] : [`- The sample [${sample}.nn](../samples/${sample}.nn)`]),
  ];
  return lines.length === 0 ? [] : ["## See also", lines.join("\n")];
}

const PARTS: Readonly<Record<keyof typeof catalog, string>> = {
  layers: "Layers",
  activations: "Activations",
  initializers: "Initializers",
  losses: "Losses",
  optimizers: "Optimizers",
  schedules: "Learning rate schedules",
  metrics: "Metrics",
  sources: "Data sources",
  stops: "Early stopping",
  starts: "Weights to begin with",
};

/** Every other page in the package, by its address relative to the reference's folder. A test compares the list with docs/. */
const OTHER_PAGES = [
  "This page lists every word of the language. The others:",
  [
    "[First steps](../../README.md): install, train, the panel, the terminal, other editors",
    "[The language](../../docs/language/README.md), block by block: [model](../../docs/language/model.md), " +
      "[data](../../docs/language/data.md), [train](../../docs/language/train.md), [expect](../../docs/language/expect.md), " +
      "[let](../../docs/language/let.md)",
    "[Commands and settings](commands.md)",
    "[Diagnostics](diagnostics.md): every message with an example and its repair",
    "[Troubleshooting](../../docs/troubleshooting.md)",
    "[The debugger](../../docs/debugger.md): through a training step by step, forward and back in time",
    "[How it learns](../../docs/how-it-learns.md), from one neuron to backpropagation",
    "[Glossary](../../docs/glossary.md): the book's words, those here, and Keras's",
    "[Numbers of the book](../../docs/book-numbers.md), and where they are found here",
    "[Coming from Keras, PyTorch or TensorFlow Playground](../../docs/coming-from.md)",
    "[Export](../../docs/export.md) to Keras, ONNX, TensorBoard or a web page, and [import](../../docs/import.md)",
    "[On a GPU or a cluster](../../docs/cluster.md): a training as a PyTorch project",
    "[The events of a training as JSON](../../docs/events.md), and the files of `nn train --out`",
    "[How training is made fast](../../docs/kernels.md), and [how fast it is](../../docs/performance.md)",
    "[What is new](../../CHANGELOG.md)",
  ]
    .map((line) => `- ${line}`)
    .join("\n"),
].join("\n\n");

export function referenceText(): string {
  const sections = (Object.entries(PARTS) as [keyof typeof catalog, string][]).map(
    ([part, title]) =>
      `## ${title}\n\n${Object.entries(catalog[part] as Readonly<Record<string, Entry>>)
        .map(([name, entry]) => entryText(name, entry))
        .join("\n\n")}`,
  );
  const lines = (Object.entries(directives) as [string, Readonly<Record<string, Directive>>][]).map(
    ([block, table]) =>
      `## In ${withArticle(`\`${block}\``)} block\n\n${Object.entries(table)
        .map(([name, { summary, example }]) => `- [\`${name}\`](words.md#${name}): ${summary} Example: \`${example}\`.`)
        .join("\n")}`,
  );
  return `# Reference\n\n${[OTHER_PAGES, ...sections, ...lines].join("\n\n")}\n`;
}

const entryText = (name: string, entry: Entry): string => `### ${name}\n\n${bodyText(entry)}\n\n[Example](words.md#${name})`;
