/** Advice on the target's values: numbers on a large scale, and classes of very unequal sizes. */
import { type LossName, targetForm } from "../../../engine/catalog/losses.ts";
import { roundedText } from "../../../engine/numberText.ts";
import { changeTo, directiveAdded, directiveOf } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ColumnFacts } from "../resolve/columnFacts.ts";
import { type ResolvedData, sampled } from "../resolve/data.ts";
import type { Scope } from "../resolve/scope.ts";
import { isNamedClasses } from "../resolve/targets.ts";
import type { Span } from "../syntax/span.ts";
import type { Subject } from "./outputFit.ts";

/** The losses whose magnitude depends on the target's. */
const FOLLOWS_SCALE: ReadonlySet<string> = new Set<string>(["mse", "mae", "huber", "log_cosh"]);
const isScaled = (loss: LossName): boolean => FOLLOWS_SCALE.has(loss);
const LARGE_DEVIATION = 100;
const LARGEST_SHARE = 0.9;

const targetSpan = (data: ResolvedData): Span => directiveOf(data.node, "target")?.span ?? data.sourceSpan;

/** Reports NN520 for the first target with a large standard deviation. If the features are the target, their scale is set by `scale`. */
export function checkTargetScale(subjects: readonly Subject[], data: ResolvedData, scope: Scope): void {
  if (data.scaleTarget !== "none") return;
  const column = subjects
    .flatMap(({ loss, targets, learnsFeatures }) => (isScaled(loss) && !learnsFeatures ? targets : []))
    .find((one) => one?.kind === "number" && !isNamedClasses(data, one.name) && one.deviation > LARGE_DEVIATION);
  if (!column) return;
  const line = directiveOf(data.node, "scale_target");
  const fixes = line ? [changeTo(line.span, "scale_target standard")] : directiveAdded(data.node, "scale_target standard", scope);
  scope.report(issue("NN520", targetSpan(data), { column: column.name, deviation: column.deviation }, { fixes }));
}

/** Reports NN535 for the first target with the same value in all of three or more rows. */
export function checkConstantTarget(subjects: readonly Subject[], data: ResolvedData, scope: Scope): void {
  // Which rows are dropped for gaps in other columns is unknown here.
  if (data.missing === "drop" || (data.rows ?? 0) < 3) return;
  for (const { targets, learnsFeatures } of subjects) {
    const column = learnsFeatures ? undefined : targets.find((one) => one && onlyValue(one) !== undefined);
    const value = column && onlyValue(column);
    if (!column || value === undefined) continue;
    scope.report(issue("NN535", targetSpan(data), { data: sampled(data), column: column.name, value }));
    return;
  }
}

function onlyValue({ kind, min, max, words, gaps }: ColumnFacts): string | undefined {
  if (gaps > 0) return undefined;
  if (kind === "number") return min === max ? roundedText(min) : undefined;
  return words.length === 1 ? `\`${words[0]?.slice(0, 40)}\`` : undefined;
}

/** Reports NN528 for the first target with nearly all rows in one class. */
export function checkBalance(subjects: readonly Subject[], data: ResolvedData, scope: Scope): void {
  if (data.classWeight !== null) return;
  for (const { output, loss, targets, learnsFeatures } of subjects) {
    const [column] = targets;
    if (!column || learnsFeatures || targets.length > 1 || targetForm(loss, output.activation?.name) === "number") continue;
    const total = [...column.counts.values()].reduce((a, b) => a + b, 0);
    const [first, second] = [...column.counts].sort(([, a], [, b]) => b - a);
    if (!first || !second || first[1] < LARGEST_SHARE * total) continue;
    const shares = [first, second].map(([name, count]) => ({ name, share: count / total }));
    const fixes = directiveAdded(data.node, "class_weight balanced", scope);
    scope.report(issue("NN528", targetSpan(data), { data: sampled(data), shares, others: column.counts.size - 2 }, { fixes }));
    return;
  }
}
