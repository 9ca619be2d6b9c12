/** Hovers: the meaning of the word under the cursor, with the shapes, parameters and data of this file. */

import type { Entry } from "../../engine/catalog/arguments.ts";
import type { Directive } from "../../engine/catalog/directives.ts";
import { catalog, directives, entryOf, partNouns } from "../../engine/catalog/index.ts";
import { keywords } from "../../engine/catalog/keywords.ts";
import { takesActivation } from "../../engine/catalog/layers.ts";
import { shapeText, sizeOf } from "../../engine/catalog/shapes.ts";
import { wordsPage } from "../../engine/catalog/wordsPage.ts";
import { countText, roundedText } from "../../engine/numberText.ts";
import { markdownText } from "../../engine/safeText.ts";
import type { Analysis } from "../language/analysis.ts";
import { dividingLine } from "../language/checks/linearSeparability.ts";
import { type Word, wordAt } from "../language/query/wordAt.ts";
import { readUse } from "../language/resolve/argumentReader.ts";
import type { ColumnFacts } from "../language/resolve/columnFacts.ts";
import type { ResolvedData } from "../language/resolve/data.ts";
import { entryOfLayer, hasKernel, isActivationLine, type ResolvedLayer, type ResolvedModel } from "../language/resolve/resolvedModel.ts";
import type { Declaration } from "../language/resolve/scope.ts";
import type { Span } from "../language/syntax/span.ts";
import { initializerOf } from "../language/toPlan.ts";
import { pictureOf } from "./curvePictures.ts";
import { defaultText, entryMarkdown } from "./markdown.ts";

export interface HoverText {
  readonly markdown: string;
  readonly span: Span;
}

/** `docs` is the URL of the folder with the pages, if there is one. */
export function hover(analysis: Analysis, offset: number, docs?: string): HoverText | undefined {
  const word = wordAt(analysis, offset);
  const markdown = word && markdownOf(word, analysis);
  if (!word || !markdown) return undefined;
  const line = docs === undefined ? undefined : lineOf(explainedWord(word));
  return { markdown: line === undefined ? markdown : `${markdown}\n\n[Example](${docs}/words.md#L${line})`, span: word.span };
}

/** Returns the line of the word on the page of all words. */
const lineOf = (word: string | undefined): number | undefined => (word === undefined ? undefined : wordsPage().lines.get(word));

/** Returns the language word whose section on that page explains this one; undefined for the file's own names. */
function explainedWord(word: Word): string | undefined {
  switch (word.kind) {
    case "layer":
      return word.isLabel || !entryOfLayer(word.layer) ? undefined : word.layer.node.name.text;
    case "option":
      return word.option.word;
    case "entry":
    case "argument":
    case "directive":
    case "keyword":
      return word.name;
    case "column":
    case "model":
    case "data":
    case "let":
      return undefined;
  }
}

function markdownOf(word: Word, analysis: Analysis): string | undefined {
  switch (word.kind) {
    case "layer":
      return layerMarkdown(word.layer, word.model, word.isLabel, analysis);
    case "entry": {
      const entry = (catalog[word.part] as Readonly<Record<string, Entry>>)[word.name];
      // The plot uses the settings in the file.
      const scope = { report: () => undefined, lets: analysis.lets, text: analysis.text };
      const settings = word.call && numbersOf(readUse(word.part, word.call, scope));
      return entry && entryMarkdown(word.name, partNouns[word.part], entry, pictureOf(word.part, word.name, settings));
    }
    case "argument": {
      const entry = entryOf(catalog[word.part] as Readonly<Record<string, Entry>>, word.of);
      const spec = entry && entryOf(entry.arguments, word.name);
      return spec && `**${word.name}**${defaultText(spec)} (argument of ${word.of})\n\n${spec.summary}`;
    }
    case "directive": {
      const directive = (directives[word.block] as Readonly<Record<string, Directive>>)[word.name];
      return directive && `**${word.name}** (${word.block})\n\n${directive.summary}\n\n\`\`\`nn\n${directive.example}\n\`\`\``;
    }
    case "option":
      return `**${word.option.word}** (option of ${word.of})\n\n${word.option.summary}`;
    case "column":
      return columnMarkdown(word.column, word.data);
    case "model":
      return modelMarkdown(word.model);
    case "data":
      return dataMarkdown(word.data);
    case "let":
      return letMarkdown(word.declaration, analysis);
    case "keyword": {
      const { summary, example } = keywords[word.name];
      return `**${word.name}** (keyword)\n\n${summary}\n\n\`\`\`nn\n${example}\n\`\`\``;
    }
  }
}

/** Shows a computed value as written in the file, with its result. */
function letMarkdown({ name, value }: Declaration, { text, tree }: Analysis): string {
  const node = tree.blocks.find((block) => block.kind === "let" && block.name?.text === name?.text);
  const written = node?.kind === "let" && node.value ? text.slice(node.value.span.start, node.value.span.end) : "";
  const result = value?.kind === "number" && written !== value.text ? ` = ${roundedText(value.value, 7)}` : "";
  return `**${name?.text}** (\`let\`) = ${markdownText(written)}${result}`;
}

/** Returns the numeric settings of any entry, regardless of its arguments. */
const numbersOf = (use: { readonly read: { readonly numbers: object } } | undefined): Readonly<Record<string, number>> => ({
  ...use?.read.numbers,
});

function layerMarkdown(layer: ResolvedLayer, model: ResolvedModel, isLabel: boolean, { trains }: Analysis): string {
  const { id, output, parameters, kind } = layer;
  const entry = entryOfLayer(layer);
  const facts = [
    `**${id}**: ${output ? `output ${shapeText(output)}` : "the output shape is not known yet"}`,
    parameters === undefined
      ? ""
      : parameters.length === 0
        ? "no parameters"
        : `${countText(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0))} parameters (${parameters.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(", ")})`,
    takesActivation(kind) && hasKernel(layer) ? `kernel starts as ${layer.starts.kernel ? "written" : startText(layer, model)}` : "",
  ];
  const line = trains
    .filter((train) => train.model === model)
    .map((train) => dividingLine(train, layer))
    .find((text) => text !== undefined);
  const own = [facts.filter((fact) => fact !== "").join(" · "), ...(line === undefined ? [] : [markdownText(line)])].join("\n\n");
  if (isLabel || !entry) return own;
  const name = layer.node.name.text;
  const [what, part] = isActivationLine(layer) ? (["activation", "activations"] as const) : (["layer", "layers"] as const);
  return `${own}\n\n---\n\n${entryMarkdown(name, what, entry, pictureOf(part, name, layer.activation?.settings))}`;
}

/** Returns the kernel's initializer, with a note if it is implicit and Keras has a different default. */
function startText(layer: ResolvedLayer, model: ResolvedModel): string {
  const { name } = initializerOf(layer, model);
  return layer.initializer || name === KERAS_START
    ? name
    : `${name} (Keras' Dense starts with ${KERAS_START}, which is \`init=${KERAS_START}\`)`;
}
const KERAS_START = "glorot_uniform";

function modelMarkdown({ name, layers, outputs }: ResolvedModel): string {
  const total = layers.reduce((sum, { parameters }) => sum + (parameters ?? []).reduce((s, { shape }) => s + sizeOf(shape), 0), 0);
  const rows = layers.map(
    ({ id, output, parameters }) =>
      `| ${id} | ${output ? shapeText(output) : "?"} | ${parameters ? countText(parameters.reduce((s, { shape }) => s + sizeOf(shape), 0)) : "?"} |`,
  );
  const shown = rows.length > 20 ? [...rows.slice(0, 10), `| … ${rows.length - 20} more … | | |`, ...rows.slice(-10)] : rows;
  return `**model ${name}**: ${layers.length} layers, ${countText(total)} parameters, output ${outputs.map(({ id }) => id).join(", ")}\n\n| layer | output | parameters |\n|---|---|---|\n${shown.join("\n")}`;
}

function dataMarkdown({ name, rows, columns, images, target, delimiter, isSample, sampleText }: ResolvedData): string {
  if (images) return `**data ${name}**: ${rows === undefined ? "" : `${countText(rows)} `}images of ${shapeText(images.shape)}`;
  const columnRows = (columns ?? [])
    .slice(0, 30)
    .map(
      (column) =>
        `| ${markdownText(column.name)}${target.includes(column.name) ? " (target)" : ""} | ${rangeText(column)} | ${column.gaps > 0 ? countText(column.gaps) : ""} |`,
    );
  const count =
    rows === undefined
      ? isSample
        ? `a large file, of which the ${sampleText} were read`
        : "rows not known yet"
      : `${countText(rows)} rows`;
  const cells = delimiter === undefined ? "" : `, cells separated by ${delimiter}`;
  return `**data ${name}**: ${count}${cells}\n\n| column | values | gaps |\n|---|---|---|\n${columnRows.join("\n")}`;
}

function columnMarkdown(column: ColumnFacts, data: ResolvedData): string {
  const kind =
    column.kind === "empty"
      ? "no values"
      : column.kind === "text"
        ? `text, ${column.words.length} words: ${column.words.slice(0, 12).map(markdownText).join(", ")}${column.words.length > 12 ? ", …" : ""}`
        : `numbers from ${roundedText(column.min)} to ${roundedText(column.max)}, mean ${roundedText(column.mean)}, deviation ${roundedText(column.deviation)}`;
  const balance = data.target.includes(column.name) && column.counts.size > 1 ? balanceText(column, data) : "";
  return `**${markdownText(column.name)}** (column of ${data.name})\n\n${kind}${balance}${column.gaps > 0 ? `; ${countText(column.gaps)} gaps` : ""}`;
}

/** Returns a table with the number of rows per class, in the order of the class numbers. */
function balanceText({ counts }: ColumnFacts, { classes, isSample, sampleText }: ResolvedData): string {
  const order = classes ?? [...counts.keys()];
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  const rows = order
    .slice(0, 20)
    .map(
      (name, k) =>
        `| ${k} | ${markdownText(name)} | ${countText(counts.get(name) ?? 0)} | ${roundedText((100 * (counts.get(name) ?? 0)) / total)} % |`,
    );
  const sampled = isSample ? `\n\nCounted in the file's ${sampleText}.` : "";
  return `\n\n| number | class | rows | share |\n|---|---|---|---|\n${rows.join("\n")}${sampled}`;
}

const rangeText = ({ kind, words, min, max }: ColumnFacts): string =>
  kind === "empty"
    ? "none"
    : kind === "text"
      ? words.slice(0, 5).map(markdownText).join(", ") + (words.length > 5 ? ", …" : "")
      : `${roundedText(min)} to ${roundedText(max)}`;
