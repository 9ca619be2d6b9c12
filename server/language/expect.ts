/** Resolves an `expect` block and checks the length of its rows and its claims' metrics. */

import { directives, isName, names } from "../../engine/catalog/index.ts";
import { metrics } from "../../engine/catalog/metrics.ts";
import { sizeOf } from "../../engine/catalog/shapes.ts";
import { checkClaimRange } from "./checks/claimRange.ts";
import { classCount } from "./checks/outputFit.ts";
import { issue } from "./diagnostics/issue.ts";
import { listed } from "./diagnostics/table.ts";
import type { ResolvedData } from "./resolve/data.ts";
import { rowFits } from "./resolve/dataSources.ts";
import { directivesOf, numberOf } from "./resolve/directiveLines.ts";
import { featureColumns } from "./resolve/features.ts";
import { isInput, type ResolvedLayer, type ResolvedModel } from "./resolve/resolvedModel.ts";
import { type ReadRow, readRow } from "./resolve/rows.ts";
import { type Scope, suggestion } from "./resolve/scope.ts";
import type { ClaimNode, ExpectNode } from "./syntax/tree.ts";

export interface ResolvedExpect {
  readonly node: ExpectNode;
  readonly model: ResolvedModel | undefined;
  readonly data: ResolvedData | undefined;
  readonly tolerance: number;
  /** The rows and claims in the file's order. */
  readonly tests: readonly (ReadRow | ClaimNode)[];
  readonly claims: readonly ClaimNode[];
  readonly faulty: boolean;
}

export function resolveExpect(
  node: ExpectNode,
  model: ResolvedModel | undefined,
  data: ResolvedData | undefined,
  scope: Scope,
): ResolvedExpect {
  let faulty = !model || model.faulty || data?.faulty === true;
  const own: Scope = {
    ...scope,
    report(found) {
      faulty ||= found.severity === "error";
      scope.report(found);
    },
  };
  const tests = node.body.filter((line) => line.kind !== "directive").map((line) => (line.kind === "row" ? readRow(line, own) : line));
  const lines = directivesOf(
    "expect",
    node.body.filter((line) => line.kind === "directive"),
    own,
  );
  const tolerance = numberOf(lines.get("tolerance"), directives.expect.tolerance.takes, own);
  for (const line of tests) {
    if (line.kind === "claim") {
      checkClaim(line, model, own);
      checkClaimRange(line, own);
    } else if (!line.damaged && model && !model.faulty) checkRow(line, model, data, own);
  }
  return { node, model, data, tolerance, tests, claims: tests.filter((line) => line.kind === "claim"), faulty };
}

/** Checks a claim's metric: `accuracy >= 0.9`, `loss < 0.1`, or `price_mae` if the model has several outputs. */
function checkClaim({ metric }: ClaimNode, model: ResolvedModel | undefined, scope: Scope): void {
  if (metric.text === "loss" || isName(metrics, metric.text)) return;
  const own = (model?.outputs ?? []).flatMap(({ id }) => names(metrics).map((name) => `${id}_${name}`));
  if (own.includes(metric.text)) return;
  const { parts, fixes } = suggestion(metric, ["loss", ...names(metrics), ...((model?.outputs.length ?? 0) > 1 ? own : [])]);
  scope.report(issue("NN205", metric.span, parts, { fixes }));
}

function checkRow(row: ReadRow, model: ResolvedModel, data: ResolvedData | undefined, scope: Scope): void {
  const inputs = inputCells(model, data);
  const outputs = width(model.outputs);
  if (inputs === undefined || outputs === undefined) return;
  // A class's name or number is written instead of a row of class scores.
  const source = { features: model.layers.find(isInput)?.node.span, targets: model.outputs[0]?.node.span };
  const classes = data?.target.map((name) => classCount(data, data.column(name)));
  const hasNames = classes?.some((one) => one && one.names.length > 0) === true;
  const isOneEach = row.targets.length === 1 || (hasNames && row.targets.length === model.outputs.length);
  if (!rowFits(row, inputs, isOneEach ? row.targets.length : outputs, scope, source)) return;
  if (!data || !classes || !hasNames || !classes.every((one) => one?.exact !== false || one.names.length === 0)) return;
  const names = classes.flatMap((one) => one?.names ?? []);
  for (const cell of row.targets) {
    if (cell.kind !== "string" || names.includes(cell.value)) continue;
    scope.report(
      issue("NN213", cell.span, {
        message: `"${cell.value.slice(0, 40)}" is not a class of ${data.name}; write one of ${listed(names)}.`,
      }),
    );
  }
}

/** Returns the number of values before `->`: one per column, including text columns, or the size of inputs that name no columns. */
function inputCells(model: ResolvedModel, data: ResolvedData | undefined): number | undefined {
  const inputs = model.layers.filter(isInput);
  if (inputs.every(({ columns }) => columns)) return inputs.reduce((sum, { columns }) => sum + (columns?.length ?? 0), 0);
  return (data && data.oneHot.size > 0 ? featureColumns(model, data)?.length : undefined) ?? width(inputs);
}

const width = (layers: readonly ResolvedLayer[]): number | undefined =>
  layers.reduce<number | undefined>((sum, { output }) => (sum === undefined || !output ? undefined : sum + sizeOf(output)), 0);
