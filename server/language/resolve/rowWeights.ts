/** Reads `class_weight` and `sample_weight`: the weights of classes and rows in the training loss. */

import { roundedText } from "../../../engine/numberText.ts";
import type { DataPlan } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode } from "../syntax/tree.ts";
import type { ColumnFacts } from "./columnFacts.ts";
import { reportMissing } from "./directiveLines.ts";
import type { ReadColumns } from "./namedTargets.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";
import { shown } from "./valueText.ts";

const BALANCED = "balanced";

/** Reads `class_weight balanced`, or a weight per class: `class_weight no=1 yes=8`. Returns null without the line. */
export function classWeightOf(line: DirectiveNode | undefined, scope: Scope): DataPlan["classWeight"] {
  if (!line) return null;
  const { arguments: written } = line;
  const [first] = written;
  if (!first) {
    reportMissing(line, "`balanced` or a weight for each class", "class_weight balanced", scope);
    return null;
  }
  if (isBalanced(first)) {
    const [second] = written.slice(1);
    if (second)
      scope.report(
        issue("NN213", second.span, { message: "Write `balanced` alone, or a weight for each class, such as `no=1 yes=8`; not both." }),
      );
    return BALANCED;
  }
  const weights = new Map<string, number>();
  for (const argument of written) readWeight(argument, weights, scope);
  return [...weights].map(([name, weight]) => ({ name, weight }));
}

const isBalanced = ({ name, value }: ArgumentNode): boolean => !name && value?.kind === "name" && value.text === BALANCED;

function readWeight({ name, value: node, span }: ArgumentNode, weights: Map<string, number>, scope: Scope): void {
  const value = node && resolved(node, scope);
  if (!name) {
    const { parts, fixes } = suggestion({ text: node?.kind === "name" ? node.text : "", span }, [BALANCED]);
    const message = `\`class_weight\` takes \`${BALANCED}\`, or a class before each weight, such as \`yes=8\`${parts.nearest === undefined ? "" : `; did you mean \`${BALANCED}\`?`}`;
    scope.report(issue("NN213", span, { message: message.endsWith("?") ? message : `${message}.` }, { fixes }));
  } else if (weights.has(name.text)) scope.report(issue("NN210", name.span, { what: "argument", name: name.text }));
  else if (value?.kind === "number" && value.value >= 0 && Number.isFinite(value.value)) weights.set(name.text, value.value);
  else if (value)
    scope.report(
      issue("NN213", span, { message: `The weight of \`${name.text.slice(0, 60)}\` must be a number from 0, but ${shown(value)} is not.` }),
    );
}

/** Reads `sample_weight`: the column of weights. `columns` are undefined if unknown. */
export function sampleWeightOf(
  line: DirectiveNode | undefined,
  columns: readonly ColumnFacts[] | undefined,
  listed: ReadColumns,
  scope: Scope,
): string | undefined {
  if (!line) return undefined;
  if (line.arguments.length === 0) reportMissing(line, "a column", `sample_weight ${columns?.[0]?.name ?? "weight"}`, scope);
  const [name, second] = listed(line.arguments);
  if (second !== undefined) scope.report(issue("NN213", line.span, { message: "`sample_weight` takes one column; remove the others." }));
  const column = columns?.find((one) => one.name === name);
  const fault = column && weightFault(column);
  if (fault !== undefined) scope.report(issue("NN213", line.arguments[0]?.span ?? line.span, { message: fault }));
  return name;
}

/** Returns why a column can't contain weights; undefined if it can. */
function weightFault({ name, kind, min, max, firstText }: ColumnFacts): string | undefined {
  if (kind === "text")
    return `\`${name}\` holds text (such as "${firstText?.slice(0, 40)}"), but weights are numbers; name another column.`;
  if (min < 0)
    return `A weight is at least 0, but the smallest \`${name}\` is ${roundedText(min)}; correct the column, or name another one.`;
  return max === 0 ? `Every \`${name}\` is 0, so no row counts; name another column.` : undefined;
}
