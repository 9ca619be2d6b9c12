/** NN533: a feature whose scale differs from its scale when the weights of `start` were trained. */

import type { Scaler } from "../../../engine/data/scaling.ts";
import { roundedText } from "../../../engine/numberText.ts";
import { directiveOf } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ColumnFacts } from "../resolve/columnFacts.ts";
import type { ResolvedData } from "../resolve/data.ts";
import type { DataFiles } from "../resolve/dataFacts.ts";
import { featureColumns } from "../resolve/features.ts";
import type { ResolvedModel } from "../resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";

/**
 * Smaller differences are usual between two samples of the same data. Measured in the file's scale: 1 shifts the column's mean by one
 * standard deviation.
 */
const LARGE = 0.5;

export function checkStartScales(
  { node, start }: ResolvedTrain,
  model: ResolvedModel,
  data: ResolvedData,
  files: DataFiles,
  scope: Scope,
): void {
  const line = directiveOf(node, "start");
  const known = start === null ? undefined : files.weights?.(start);
  if (!line || start === null || !known || "problem" in known) return;
  const differences = (featureColumns(model, data) ?? []).flatMap((name) => {
    const [column, before] = [data.column(name), known.facts.scalers.get(name)];
    if (!column || !before || column.kind !== "number" || data.oneHot.has(name)) return [];
    const now = scalerOf(column, data);
    return [
      {
        name,
        before,
        now,
        size: Math.max(Math.abs(now.offset - before.offset) / before.factor, Math.abs(Math.log(now.factor / before.factor))),
      },
    ];
  });
  const [largest] = differences.sort((a, b) => b.size - a.size);
  if (!largest || !(largest.size > LARGE)) return;
  const text = ({ offset, factor }: Scaler): string => `(x − ${roundedText(offset)}) / ${roundedText(factor)}`;
  scope.report(issue("NN533", line.span, { file: start, column: largest.name, now: text(largest.now), before: text(largest.before) }));
}

/** Returns the column's scale as fitted by a training, assuming that the training part resembles all rows. */
function scalerOf({ mean, deviation, min, max }: ColumnFacts, { scale }: ResolvedData): Scaler {
  if (scale === "standard") return { offset: mean, factor: deviation || 1 };
  return scale === "minmax" ? { offset: min, factor: max - min || 1 } : { offset: 0, factor: 1 };
}
