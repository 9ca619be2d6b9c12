/** Reads `start weights("…")` and checks the file's parameters against the model's (NN314, NN530). */
import { traitsOf } from "../../../engine/catalog/layers.ts";
import { type Shape, shapeText } from "../../../engine/catalog/shapes.ts";
import { changeTo } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { DirectiveNode } from "../syntax/tree.ts";
import { readUse } from "./argumentReader.ts";
import type { DataFiles } from "./dataFacts.ts";
import { reportMissing } from "./directiveLines.ts";
import type { ResolvedLayer, ResolvedModel } from "./resolvedModel.ts";
import type { Scope } from "./scope.ts";

const EXAMPLE = 'start weights("run/weights.safetensors")';

/** Returns the path of the initial weights; null without the line. */
export function startOf(line: DirectiveNode | undefined, model: ResolvedModel | undefined, files: DataFiles, scope: Scope): string | null {
  if (!line) return null;
  const [argument] = line.arguments;
  if (!argument?.value) {
    reportMissing(line, "a file of weights", EXAMPLE, scope);
    return null;
  }
  const [, second] = line.arguments;
  if (argument.value.kind === "name" && argument.value.text === "weights" && second?.value?.kind === "string") {
    const span = { start: argument.span.start, end: second.span.end };
    const call = `weights(${scope.text.slice(second.span.start, second.span.end)})`;
    const message = `The path of \`weights\` stands in parentheses; write \`start ${call}\`.`;
    scope.report(issue("NN213", span, { message }, { fixes: [changeTo(span, call)] }));
    return null;
  }
  for (const extra of line.arguments.slice(1)) scope.report(issue("NN207", extra.span, { of: "start", name: "a second value", known: [] }));
  const use = readUse("starts", argument.value, scope);
  if (!use || use.read.faulty) return null;
  const path = use.read.values.get("path");
  if (path?.kind !== "string") {
    if (!line.damaged) scope.report(issue("NN212", argument.span, { of: "weights", name: "the file's path in quotes", example: EXAMPLE }));
    return null;
  }
  const known = files.weights?.(path.value);
  if (known && "problem" in known) scope.report(issue("NN406", line.span, { message: known.problem }));
  else if (known && model) checkShapes(path.value, known.facts.shapes, model, line.span, scope);
  return path.value;
}

/** Reports the first parameter with a different shape, and the layers missing in the file. */
function checkShapes(file: string, shapes: ReadonlyMap<string, Shape>, model: ResolvedModel, place: Span, scope: Scope): void {
  const lacking: string[] = [];
  for (const layer of model.layers) {
    const own = startedParameters(layer);
    for (const { name, shape } of own) {
      const found = shapes.get(`${layer.id}/${name}`);
      if (!found || shapeText(found) === shapeText(shape)) continue;
      const parts = { file, parameter: `${layer.id}/${name}`, found: shapeText(found), wanted: shapeText(shape) };
      const related = [{ span: layer.node.span, message: `This layer's ${name} is ${parts.wanted}.` }];
      scope.report(issue("NN314", place, parts, { related }));
      return;
    }
    if (own.some(({ name }) => !shapes.has(`${layer.id}/${name}`))) lacking.push(layer.id);
  }
  if (lacking.length > 0)
    scope.report(issue("NN530", place, { file, layers: lacking, known: [...new Set([...shapes.keys()].map(layerOf))] }));
}

/**
 * Returns the parameters that start with the file's values. Excludes values written on the line, and the data's mean and variance, which
 * are recomputed.
 */
const startedParameters = ({ kind, parameters, starts }: ResolvedLayer) =>
  traitsOf(kind).normalizes === "data" ? [] : (parameters ?? []).filter(({ name }) => !(name in starts));

const layerOf = (parameter: string): string => parameter.slice(0, parameter.lastIndexOf("/"));
