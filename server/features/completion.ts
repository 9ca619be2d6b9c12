/** Completion at the cursor, most likely items first. It uses the tokens before the cursor, not the tree, so it also works in a file with errors. */

import type { CompletionItem, CompletionItemKind, InsertTextFormat } from "vscode-languageserver";
import { aliases } from "../../engine/catalog/aliases.ts";
import { type Argument, type Arguments, type Entry, isNumeric } from "../../engine/catalog/arguments.ts";
import type { Directive } from "../../engine/catalog/directives.ts";
import { type CatalogPart, catalog, directives, entryOf, isName, names, partNouns } from "../../engine/catalog/index.ts";
import type { LayerKind } from "../../engine/catalog/layers.ts";
import { isInputWord } from "../../engine/catalog/layers.ts";
import { type Loss, losses } from "../../engine/catalog/losses.ts";
import { roundedText } from "../../engine/numberText.ts";
import type { Analysis } from "../language/analysis.ts";
import { type Place, placeAt } from "../language/query/cursorPlace.ts";
import { categoriesOf } from "../language/resolve/columnFacts.ts";
import type { ResolvedData } from "../language/resolve/data.ts";
import { isSourceLine } from "../language/resolve/ownSources.ts";
import type { ResolvedModel } from "../language/resolve/resolvedModel.ts";
import type { Span } from "../language/syntax/span.ts";
import { escapedText, writtenName } from "../language/syntax/writtenName.ts";
import { pictureOf } from "./curvePictures.ts";
import { defaultText, entryMarkdown } from "./markdown.ts";

/** Values of the protocol's enumerations. Only their types are imported here. */
const KIND = {
  Function: 3,
  Field: 5,
  Variable: 6,
  Module: 9,
  Property: 10,
  Keyword: 14,
  Snippet: 15,
  File: 17,
  EnumMember: 20,
  Class: 7,
} satisfies Record<string, CompletionItemKind>;
const SNIPPET: InsertTextFormat = 2;

export interface Offer {
  readonly item: CompletionItem;
  /** What the item replaces. */
  readonly span: Span;
}

/** Returns the completion items at an offset. `files`: the data files beside the document, for a cursor inside a path. */
export function completion(analysis: Analysis, offset: number, files: readonly string[]): Offer[] {
  const place = placeAt(analysis, offset);
  if (place.inComment) return [];
  const items = place.text ? fileItems(place, files) : itemsAt(place, analysis);
  const span = place.text?.span ?? place.typed;
  return items.map((item, i) => ({ span, item: { sortText: String(i).padStart(4, "0"), ...item } }));
}

/** Whether the cursor is inside a path, so that the caller should list the data files. */
export function wantsFiles(analysis: Analysis, offset: number): boolean {
  const place = placeAt(analysis, offset);
  return place.text !== undefined && place.block === "data" && isSourceLine(place.words[0]);
}

function itemsAt(place: Place, analysis: Analysis): CompletionItem[] {
  if (place.call) return callItems(place, place.call);
  switch (place.block) {
    case undefined:
      return headItems(place, analysis);
    case "model":
      return modelItems(place, analysis);
    case "data":
      return dataItems(place, analysis);
    case "train":
      return trainItems(place, analysis);
    case "expect":
      return place.words.length === 0 ? [...entries("metrics", KIND.EnumMember), ...directiveItems("expect")] : [];
  }
}

const DATA_FORM = 'data ${6:Data} {\n  source csv("${7:file.csv}")\n  target ${8:column}\n  scale  standard\n';
const CLASSIFIER =
  "model ${1:Classifier} {\n  input ${2:4}\n  dense ${3:16} ${4:relu}\n  dense ${5:3} softmax\n}\n\n" +
  `${DATA_FORM}  split  validation=0.2\n}\n\n` +
  "train ${1:Classifier} on ${6:Data} {\n  loss      sparse_categorical_crossentropy\n  optimizer adam\n  metrics   accuracy\n  epochs    ${9:50}\n}\n$0";
const REGRESSION =
  "model ${1:Regression} {\n  input ${2:8}\n  dense ${3:30} ${4:relu}\n  dense ${5:1}\n}\n\n" +
  `${DATA_FORM}  scale_target standard\n  split  validation=0.2\n}\n\n` +
  "train ${1:Regression} on ${6:Data} {\n  loss      mse\n  optimizer adam\n  metrics   mae\n  epochs    ${9:50}\n}\n$0";

function headItems({ words }: Place, { models, data }: Analysis): CompletionItem[] {
  const [first] = words;
  if (first === undefined) {
    return [
      snippet(
        "model",
        "A network: its layers, from input to output.",
        "model ${1:Name} {\n  input ${2:4}\n  dense ${3:16} relu\n  dense ${4:3} softmax\n}",
      ),
      snippet(
        "data",
        "Rows from a file.",
        'data ${1:Name} {\n  source csv("${2:file.csv}")\n  target ${3:column}\n  scale  standard\n  split  validation=0.2\n}',
      ),
      snippet(
        "train",
        "A training of a model on data.",
        "train ${1:Model} on ${2:Data} {\n  loss      ${3:mse}\n  optimizer ${4:adam}\n  epochs    ${5:10}\n}",
      ),
      snippet("expect", "What the trained model is expected to do.", "expect ${1:Model} on ${2:Data} {\n  ${3:accuracy} >= ${4:0.9}\n}"),
      snippet("let", "A named value.", "let ${1:name} = ${2:1}"),
      snippet("classifier", "A complete file for classification: model, data and training.", CLASSIFIER),
      snippet("regression", "A complete file for regression: model, data and training.", REGRESSION),
    ];
  }
  if (first !== "train" && first !== "expect") return [];
  if (words.at(-1) === "on") return data.map(({ name }) => plain(name, KIND.Module, "data"));
  if (words.length === 1) return models.map(({ name }) => plain(name, KIND.Class, "model"));
  return words.includes("on") ? [] : [plain("on", KIND.Keyword, "followed by the data")];
}

function modelItems(place: Place, analysis: Analysis): CompletionItem[] {
  const { words, argument } = place;
  const model = analysis.models.find(({ name }) => name === place.blockName) ?? analysis.models[0];
  const labels = (model?.layers ?? [])
    .filter(({ node }) => node.span.end < place.typed.start)
    .map(({ id, kind }) => plain(id, KIND.Variable, kind));
  const [word] = words;
  if (word === undefined) {
    return [
      ...entries("layers", KIND.Function, (name) => entryOf(LAYER_SNIPPETS, name) ?? undefined),
      plain("repeat", KIND.Keyword, "repeats the lines of a block"),
      plain("output", KIND.Keyword, "names the model's outputs"),
      ...entries("activations", KIND.EnumMember),
    ];
  }
  if (word === "output" || words.includes("from")) return labels;
  if (argument === "init") return entries("initializers", KIND.EnumMember);
  if (argument === "activation") return entries("activations", KIND.EnumMember);
  if (argument !== undefined) return booleanItems(entryOf(argumentsOf(word), argument));
  if (isInputWord(word)) return columnItems(model, analysis);
  const spec: Arguments = argumentsOf(word);
  const [first] = Object.entries(spec);
  // A layer's size comes first. No value is likelier than another, so nothing is offered.
  const needsSize = first?.[1].kind === "integer" && isRequired(first[1]) && words.length === 1;
  if (needsSize || words.at(-1) === ",") return [];
  const hasActivation = words.slice(1).some((other) => isName(catalog.activations, other));
  return [
    ...("activation" in spec && !hasActivation ? entries("activations", KIND.EnumMember) : []),
    ...argumentItems(
      Object.fromEntries(Object.entries(spec).filter(([name, one]) => !(isUnnamed(one) || (name === first?.[0] && isRequired(one))))),
      words,
    ),
    plain("from", KIND.Keyword, "takes other inputs than the layer above"),
  ];
}

const isRequired = (spec: Argument): boolean => isNumeric(spec) && spec.default === undefined;
/** Whether the argument is written without its name: activations and shapes are. */
const isUnnamed = ({ kind }: Argument): boolean => kind === "activation" || kind === "shape";

/** What a layer's name expands to: a snippet with its usual arguments. null inserts the name alone. */
const LAYER_SNIPPETS: { readonly [K in LayerKind]: string | null } = {
  input: null,
  dense: "dense ${1:16} ${2:relu}",
  tlu: null,
  neuron: null,
  flatten: null,
  reshape: null,
  dropout: "dropout ${1:0.2}",
  batch_norm: null,
  layer_norm: null,
  normalize: null,
  concat: null,
  add: null,
  multiply: null,
  subtract: null,
  average: null,
  maximum: null,
  minimum: null,
  gaussian_noise: "gaussian_noise ${1:0.1}",
  prelu: null,
};

/** The snippets of sources that need a file name. Generators need no arguments. */
const FILE_SOURCES: ReadonlyMap<string, string> = new Map([
  ["csv", 'csv("$1")'],
  ["idx", 'idx("$1", "$2")'],
]);

function dataItems(place: Place, { data, models }: Analysis): CompletionItem[] {
  const own = data.find(({ name }) => name === place.blockName) ?? data[0];
  const [word] = place.words;
  if (word === undefined) return directiveItems("data");
  if (isSourceLine(word)) return entries("sources", KIND.Function, (name) => FILE_SOURCES.get(name));
  if (word === "features" || word === "target" || word === "one_hot" || word === "ignore") {
    const columns = own?.columns ?? [];
    const outputs = word === "target" && place.words.length === 1 ? (models[0]?.outputs ?? []) : [];
    const texts = columns.filter(({ kind }) => kind === "text");
    const others = columns.filter((column) => column.kind !== "text" && categoriesOf(column).length > 0);
    return [
      ...(word === "one_hot" ? [...texts, ...others] : columns).map(columnItem),
      ...(outputs.length > 1 ? outputs : []).map(({ id }) => plain(`${id}=`, KIND.Property, "output")),
      ...(word === "target" && place.words.length === 1 ? [plain("features", KIND.Keyword, "an autoencoder's target")] : []),
    ];
  }
  if (word === "class_weight") return [...formItems(directives.data, word), ...classItems(own)];
  if (word === "classes")
    return (own?.column(own.target[0] ?? "")?.words ?? []).map((name) => plain(writtenName(name), KIND.EnumMember, "class"));
  return formItems(directives.data, word);
}

/** Returns the values of the target columns that may be classes, as names of weights. */
function classItems(data: ResolvedData | undefined): CompletionItem[] {
  const columns = (data?.target ?? []).flatMap((name) => data?.column(name) ?? []);
  const names = data?.classes ?? columns.flatMap(({ counts }) => [...counts.keys()]);
  const written = (name: string): string => (columns.some(({ kind }) => kind === "number") ? name : writtenName(name));
  return [...new Set(names)].map((name) => plain(`${written(name)}=`, KIND.Property, "class"));
}

function trainItems(place: Place, { models }: Analysis): CompletionItem[] {
  const [word] = place.words;
  const model = models.find(({ name }) => name === place.blockName) ?? models[0];
  if (word === undefined) return directiveItems("train");
  if (word === "loss") return lossItems(model);
  if (word === "loss_weights") return (model?.outputs ?? []).map(({ id }) => plain(`${id}=`, KIND.Property, "output"));
  if (word === "optimizer") return place.words.length === 1 ? entries("optimizers", KIND.Function) : [];
  if (word === "metrics") return entries("metrics", KIND.EnumMember).filter(({ label }) => !place.words.includes(label));
  if (word === "stop") return entries("stops", KIND.Function);
  return formItems(directives.train, word);
}

/** Losses that fit the output activation come first, and their detail says so. */
function lossItems(model: ResolvedModel | undefined): CompletionItem[] {
  const activation = model?.outputs[0]?.activation?.name;
  const rank = (name: keyof typeof losses): number => {
    const place = activation ? (losses[name] as Loss).fits.indexOf(activation) : -1;
    return place < 0 ? 99 : place;
  };
  return [...names(losses)]
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => ({ ...entryItem("losses", name, KIND.EnumMember), ...(rank(name) < 99 && { detail: `loss, fits ${activation}` }) }));
}

function callItems(place: Place, call: NonNullable<Place["call"]>): CompletionItem[] {
  if (place.argument === "learning_rate") return entries("schedules", KIND.Function);
  for (const part of ["optimizers", "schedules", "losses", "activations", "initializers", "metrics", "stops", "sources"] as const) {
    const table: object = catalog[part];
    if (!isName(table, call.name)) continue;
    const spec: Arguments = (table as Record<string, Entry>)[call.name]?.arguments ?? {};
    if (place.argument !== undefined) {
      if (place.argument === "monitor")
        return ["val_loss", "loss", "val_accuracy", "accuracy"].map((name) => plain(name, KIND.EnumMember, "monitored value"));
      return booleanItems(entryOf(spec, place.argument));
    }
    return argumentItems(spec, call.given);
  }
  return [];
}

function argumentsOf(layer: string): Arguments {
  if (isName(catalog.layers, layer)) return catalog.layers[layer].arguments;
  return isName(catalog.activations, layer) ? catalog.activations[layer].arguments : {};
}

const argumentItems = (spec: Arguments, given: readonly string[]): CompletionItem[] =>
  Object.entries(spec)
    .filter(([name]) => !given.includes(name))
    .map(([name, one]) => ({ label: `${name}=`, kind: KIND.Property, detail: defaultText(one).trim(), documentation: one.summary }));

function booleanItems(spec: Argument | undefined): CompletionItem[] {
  if (spec?.kind === "choice") return spec.options.map((option) => plain(option, KIND.EnumMember, spec.summary));
  return spec?.kind === "boolean" || spec?.kind === "bias"
    ? [plain("true", KIND.Keyword, spec.summary), plain("false", KIND.Keyword, spec.summary)]
    : [];
}

/** Returns the words that a directive takes. */
function formItems(table: Readonly<Record<string, Directive>>, word: string): CompletionItem[] {
  const takes = Object.hasOwn(table, word) ? table[word]?.takes : undefined;
  switch (takes?.form) {
    case "choice":
      return takes.options.map((option) => plain(option, KIND.EnumMember, word));
    case "boolean":
      return [plain("true", KIND.Keyword, word), plain("false", KIND.Keyword, word)];
    case "fractions":
      return takes.names.map((name) => plain(`${name}=`, KIND.Property, word));
    case "number":
    case "classWeights":
      return (takes.words ?? []).map((name) => plain(name, KIND.Keyword, word));
    default:
      return [];
  }
}

function columnItems(model: ResolvedModel | undefined, { trains, data }: Analysis): CompletionItem[] {
  const own = trains.find((train) => train.model?.node === model?.node)?.data ?? data[0];
  return (own?.columns ?? []).filter(({ name }) => !own?.target.includes(name)).map(columnItem);
}

const columnItem = ({
  name,
  kind,
  min,
  max,
  words,
}: {
  name: string;
  kind: string;
  min: number;
  max: number;
  words: readonly string[];
}): CompletionItem => ({
  label: writtenName(name),
  kind: KIND.Field,
  detail: kind === "empty" ? "no values" : kind === "text" ? `text, ${words.length} words` : `${roundedText(min)} to ${roundedText(max)}`,
});

function fileItems(place: Place, files: readonly string[]): CompletionItem[] {
  if (place.block !== "data" || !isSourceLine(place.words[0])) return [];
  return files.map((name) => ({ label: escapedText(name), kind: KIND.File }));
}

const directiveItems = (block: keyof typeof directives): CompletionItem[] =>
  Object.entries(directives[block] as Readonly<Record<string, Directive>>).map(([name, { summary, example }]) => ({
    label: name,
    kind: KIND.Keyword,
    documentation: { kind: "markdown", value: `${summary}\n\n\`\`\`nn\n${example}\n\`\`\`` },
  }));

function entries(
  part: CatalogPart,
  kind: CompletionItemKind,
  insert: (name: string) => string | undefined = () => undefined,
): CompletionItem[] {
  return names(catalog[part] as Readonly<Record<string, Entry>>).map((name) => {
    const text = insert(name);
    return { ...entryItem(part, name, kind), ...(text !== undefined && { insertText: text, insertTextFormat: SNIPPET }) };
  });
}

function entryItem(part: CatalogPart, name: string, kind: CompletionItemKind): CompletionItem {
  const entry = (catalog[part] as Readonly<Record<string, Entry>>)[name];
  const what = partNouns[part];
  const others = OTHER_NAMES.get(name);
  return {
    label: name,
    kind,
    detail: what,
    ...(others !== undefined && { filterText: `${name} ${others}` }),
    ...(entry && {
      documentation: { kind: "markdown", value: entryMarkdown(name, what, entry, pictureOf(part, name)) },
    }),
    ...(COMMIT[part] && { commitCharacters: [...COMMIT[part]] }),
  };
}

/** Characters that accept an item of the part when typed, and are inserted after it. */
const COMMIT: { readonly [K in CatalogPart]?: readonly string[] } = {
  optimizers: ["("],
  schedules: ["("],
  stops: ["("],
  losses: ["("],
  metrics: [","],
};

/** The names of entries in other libraries, by our name. Typing one finds the entry. */
const OTHER_NAMES: ReadonlyMap<string, string> = Object.entries(aliases).reduce(
  (found, [other, ours]) => found.set(ours, `${found.get(ours) ?? ""} ${other}`.trim()),
  new Map<string, string>(),
);

const plain = (label: string, kind: CompletionItemKind, detail: string): CompletionItem => ({ label, kind, detail });
const snippet = (label: string, detail: string, insertText: string): CompletionItem => ({
  label,
  kind: KIND.Snippet,
  detail,
  insertText,
  insertTextFormat: SNIPPET,
});
