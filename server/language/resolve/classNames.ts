/** Checks the names of a `classes` line against the values of the target (NN219). */
import { valueText } from "../../../engine/data/cells.ts";
import { argumentRemoved, fix } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { DirectiveNode } from "../syntax/tree.ts";
import { writtenName } from "../syntax/writtenName.ts";
import type { ColumnFacts } from "./columnFacts.ts";
import { wordsOf } from "./directiveLines.ts";
import type { Scope } from "./scope.ts";

/** The values to which class names refer: a column's values, or the label numbers up to the largest. */
export interface Labelled {
  readonly targets: readonly (ColumnFacts | undefined)[];
  readonly largestLabel: number | undefined;
}

/** Returns a class as written on a `classes` line. */
export const writtenClass = (name: string, column: Pick<ColumnFacts, "kind">): string =>
  column.kind === "number" && valueText(name) === name && !Number.isNaN(Number(name)) ? name : writtenName(name);

export function checkClasses(line: DirectiveNode, { targets, largestLabel }: Labelled, scope: Scope): void {
  const names = wordsOf(line.arguments);
  const texts = targets.filter((column) => column?.kind === "text");
  const named = targets.length === 1 ? targets : texts;
  if (targets.length > 1 && texts.length === 0 && targets.every(Boolean)) {
    scope.report(
      issue("NN213", line.span, {
        message: "`classes` names the classes of one target column, but there are several columns of numbers; remove this line.",
      }),
    );
    return;
  }
  for (const column of named.length > 0 ? named : [undefined]) {
    const repeated = firstRepeated(names.map((name) => keyOf(name, column)));
    if (repeated >= 0) {
      const span = line.arguments[repeated]?.span ?? line.span;
      const name = names[repeated] ?? "";
      scope.report(
        issue("NN219", span, { name, repeated: true }, { fixes: [argumentRemoved(span, scope, `Remove the second \`${name}\``)] }),
      );
      return;
    }
    const known = new Set(names.map((name) => keyOf(name, column)));
    const missing = column?.values?.filter((value) => !known.has(value)) ?? [];
    const [first] = missing;
    if (column && first !== undefined) {
      const end = line.arguments.at(-1)?.span.end ?? line.name.span.end;
      const written = missing.map((name) => writtenClass(name, column)).join(", ");
      const fixes =
        missing.length <= MOST_ADDED
          ? [fix(`Add \`${written}\``, { span: { start: end, end }, text: `${names.length > 0 ? "," : ""} ${written}` })]
          : [];
      scope.report(issue("NN219", line.span, { column: column.name, missing, place: column.firstPlace(first) }, { fixes }));
      return;
    }
  }
  if (largestLabel !== undefined && largestLabel >= names.length && line.arguments.length > 0)
    scope.report(issue("NN219", line.span, { largest: largestLabel, count: names.length }));
}

const MOST_ADDED = 20;

const keyOf = (name: string, column: ColumnFacts | undefined): string =>
  column?.kind === "number" && !column.stray ? valueText(name) : name;

/** Returns the index of the first repeated name; -1 if there is none. */
function firstRepeated(names: readonly string[]): number {
  const met = new Set<string>();
  return names.findIndex((name) => {
    if (met.has(name)) return true;
    met.add(name);
    return false;
  });
}
