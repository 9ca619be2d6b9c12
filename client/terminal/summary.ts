/** `nn summary`: prints the layers of each model, with the shapes and parameters that are known. */
import { takesActivation } from "../../engine/catalog/layers.ts";
import { parameterFacts } from "../../engine/catalog/parameters.ts";
import { type Shape, shapeText, sizeOf } from "../../engine/catalog/shapes.ts";
import { countText } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { isActivationLine, isFrozen, type ResolvedLayer } from "../../server/language/resolve/resolvedModel.ts";
import { findings, openFile } from "./openFile.ts";
import { styled, table } from "./print.ts";

const countOf = ({ parameters }: ResolvedLayer): number | undefined => parameters?.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
/** Returns the number of parameters that training changes. Statistics of the data and frozen layers are fixed. */
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

/** Prints the models. Returns whether the file has no error. */
export async function summary(name: string, { json, allow }: { json?: boolean; allow: readonly string[] }): Promise<boolean> {
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
  for (const model of models) {
    const rows = model.layers.map((layer, i) => {
      const before = model.layers[i - 1];
      const from =
        layer.inputs.length === 0 || (layer.inputs.length === 1 && layer.inputs[0] === before)
          ? ""
          : layer.inputs.map(({ id }) => id).join(", ");
      const count = countOf(layer);
      return [layer.id, kindOf(layer), from, shapeOr(layer.output), kernelOf(layer), count === undefined ? "?" : countText(count)];
    });
    const known = model.layers.map(countOf);
    const total = known.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    const rest = known.includes(undefined) ? " or more: some shapes are not known" : "";
    const outputs = model.outputs.length > 1 ? `, outputs ${model.outputs.map(({ id }) => id).join(", ")}` : "";
    process.stdout.write(
      `${styled("bold", `model ${model.name}`)}: ${model.layers.length} layers${outputs}\n${table(["layer", "kind", "from", "output", "kernel", "parameters"], rows, 3)}\n${countText(total)} parameters${rest}${trainableText(model.layers, total)}\n\n`,
    );
  }
  if (models.length === 0) process.stdout.write(`${plainText(name)} has no model.\n`);
  return isFine;
}

/** Returns how many of the known parameters training changes, if some are fixed. */
function trainableText(layers: readonly ResolvedLayer[], total: number): string {
  const trainable = layers.reduce((sum, layer) => sum + trainableOf(layer), 0);
  return trainable === total ? "" : `: ${countText(trainable)} trainable, ${countText(total - trainable)} fixed`;
}
