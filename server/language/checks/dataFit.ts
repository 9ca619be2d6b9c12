/** Checks that a model fits its data: features and inputs, targets and classes, outputs and losses. */

import { traitsOf } from "../../../engine/catalog/layers.ts";
import { type Shape, shapeText, sizeOf } from "../../../engine/catalog/shapes.ts";
import { plural } from "../../../engine/numberText.ts";
import { changeTo, directiveAdded, directiveOf } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import { listed } from "../diagnostics/table.ts";
import { type ResolvedData, sampled } from "../resolve/data.ts";
import type { DataFiles } from "../resolve/dataFacts.ts";
import { featureColumns, featureShape } from "../resolve/features.ts";
import { modelGraph } from "../resolve/graph.ts";
import { reportTargets } from "../resolve/namedColumns.ts";
import { columnWidth, hasKernel, isInput, type ResolvedLayer, type ResolvedModel } from "../resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import { type Scope, suggestion } from "../resolve/scope.ts";
import type { ClaimNode } from "../syntax/tree.ts";
import { writtenName } from "../syntax/writtenName.ts";
import { checkLossRange } from "./claimRange.ts";
import { checkClassWeights } from "./classWeights.ts";
import { checkIndex, columnIgnored, indexColumn } from "./indexColumn.ts";
import { checkSeparable } from "./linearSeparability.ts";
import { checkClaimMetric, checkMetrics } from "./metricFit.ts";
import { checkOutputs, subjectsOf } from "./outputFit.ts";
import { checkOwnSources } from "./ownSources.ts";
import { checkSplit } from "./splitParts.ts";
import { checkStartScales } from "./startScales.ts";
import { checkGaps, reportText, reportTooLarge, reportWords } from "./tableCells.ts";
import { checkBalance, checkConstantTarget, checkTargetScale } from "./targetAdvice.ts";

export function checkFit(train: ResolvedTrain, files: DataFiles, scope: Scope): void {
  const { model, data } = train;
  // Errors in the data block have been reported; their consequences are not.
  if (!model || !data || data.faulty) return;
  if (!data.columns && !data.images) return;
  if (reportTargetInputs(model, data, scope) || reportTargetOutputs(model, data, scope)) return;
  if (reportWords(model, data, scope) || reportTooLarge(model, data, scope)) return;
  const hasText = reportText(model, data, scope);
  checkGaps(model, data, scope);
  // The number of features depends on the fix for the text columns.
  const features = hasText ? undefined : featureShape(model, data);
  const inputsFit =
    model.layers.filter((layer) => isInput(layer) && features && !checkInput(layer, model, data, features, scope)).length === 0;
  if (inputsFit && !hasText) checkIndex(model, data, scope);
  checkScales(train, model, data, scope);
  checkStartScales(train, model, data, files, scope);
  checkSplit(model, data, scope);
  const subjects = subjectsOf(train, model, data, scope);
  checkOutputs(subjects, scope);
  checkOwnSources(model, data, subjects, scope);
  checkMetrics(train, subjects, scope);
  checkConstantTarget(subjects, data, scope);
  checkTargetScale(subjects, data, scope);
  checkBalance(subjects, data, scope);
  checkClassWeights(subjects, data, scope);
  checkSeparable(train, scope);
}

/**
 * Reports NN410 and, for the loss, NN526 on an expectation's claims, using the measurements of the file's training of the same model on the
 * same data.
 */
export function checkClaims(
  { claims, model, data }: Pick<ResolvedTrain, "model" | "data"> & { readonly claims: readonly ClaimNode[] },
  trains: readonly ResolvedTrain[],
  scope: Scope,
): void {
  const train = trains.find((one) => one.model?.node === model?.node && one.data?.node === data?.node);
  if (!train?.model || !train.data) return;
  for (const claim of claims) checkLossRange(claim, train, scope);
  if (train.data.faulty) return;
  const subjects = subjectsOf(train, train.model, train.data, scope);
  for (const claim of claims) checkClaimMetric(claim, subjects, scope);
}

/** Reports NN218 on inputs that name a target column. Returns whether there are any. */
function reportTargetInputs(model: ResolvedModel, data: ResolvedData, scope: Scope): boolean {
  const learned = new Set(data.target);
  const wrong = model.layers.filter((layer) => isInput(layer) && layer.columns?.some((name) => learned.has(name)));
  const columns = data.columns?.map(({ name }) => name) ?? [];
  for (const { node } of wrong) reportTargets(node.arguments, data.target, { columns, source: "file" }, scope);
  return wrong.length > 0;
}

/** Reports outputs on the `target` line that the model lacks (NN209), and outputs that the line omits (NN212). Returns whether there are any. */
function reportTargetOutputs(model: ResolvedModel, { targetOf, node, targetSpan }: ResolvedData, scope: Scope): boolean {
  if (!targetOf || targetOf === "features") return false;
  const outputs = model.outputs.map(({ id }) => id);
  const unknown = [...targetOf].filter(([id]) => !outputs.includes(id));
  for (const [, { name }] of unknown) {
    const { parts, fixes } = suggestion(name, outputs);
    scope.report(issue("NN209", name.span, { what: "output", ...parts }, { fixes }));
  }
  const missing = outputs.filter((id) => !targetOf.has(id));
  if (missing.length > 0 && unknown.length === 0)
    scope.report(
      issue("NN212", directiveOf(node, "target")?.name.span ?? targetSpan, {
        of: "target",
        name: `a column for ${missing.map((id) => `the output \`${id}\``).join(" and ")}`,
        example: `target ${[...targetOf.keys(), ...missing].map((id) => `${id}=…`).join(" ")}`,
      }),
    );
  return missing.length + unknown.length > 0;
}

/** Reports NN504 on the data's name if the largest and smallest deviations differ too much and nothing normalizes the features. */
function checkScales(train: ResolvedTrain, model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  if (data.scale !== "none" || data.images || train.optimizer.name === "perceptron") return;
  const graph = modelGraph(model);
  const isNormalized = (layer: ResolvedLayer): boolean =>
    graph.consumers(layer).every((next) => traitsOf(next.kind).normalizes !== null || (!hasKernel(next) && isNormalized(next)));
  if (model.layers.filter(isInput).every(isNormalized)) return;
  const columns = (featureColumns(model, data) ?? []).flatMap((name) => {
    const column = data.column(name);
    return column?.kind === "number" && column.deviation > 0 && !data.oneHot.has(name) ? [column] : [];
  });
  const [first] = columns;
  if (!first) return;
  const wide = columns.reduce((a, b) => (b.deviation > a.deviation ? b : a), first);
  const narrow = columns.reduce((a, b) => (b.deviation < a.deviation ? b : a), first);
  if (wide.deviation <= 20 * narrow.deviation && wide.deviation <= 100) return;
  const scaleLine = data.node.body.find((line) => line.kind === "directive" && line.name.text === "scale");
  scope.report(
    issue(
      "NN504",
      data.node.name?.span ?? data.node.keyword,
      { wide: wide.name, wideDeviation: wide.deviation, narrow: narrow.name, narrowDeviation: narrow.deviation },
      {
        fixes: scaleLine ? [changeTo(scaleLine.span, "scale standard")] : directiveAdded(data.node, "scale standard", scope),
      },
    ),
  );
}

/** Returns the column's name, with the number of its words if each word is a feature: Standort (2 words). */
const withWords = (name: string, data: ResolvedData): string =>
  data.oneHot.has(name) ? `${name} (${plural(columnWidth(name, data), "word")})` : name;

/** Reports NN301 if an input's shape differs from the data's. Returns whether it fits. */
function checkInput(layer: ResolvedLayer, model: ResolvedModel, data: ResolvedData, features: Shape, scope: Scope): boolean {
  if (!layer.output || (layer.columns && !data.images) || shapeText(layer.output) === shapeText(features)) return true;
  const names = featureColumns(model, data);
  const flat = data.images && features.length > 1 && layer.output.length === 1;
  const repair = `input ${shapeText(features)}`;
  const { arguments: written, span } = layer.node;
  const first = written[0]?.span;
  const last = written.at(-1)?.span;
  const changes = [
    ...(first && last ? [{ span: { start: first.start, end: last.end }, text: shapeText(features) }] : []),
    ...(flat ? [{ span: { start: span.end, end: span.end }, text: "\n  flatten" }] : []),
  ];
  // A column that may only number the rows is better left out. The input's size may already exclude it.
  const index = indexColumn(model, data);
  const withoutIndex = index === undefined ? undefined : sizeOf(features) - columnWidth(index, data);
  const resized = withoutIndex === sizeOf(layer.output) ? "` or `" : `\` and \`input ${withoutIndex}\`, or \``;
  const before = index === undefined ? "" : `ignore ${writtenName(index)}${resized}`;
  scope.report(
    issue(
      "NN301",
      span,
      {
        input: layer.output.length > 1 ? shapeText(layer.output) : plural(layer.output[0] ?? 0, "value"),
        data: sampled(data),
        features: data.images
          ? `images of ${shapeText(features)}`
          : `${plural(features[0] ?? 0, "feature")} (${listed((names ?? []).map((name) => withWords(name, data)))})`,
        repair: before + (flat ? `${repair}\` and \`flatten` : repair),
      },
      {
        fixes: [
          ...(index !== undefined ? columnIgnored(index, model, data, scope) : []),
          { title: `Change to \`${repair}\`${flat ? " and `flatten`" : ""}`, changes },
        ],
        related: [{ span: data.sourceSpan, message: "The data come from here." }],
      },
    ),
  );
  return false;
}
