/** Checks that each part of a split gets at least one row. */
import { partSizes } from "../../../engine/data/split.ts";
import { plural, roundedText } from "../../../engine/numberText.ts";
import { argumentRemoved, directiveOf } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { exactColumns, featureColumns } from "../resolve/features.ts";
import type { ResolvedModel } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";
import type { DirectiveNode } from "../syntax/tree.ts";

const PARTS = { train: "training", validation: "validation", test: "test" } as const;

/** Reports NN411 on the `split` line for the first part that gets no row. */
export function checkSplit(model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  const rows = usedRows(model, data);
  if (rows === undefined) return;
  if (rows === 0) {
    const message = `Each of the ${data.rows} rows has a missing value, so \`missing drop\` leaves no row; try \`missing mean\`.`;
    scope.report(issue("NN406", directiveOf(data.node, "missing")?.span ?? data.sourceSpan, { message }));
    return;
  }
  const line = directiveOf(data.node, "split");
  if (!line) return;
  const sizes = partSizes(rows, data.split);
  if (reportGroups(line, data, sizes, scope)) return;
  reportTarget(line, data, scope);
  for (const name of ["train", "validation", "test"] as const) {
    const share = data.split[name];
    // A part that the line does not name may be empty, except the training part.
    if (sizes[name] > 0 || (share === 0 && name !== "train")) continue;
    scope.report(issue("NN411", line.span, { part: PARTS[name], share: roundedText(share, 7), rows: plural(rows, "row") }));
    return;
  }
}

/** Reports NN536 if the split goes by a target. */
function reportTarget(line: DirectiveNode, { split: { by }, target }: ResolvedData, scope: Scope): void {
  if (by === null || !target.includes(by)) return;
  const argument = line.arguments.find(({ name }) => name?.text === "by");
  const fixes = argument ? [argumentRemoved(argument.span, scope, "Remove `by`")] : [];
  scope.report(issue("NN536", argument?.span ?? line.span, { column: by }, { fixes }));
}

/** Reports NN411 if the column given with `by` has fewer values than there are parts. Returns whether it does. */
function reportGroups({ span }: DirectiveNode, data: ResolvedData, sizes: ReturnType<typeof partSizes>, scope: Scope): boolean {
  const { by } = data.split;
  const groups = by === null || data.isSample ? undefined : data.column(by)?.values?.length;
  const parts = (["train", "validation", "test"] as const).filter((name) => sizes[name] > 0);
  const left = groups === undefined ? undefined : parts[groups];
  if (by === null || groups === undefined || left === undefined) return false;
  scope.report(issue("NN411", span, { part: PARTS[left], column: by, groups: plural(groups, "value"), parts: parts.length }));
  return true;
}

/**
 * Returns the number of rows in a training: all of them, or only those without a gap under `missing drop`. undefined if not all rows have
 * been read.
 */
function usedRows(model: ResolvedModel, data: ResolvedData): number | undefined {
  if (data.rows === undefined || data.missing !== "drop") return data.rows;
  const dropped = new Set<number>();
  for (const name of [...(featureColumns(model, data) ?? []), ...exactColumns(data)])
    for (const row of data.column(name)?.gapRows ?? []) dropped.add(row);
  return data.rows - dropped.size;
}
