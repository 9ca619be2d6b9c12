/** NN529: the first column of a file may be an index, which carries no information about its rows. */
import { sizeOf } from "../../../engine/catalog/shapes.ts";
import { argumentAdded, changeTo, directiveAdded, directiveOf, fix, together } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { featureColumns, featureShape } from "../resolve/features.ts";
import { columnWidth, isInput, type ResolvedModel } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";
import { writtenName } from "../syntax/writtenName.ts";

/** Returns the name of the first column if it may be an index and is a feature that no line names. */
export function indexColumn(model: ResolvedModel, data: ResolvedData): string | undefined {
  const [first] = data.columns ?? [];
  const features = featureColumns(model, data) ?? [];
  if (!first || !data.index || features[0] !== first.name || features.length < 2) return undefined;
  if (directiveOf(data.node, "features") || data.oneHot.has(first.name) || data.ignored.size > 0) return undefined;
  return model.layers.some(({ columns }) => columns?.includes(first.name)) ? undefined : first.name;
}

/**
 * Returns the fix that adds `ignore` and reduces the size of the only input accordingly; none if this is not possible. No line may name the
 * column.
 */
export function columnIgnored(column: string, model: ResolvedModel, data: ResolvedData, scope: Scope): Fix[] {
  const [input, ...others] = model.layers.filter(isInput);
  const features = featureShape(model, data);
  if (!input || others.length > 0 || !features) return [];
  const size = sizeOf(features) - columnWidth(column, data);
  const written = input.node.arguments.at(-1);
  const resized = written && input.output && sizeOf(input.output) !== size ? [changeTo(written.span, String(size))] : [];
  const name = writtenName(column);
  const line = directiveOf(data.node, "ignore");
  const added = line ? [argumentAdded(line, name)] : directiveAdded(data.node, `ignore ${name}`, scope);
  return added.map((one) => together(fix(`Add \`ignore ${name}\``, ...one.changes), resized));
}

const SIGNS = {
  unnamed: "has no name in the header",
  counting: "counts the rows",
  distinct: "has another value in every row",
} as const;

/** Reports NN529 on the source. */
export function checkIndex(model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  const column = indexColumn(model, data);
  if (column === undefined || !data.index) return;
  const fixes = columnIgnored(column, model, data, scope);
  scope.report(issue("NN529", data.sourceSpan, { column, sign: SIGNS[data.index], name: writtenName(column) }, { fixes }));
}
