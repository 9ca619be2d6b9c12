/** Checks that a metric can measure an output: class metrics need classes, error metrics need numbers. */
import { isName, names } from "../../../engine/catalog/index.ts";
import { targetForm } from "../../../engine/catalog/losses.ts";
import { type Metric, type MetricName, metrics } from "../../../engine/catalog/metrics.ts";
import { changeTo, directiveOf } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ColumnFacts } from "../resolve/columnFacts.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";
import { isNamedClasses } from "../resolve/targets.ts";
import type { Span } from "../syntax/span.ts";
import type { ClaimNode } from "../syntax/tree.ts";
import type { Subject } from "./outputFit.ts";

/** The kind of an output's targets, for a metric. 0 and 1, and −1 and 1, are both classes and numbers. */
type Measured = "classes" | "numbers" | "both";

function measuredOf({ output, loss, targets, learnsFeatures, data }: Subject): Measured {
  if (learnsFeatures) return targets.every(isTwoSided) ? "both" : "numbers";
  const form = targetForm(loss, output.activation?.name);
  const [first] = targets;
  if (data.images || form === "class_index" || (targets.length === 1 && isNamedClasses(data, first?.name))) return "classes";
  return form === "one_hot" || targets.every(isTwoSided) ? "both" : "numbers";
}

/** Whether the numbers are 0 and 1, or −1 and 1. */
const isTwoSided = (column: ColumnFacts | undefined): boolean =>
  column?.isWhole === true && column.max <= 1 && (column.min >= 0 || (column.min === -1 && !column.counts.has("0")));

/** Reports NN410 on each metric of the `metrics` line that can't measure any output. */
export function checkMetrics(train: ResolvedTrain, subjects: readonly Subject[], scope: Scope): void {
  const used = train.metrics.map(({ name }) => name);
  // A metric without a name might measure an output without a loss, which has been reported.
  const all = subjects.length === train.model?.outputs.length ? subjects : [];
  for (const { name: output, value } of directiveOf(train.node, "metrics")?.arguments ?? []) {
    const name = value?.kind === "name" ? value : value?.kind === "call" ? value.name : undefined;
    const own = output ? subjects.filter((subject) => subject.output.id === output.text) : all;
    if (name && value && isName(metrics, name.text)) checkMetric(name.text, name.span, used, own, scope);
  }
}

/** Reports NN410 on a claim whose metric can't measure its output. */
export function checkClaimMetric({ metric }: ClaimNode, subjects: readonly Subject[], scope: Scope): void {
  if (isName(metrics, metric.text)) checkMetric(metric.text, metric.span, [], subjects, scope);
  for (const subject of subjects.length > 1 ? subjects : []) {
    const name = names(metrics).find((one) => metric.text === `${subject.output.id}_${one}`);
    if (name) checkMetric(name, { start: metric.span.end - name.length, end: metric.span.end }, [], [subject], scope);
  }
}

function checkMetric(name: MetricName, span: Span, used: readonly MetricName[], subjects: readonly Subject[], scope: Scope): void {
  const [first] = subjects;
  const { measures }: Metric = metrics[name];
  if (!first || subjects.some((subject) => [measures, "both"].includes(measuredOf(subject)))) return;
  const better = measures === "classes" ? "mae" : "accuracy";
  const fixes: Fix[] = used.includes(better) ? [] : [changeTo(span, better)];
  const target = first.learnsFeatures ? ["features"] : first.targets.map((column) => column?.name ?? "").filter(Boolean);
  scope.report(issue("NN410", span, { metric: name, measures, target, better }, { fixes }));
}
