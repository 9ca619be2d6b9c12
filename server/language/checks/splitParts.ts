/** Whether each part of a split gets at least one row. */
import { partSizes } from "../../../engine/data/split.ts";
import { plural, roundedText } from "../../../engine/numberText.ts";
import { directiveOf } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import type { Scope } from "../resolve/scope.ts";

const PARTS = { train: "training", validation: "validation", test: "test" } as const;

/** Reports NN411 on the `split` line for the first part that gets no row. */
export function checkSplit(data: ResolvedData, scope: Scope): void {
  const line = directiveOf(data.node, "split");
  if (!line || data.rows === undefined) return;
  const sizes = partSizes(data.rows, data.split);
  for (const name of ["train", "validation", "test"] as const) {
    const share = data.split[name];
    // Only the training part is needed if the line does not name it.
    if (sizes[name] > 0 || (share === 0 && name !== "train")) continue;
    scope.report(issue("NN411", line.span, { part: PARTS[name], share: roundedText(share, 7), rows: plural(data.rows, "row") }));
    return;
  }
}
