/** Claims that no value of the metric meets, or every one does: `accuracy >= 95`. */
import { isName, names } from "../../../engine/catalog/index.ts";
import { type Metric, metrics } from "../../../engine/catalog/metrics.ts";
import { rounded } from "../../../engine/numberText.ts";
import { changeTo } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Scope } from "../resolve/scope.ts";
import type { ClaimNode } from "../syntax/tree.ts";

/** Reports NN526. `name` is the metric's own name or one with its output's: `price_mae`. */
export function checkClaimRange({ metric, operator, value }: ClaimNode, scope: Scope): void {
  const name = isName(metrics, metric.text) ? metric.text : names(metrics).find((one) => metric.text.endsWith(`_${one}`));
  if (!name || !value) return;
  const { range }: Metric = metrics[name];
  const [low, high] = range;
  const number = value.value;
  const never = {
    ">=": number > high,
    ">": number >= high,
    "<=": number < low,
    "<": number <= low,
    "==": number < low || number > high,
  }[operator];
  const always = { ">=": number <= low, ">": number < low, "<=": number >= high, "<": number > high }[operator] === true;
  if (!never && !always) return;
  const isPercentage = low === 0 && high === 1 && number > 1 && number <= 100;
  const share = isPercentage ? String(rounded(number / 100, 15)) : undefined;
  scope.report(
    issue(
      "NN526",
      value.span,
      { metric: name, claim: `${metric.text} ${operator} ${value.text}`, low, high, holds: never ? "never" : "always", share },
      { fixes: share === undefined ? [] : [changeTo(value.span, share)] },
    ),
  );
}
