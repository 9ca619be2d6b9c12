/** Claims that no value of the metric, or every value, meets: `accuracy >= 95`. */
import { isName, names } from "../../../engine/catalog/index.ts";
import { type Loss, losses } from "../../../engine/catalog/losses.ts";
import { type Metric, metrics } from "../../../engine/catalog/metrics.ts";
import { rounded } from "../../../engine/numberText.ts";
import { changeTo } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";
import type { ClaimNode } from "../syntax/tree.ts";

/** Reports NN526. `name` is the metric's name, optionally prefixed with its output's name: `price_mae`. */
export function checkClaimRange(claim: ClaimNode, scope: Scope): void {
  const { text } = claim.metric;
  const name = isName(metrics, text) ? text : names(metrics).find((one) => text.endsWith(`_${one}`));
  if (!name) return;
  const { range }: Metric = metrics[name];
  reportRange(claim, name, range, scope);
}

/** Reports NN526 on a claim about a training's loss, unless an output has a loss that may be negative. */
export function checkLossRange(claim: ClaimNode, { losses: written }: Pick<ResolvedTrain, "losses">, scope: Scope): void {
  if (claim.metric.text !== "loss" || written.size === 0) return;
  const isSigned = [...written.values()].some(({ use }) => {
    const loss: Loss = losses[use.name];
    return loss.isSigned === true;
  });
  if (!isSigned) reportRange(claim, "loss", [0, Number.POSITIVE_INFINITY], scope);
}

function reportRange({ metric, operator, value }: ClaimNode, name: string, [low, high]: readonly [number, number], scope: Scope): void {
  if (!value) return;
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
