/** Completion inside a `model`: layers, their arguments, labels and columns. */
import type { CompletionItem } from "vscode-languageserver";
import { activations } from "../../../engine/catalog/activations.ts";
import type { Argument, Arguments } from "../../../engine/catalog/arguments.ts";
import { catalog, entryOf, isName } from "../../../engine/catalog/index.ts";
import { isInputWord, type Layer, type LayerKind } from "../../../engine/catalog/layers.ts";
import { shapeText, sizeOf } from "../../../engine/catalog/shapes.ts";
import { categoriesOf } from "../../language/resolve/columnFacts.ts";
import { featureShape } from "../../language/resolve/features.ts";
import { isInput, type ResolvedModel } from "../../language/resolve/resolvedModel.ts";
import { writtenName } from "../../language/syntax/writtenName.ts";
import { columnItems, dataOfModel, modelAround } from "./columns.ts";
import { blockAround, type Context } from "./context.ts";
import { argumentItems, entries, KIND, numberItems, plain } from "./items.ts";
import { type Label, labelsBefore } from "./labels.ts";
import { isRequired } from "./required.ts";
import { callItems, isNumber, letItems, valueItems } from "./values.ts";

export function modelItems(context: Context): CompletionItem[] {
  const { place } = context;
  const [word] = place.words;
  if (word === undefined) return lineItems(context);
  if (place.call) return callItems(context, []);
  const model = modelAround(context);
  const labels = labelsBefore(context, model);
  if (word === "output") return labelItems(labels, [...place.words.slice(1)]);
  if (word === "repeat") return place.items.length === 0 ? [...letItems(context, isNumber), ...numberItems([2, 3, 4], "copies")] : [];
  const entry = entryOfWord(word);
  if (!entry) return [];
  const isJoining = "inputs" in entry && entry.inputs === "several";
  if (place.from) return place.from.length === 0 || isJoining || !("inputs" in entry) ? labelItems(labels, place.from) : [];
  if (place.argument !== undefined) {
    const spec = entryOf(entry.arguments, place.argument);
    return spec
      ? valueItems(
          spec,
          context,
          fittingWords(
            spec,
            place.items.map(({ value }) => value ?? ""),
          ),
        )
      : [];
  }
  if (isInputWord(word)) return inputItems(context, model);
  if ("inputs" in entry && entry.inputs === "named") return neuronItems(context, model, labels);
  if (isJoining && place.isInBrackets)
    return labelItems(
      labels,
      place.items.map(({ value }) => value ?? ""),
    );
  return layerItems(context, model, entry);
}

type LayerEntry = { readonly arguments: Arguments } & Partial<Pick<Layer, "inputs" | "positional">>;

/** A line may also start with the name of an activation. Its first setting needs no name. */
function entryOfWord(word: string): LayerEntry | undefined {
  if (isName(catalog.layers, word)) return catalog.layers[word];
  const activation = entryOf(catalog.activations, word);
  return activation && { arguments: activation.arguments };
}

/** The snippet for a layer's name, with its usual arguments. null inserts only the name. */
const LAYER_SNIPPETS: { readonly [K in LayerKind]?: string } = {
  dense: "dense ${1:16} ${2:relu}",
  dropout: "dropout ${1:0.2}",
  gaussian_noise: "gaussian_noise ${1:0.1}",
};

/** The starts of a line. A network starts with its input, so that comes first until there is one. */
function lineItems(context: Context): CompletionItem[] {
  const { place } = context;
  const body = blockAround("model", context)?.body ?? [];
  const layers = entries("layers", KIND.Function, { insert: (name) => entryOf(LAYER_SNIPPETS, name) });
  const words = entries("activations", KIND.EnumMember);
  if (place.hasLabel) return [...layers, ...words];
  const others = body.filter((line) => !(line.span.start <= place.typed.end && place.typed.start <= line.span.end));
  const hasInput = others.some((line) => line.kind === "layer" && isInputWord(line.name.text));
  const [inputs, rest] = [layers.filter(({ label }) => isInputWord(label)), layers.filter(({ label }) => !isInputWord(label))];
  return [
    ...(hasInput ? [...rest, ...inputs] : [...inputs, ...rest]),
    plain("repeat", KIND.Keyword, "repeats the lines of a block"),
    ...(others.some(({ kind }) => kind === "output") ? [] : [plain("output", KIND.Keyword, "names the model's outputs")]),
    ...words,
  ];
}

const labelItems = (labels: readonly Label[], used: readonly string[]): CompletionItem[] =>
  labels.filter(({ name }) => !used.includes(name)).map(({ name, layer }) => plain(name, KIND.Variable, layer.kind));

/** The initializers that suit the activation on the line. */
function fittingWords(spec: Argument, written: readonly string[]): readonly string[] {
  if (spec.kind !== "initializer") return [];
  const activation = written.find((word) => isName(activations, word)) ?? "linear";
  const { initializer } = activations[activation as keyof typeof activations];
  const kin = initializer.slice(0, initializer.indexOf("_"));
  return [initializer, ...Object.keys(catalog.initializers).filter((name) => name !== initializer && name.startsWith(kin))];
}

/** The sizes that fit the data, and the columns. */
function inputItems(context: Context, model: ResolvedModel | undefined): CompletionItem[] {
  const { items } = context.place;
  if (items.some(({ value = "" }) => /^\d/.test(value))) return [];
  const data = dataOfModel(model, context);
  const shape =
    items.length === 0 && data && model
      ? featureShape({ ...model, layers: model.layers.filter(({ node }) => !isHere(node.span, context)) }, data)
      : undefined;
  const size = shape && sizeOf(shape) > 0 ? [plain(shapeText(shape), KIND.Value, `all features of ${data?.name}`)] : [];
  const sizes = items.length === 0 ? letItems(context, ({ kind }) => kind === "number" || kind === "shape") : [];
  return [...size, ...columnItems(context), ...sizes];
}

const isHere = ({ start, end }: { readonly start: number; readonly end: number }, { place }: Context): boolean =>
  start <= place.typed.end && place.lineStart <= end;

/** The inputs' columns, labels of layers with one unit, `not`, and the threshold. */
function neuronItems(context: Context, model: ResolvedModel | undefined, labels: readonly Label[]): CompletionItem[] {
  const { items, words, afterComma } = context.place;
  const used = new Set(items.map(({ value = "" }) => value.replace(/^not /, "")));
  const columns = (model?.layers ?? []).filter(isInput).flatMap((layer) => layer.columns ?? []);
  const units = labels.filter(({ layer }) => !isInput(layer) && layer.output && sizeOf(layer.output) === 1 && layer.node.label);
  const names = [
    ...columns.map((name) => plain(writtenName(name), KIND.Field, "column")),
    ...units.map(({ name, layer }) => plain(name, KIND.Variable, layer.kind)),
  ].filter(({ label }) => !used.has(label));
  if (words.at(-1) === "not") return names;
  const hasThreshold = items.some(({ name }) => name === "threshold");
  const rest =
    items.length > 0 && !hasThreshold && !afterComma ? argumentItems({ threshold: catalog.layers.neuron.arguments.threshold }) : [];
  return [...names, plain("not", KIND.Keyword, "makes the next input inhibiting"), ...rest];
}

function layerItems(context: Context, model: ResolvedModel | undefined, entry: LayerEntry): CompletionItem[] {
  const { place } = context;
  const { inputs, arguments: known, positional = Object.keys(known).slice(0, 1) } = entry;
  const named = new Set(place.items.flatMap(({ name }) => name ?? []));
  const unnamed = place.items.filter(({ name }) => name === undefined).length;
  const next = positional.find((name, i) => i >= unnamed && !named.has(name));
  const spec = next === undefined ? undefined : entryOf(known, next);
  const isFirst = next === positional[0];
  if (spec && isRequired(spec))
    return [...outputSizes(context, model, next), ...reshapes(context, model, spec), ...valueItems(spec, context)];
  const rest = Object.entries(known).filter(
    ([name, one]) => !named.has(name) && !positional.slice(0, unnamed).includes(name) && !isUnnamed(one) && !isRequired(one),
  );
  const isOne = inputs === "one" || inputs === undefined;
  return [
    ...(inputs === "several" && !place.isInBrackets ? [FROM] : []),
    ...(spec ? valueItems(spec, context) : []),
    ...argumentItems(Object.fromEntries(rest)),
    ...(isOne && !place.afterComma && !place.isInBrackets && !(isFirst && spec && isRequired(spec)) ? [FROM] : []),
  ];
}

const FROM = plain("from", KIND.Keyword, "takes other inputs than the layer above");
/** Whether the argument is written without its name, like activations and shapes. */
const isUnnamed = ({ kind }: Argument): boolean => kind === "activation" || kind === "shape";

/** For the last layer, the number of outputs required by the data's target. */
function outputSizes(context: Context, model: ResolvedModel | undefined, argument: string | undefined): CompletionItem[] {
  const data = dataOfModel(model, context);
  const isLast = !model?.layers.some(({ node }) => node.span.start > context.place.typed.end);
  if (argument !== "units" || !isLast || !data || data.images) return [];
  const [column, ...others] = data.target.map((name) => data.column(name));
  if (!column) return [];
  const classes = data.classes ?? (column.kind === "text" ? categoriesOf(column) : []);
  if (others.length > 0 || classes.length === 0) return [plain(String(others.length + 1), KIND.Value, `the targets of ${data.name}`)];
  return [plain(classes.length === 2 ? "1" : String(classes.length), KIND.Value, `the classes of ${column.name}`)];
}

/** Shapes with as many values as the layer above: as a square, and as rows of a usual length. */
function reshapes(context: Context, model: ResolvedModel | undefined, { kind }: Argument): CompletionItem[] {
  if (kind !== "shape") return [];
  const above = model?.layers.filter(({ node }) => node.span.end < context.place.lineStart).at(-1)?.output;
  if (!above) return [];
  const size = sizeOf(above);
  const found = new Set<string>();
  for (const channels of [1, 3]) {
    const side = Math.sqrt(size / channels);
    if (Number.isInteger(side) && side > 1)
      for (const text of channels === 1 ? [`${side}x${side}`, `${side}x${side}x1`] : [`${side}x${side}x3`]) found.add(text);
  }
  if (above.length > 1) found.add(String(size));
  for (let rows = 2; rows <= 8 && found.size < 4; rows++) if (size % rows === 0 && size > rows) found.add(`${rows}x${size / rows}`);
  found.delete(shapeText(above));
  return [...found].map((text) => plain(text, KIND.Value, `${size} values`));
}
