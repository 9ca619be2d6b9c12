/** The knobs of a training: optimizer, learning rate, directives, layers, generator and split. Their facts come from the catalog. */

import { activations } from "../../../engine/catalog/activations.ts";
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import { type CatalogPart, catalog, directives, entryOf, names } from "../../../engine/catalog/index.ts";
import { layers as layerTable } from "../../../engine/catalog/layers.ts";
import { optimizers } from "../../../engine/catalog/optimizers.ts";
import type { Analysis } from "../../language/analysis.ts";
import { directiveAdded, directiveOf } from "../../language/diagnostics/fixes.ts";
import type { TextChange } from "../../language/diagnostics/issue.ts";
import { isActivationLine, type ResolvedLayer, type ResolvedModel } from "../../language/resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../../language/resolve/resolvedTrain.ts";
import { resolved } from "../../language/resolve/scope.ts";
import type { ArgumentNode, CallNode, DataNode, NameNode, TrainNode, ValueNode } from "../../language/syntax/tree.ts";
import { argumentKnobs, changeOf, choiceKnob, numberKnob, scopeOf, type TurnableKnob, writtenValue } from "./knob.ts";

export function trainingKnobs(train: ResolvedTrain, analysis: Analysis): TurnableKnob[] {
  return [
    ...optimizerKnobs(train, analysis),
    ...numberLines(train.node, analysis),
    ...callKnobs(train.node, "stop", "stops", "Training", analysis),
    ...(train.model ? distinctLayers(train.model).flatMap((layer) => layerKnobs(layer, train.model as ResolvedModel, analysis)) : []),
    ...(train.data ? dataKnobs(train.data.node, analysis) : []),
  ];
}

/** Returns the knobs of the lines in a `train` block that consist of one number. */
function numberLines(node: TrainNode, analysis: Analysis): TurnableKnob[] {
  return names(directives.train).flatMap((name): TurnableKnob[] => {
    const { summary, takes } = directives.train[name];
    if (takes.form !== "number" || !("turn" in takes)) return [];
    const [written] = directiveOf(node, name)?.arguments ?? [];
    const value = written?.value && resolved(written.value, scopeOf(analysis));
    const shown = value?.kind === "number" ? String(value.value) : value?.kind === "name" ? value.text : String(takes.default);
    const words = "words" in takes ? takes.words : [];
    const facts = { key: `train.${name}`, group: "Training", label: name, summary };
    return [numberKnob(facts, { turn: takes.turn, words }, shown, (to) => lineWritten(node, name, written?.value, to, analysis))];
  });
}

/** Returns the change of a line's value, or a new line at the end of the block. */
function lineWritten(
  node: TrainNode,
  name: string,
  written: ValueNode | undefined,
  value: string,
  analysis: Analysis,
): readonly TextChange[] {
  if (written) return [changeOf(written, value, analysis)];
  return directiveAdded(node, `${name} ${value}`, analysis).flatMap(({ changes }) => changes);
}

function optimizerKnobs({ node, optimizer }: ResolvedTrain, analysis: Analysis): TurnableKnob[] {
  const written = directiveOf(node, "optimizer")?.arguments[0]?.value;
  const facts = { key: "train.optimizer", group: "Training", label: "optimizer", summary: directives.train.optimizer.summary };
  const choice = choiceKnob(facts, names(optimizers), optimizer.name, (to) =>
    lineWritten(node, "optimizer", written, written ? withOptimizer(written, to, analysis) : to, analysis),
  );
  const { arguments: known } = optimizers[optimizer.name];
  const place = { key: "train.optimizer", group: "Training", arguments: known as Arguments, order: names(known) };
  const entry = written && entryNode(written, analysis);
  if (!entry) {
    // If there is no line, the first turned knob writes it.
    const name: NameNode = { kind: "name", text: optimizer.name, span: { start: 0, end: 0 } };
    const added = argumentKnobs({ ...place, node: name }, analysis).map((knob) => ({
      ...knob,
      write: (to: string) => lineWritten(node, "optimizer", undefined, `${optimizer.name}(${knob.shown.label}=${to})`, analysis),
    }));
    return [choice, ...added];
  }
  const rate = writtenValue({ node: entry, order: place.order }, "learning_rate");
  const schedule = rate && entryNode(rate, analysis);
  const scheduled = schedule ? entryKnobs("schedules", schedule, "Training", "train.rate", analysis) : [];
  return [choice, ...scheduled, ...argumentKnobs({ ...place, node: entry }, analysis)];
}

/** Returns the call or name of an entry, written here or in the `let` named here. */
function entryNode(value: ValueNode, analysis: Analysis): CallNode | NameNode | undefined {
  const node = resolved(value, scopeOf(analysis));
  return node.kind === "call" || node.kind === "name" ? node : undefined;
}

/** Returns the call of another optimizer, with the arguments that both have. The learning rate is kept if it is usual for the new one. */
function withOptimizer(written: ValueNode, to: string, analysis: Analysis): string {
  const entry = entryOf(optimizers, to);
  const call = resolved(written, scopeOf(analysis));
  if (!entry || call.kind !== "call") return to;
  const known = entry.arguments as Arguments;
  const retained = call.arguments.filter((argument, k) => {
    const name = argument.name?.text ?? (k === 0 ? "learning_rate" : "");
    const spec = entryOf(known, name);
    return spec && (spec.kind !== "rate" || isUsual(argument, spec.usual, analysis));
  });
  const texts = retained.map(({ span }) => analysis.text.slice(span.start, span.end));
  return texts.length > 0 ? `${to}(${texts.join(", ")})` : to;
}

function isUsual({ value }: ArgumentNode, usual: readonly [number, number] | undefined, analysis: Analysis): boolean {
  const rate = value && resolved(value, scopeOf(analysis));
  return rate?.kind !== "number" || !usual || (rate.value >= usual[0] && rate.value <= usual[1]);
}

/** Returns the knobs of the entry in a directive, such as `early_stopping` or a generator. */
function callKnobs(node: DataNode | TrainNode, line: string, part: CatalogPart, group: string, analysis: Analysis): TurnableKnob[] {
  const value = directiveOf(node, line)?.arguments[0]?.value;
  const entry = value && entryNode(value, analysis);
  return entry ? entryKnobs(part, entry, group, `${node.kind}.${line}`, analysis) : [];
}

function entryKnobs(part: CatalogPart, node: CallNode | NameNode, group: string, key: string, analysis: Analysis): TurnableKnob[] {
  const name = node.kind === "call" ? node.name.text : node.text;
  const entry = entryOf(catalog[part] as Readonly<Record<string, { readonly arguments: Arguments }>>, name);
  return entry ? argumentKnobs({ key, group, arguments: entry.arguments, order: names(entry.arguments), node }, analysis) : [];
}

/** Returns the model's layers, including only the first round of a `repeat`. */
export const distinctLayers = ({ layers }: ResolvedModel): readonly ResolvedLayer[] =>
  layers.filter(({ node }, k) => layers.findIndex((other) => other.node === node) === k);

export const layerKey = (model: ResolvedModel, { id }: ResolvedLayer): string => `layer.${model.name}.${id}`;

/** The number of an output's units is the number of classes or targets. */
const OF_OUTPUTS: ReadonlySet<string> = new Set(["units", "l2"]);
const NO_NAMES: ReadonlySet<string> = new Set();

function layerKnobs(layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): TurnableKnob[] {
  const { node, kind, id } = layer;
  const key = layerKey(model, layer);
  if (isActivationLine(layer)) {
    const facts = { key: `${key}.activation`, group: id, label: "activation", summary: "The function that is applied to each number." };
    const end = node.arguments.at(-1)?.span.end ?? node.name.span.end;
    return [choiceKnob(facts, names(activations), node.name.text, (to) => [{ span: { start: node.name.span.start, end }, text: to }])];
  }
  if (kind === "activation") return [];
  const { arguments: known, positional } = layerTable[kind];
  const isOutput = model.outputs.includes(layer);
  return argumentKnobs({ key, group: id, arguments: known, order: positional, node }, analysis, isOutput ? OF_OUTPUTS : NO_NAMES);
}

function dataKnobs(node: DataNode, analysis: Analysis): TurnableKnob[] {
  const split = directiveOf(node, "split")?.arguments ?? [];
  const { takes, summary } = directives.data.split;
  const shares = split.flatMap(({ name, value }) => {
    const share = value && resolved(value, scopeOf(analysis));
    if (!name || !value || share?.kind !== "number" || !(takes.names as readonly string[]).includes(name.text)) return [];
    const facts = { key: `data.split.${name.text}`, group: "Data", label: name.text, summary };
    return [numberKnob(facts, { turn: takes.turn }, String(share.value), (to) => [changeOf(value, to, analysis)])];
  });
  return [...callKnobs(node, "source", "sources", "Data", analysis), ...shares];
}
