/** `nn summary`: prints the layers of each model with the known shapes and parameters, optionally as a page. */
import { basename } from "node:path";
import { takesActivation } from "../../engine/catalog/layers.ts";
import { parameterFacts } from "../../engine/catalog/parameters.ts";
import { type Shape, shapeText, sizeOf } from "../../engine/catalog/shapes.ts";
import { countText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { isActivationLine, isFrozen, type ResolvedLayer, type ResolvedModel } from "../../server/language/resolve/resolvedModel.ts";
import { html as htmlOf, pageText } from "../printed/html.ts";
import { fromTexts, LAYER_COLUMNS, layersTable } from "../printed/layersTable.ts";
import { findings, openFile } from "./openFile.ts";
import { styled, table } from "./print.ts";

const countOf = ({ parameters }: ResolvedLayer): number | undefined => parameters?.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
/** Returns the number of trainable parameters. Statistics of the data and frozen layers are fixed. */
const trainableOf = (layer: ResolvedLayer): number =>
  isFrozen(layer)
    ? 0
    : (layer.parameters ?? []).reduce((sum, { name, shape }) => sum + (parameterFacts[name].isStatistic ? 0 : sizeOf(shape)), 0);
const kernelOf = ({ parameters }: ResolvedLayer): string => {
  const kernel = parameters?.find(({ name }) => name === "kernel");
  return kernel ? shapeText(kernel.shape) : "";
};
function kindOf(layer: ResolvedLayer): string {
  const { kind, node, activation } = layer;
  if (isActivationLine(layer)) return node.name.text;
  return takesActivation(kind) && activation && activation.name !== "linear" ? `${kind} ${activation.name}` : kind;
}
const shapeOr = (shape: Shape | undefined): string => (shape ? shapeText(shape) : "?");

export interface SummaryOptions {
  readonly json?: boolean;
  /** Prints a web page. */
  readonly html?: boolean;
  readonly allow: readonly string[];
}

/** Prints the models. Returns whether the file has no errors. */
export async function summary(name: string, { json, html, allow }: SummaryOptions): Promise<boolean> {
  const file = await openFile(name, { allow });
  const { models, issues } = file.analysis;
  const isFine = issues.every(({ severity }) => severity !== "error");
  if (json) {
    const result = models.map((model) => ({
      model: model.name,
      layers: model.layers.map((layer) => ({
        name: layer.id,
        kind: kindOf(layer),
        line: file.lines.at(layer.node.span.start).line,
        output: layer.output ?? null,
        parameters: countOf(layer) ?? null,
        trainable: layer.parameters ? trainableOf(layer) : null,
        shapes: Object.fromEntries((layer.parameters ?? []).map(({ name: own, shape }) => [own, shape])),
        inputs: layer.inputs.map(({ id }) => id),
      })),
      outputs: model.outputs.map(({ id }) => id),
      parameters: model.layers.reduce<number | null>(
        (sum, layer) => (sum === null || countOf(layer) === undefined ? null : sum + (countOf(layer) ?? 0)),
        0,
      ),
    }));
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return isFine;
  }
  for (const line of findings(file, ["error"])) process.stderr.write(`${line}\n`);
  if (html) {
    const sections = models.map(
      (model) => htmlOf`<section>\n<h2>model ${model.name}</h2>\n${layersTable(rowsOf(model), sumText(model))}</section>\n`,
    );
    process.stdout.write(pageText(basename(name), sections));
    return isFine;
  }
  for (const model of models) {
    const outputs = model.outputs.length > 1 ? `, outputs ${model.outputs.map(({ id }) => id).join(", ")}` : "";
    process.stdout.write(
      `${styled("bold", `model ${model.name}`)}: ${model.layers.length} layers${outputs}\n${table(LAYER_COLUMNS, rowsOf(model), 3)}\n${sumText(model)}\n\n`,
    );
  }
  if (models.length === 0) process.stdout.write(`${plainText(name)} has no model.\n`);
  return isFine;
}

/** Returns the layers as table rows. */
function rowsOf({ layers }: ResolvedModel): string[][] {
  const from = fromTexts(layers.map(({ id, inputs }) => ({ id, inputs: inputs.map((input) => input.id) })));
  return layers.map((layer, k) => {
    const count = countOf(layer);
    return [layer.id, kindOf(layer), from[k] ?? "", shapeOr(layer.output), kernelOf(layer), count === undefined ? "?" : countText(count)];
  });
}

/** Returns the number of known parameters, and the number of trainable ones if some are fixed. */
function sumText({ layers }: ResolvedModel): string {
  const known = layers.map(countOf);
  const total = known.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const rest = known.includes(undefined) ? " or more: some shapes are not known" : "";
  const trainable = layers.reduce((sum, layer) => sum + trainableOf(layer), 0);
  const fixed = trainable === total ? "" : `: ${countText(trainable)} trainable, ${countText(total - trainable)} fixed`;
  return `${countText(total)} parameters${rest}${fixed}`;
}
