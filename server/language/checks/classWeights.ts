/** Checks that the classes in `class_weight` are classes of the target (NN219), and that the target has classes at all. */
import { targetForm } from "../../../engine/catalog/losses.ts";
import { valueText } from "../../../engine/data/cells.ts";
import { directiveOf, lineRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { type Scope, suggestion } from "../resolve/scope.ts";
import { writtenName } from "../syntax/writtenName.ts";
import type { Subject } from "./outputFit.ts";

/** The classes of one output: their names, undefined if not all are known, and the form in which names are compared with them. */
interface Classes {
  readonly names: readonly string[] | undefined;
  readonly compared: (name: string) => string;
}

/** Only the first unknown classes of a line are reported. */
const MOST_REPORTED = 10;

export function checkClassWeights(subjects: readonly Subject[], data: ResolvedData, scope: Scope): void {
  const line = data.classWeight === null ? undefined : directiveOf(data.node, "class_weight");
  if (!line || subjects.length === 0) return;
  const outputs = subjects.flatMap((subject) => classesOf(subject) ?? []);
  if (outputs.length === 0) {
    const message = "`class_weight` weighs classes, but the target has no classes; remove this line, or weigh rows with `sample_weight`.";
    scope.report(issue("NN213", line.span, { message }, { fixes: [lineRemoved(line.span, scope)] }));
    return;
  }
  const isKnown = (name: string): boolean => outputs.some(({ names, compared }) => !names || names.includes(compared(name)));
  const known = outputs.flatMap(({ names }) => names ?? []);
  const unknown = line.arguments.flatMap(({ name }) => (name && !isKnown(name.text) ? [name] : []));
  for (const name of unknown.slice(0, MOST_REPORTED)) {
    const { parts, fixes } = suggestion(name, known, writtenClass);
    scope.report(issue("NN219", name.span, { unknown: true, data: data.name, ...parts }, { fixes }));
  }
}

/** Returns a class as written on the line: a number unchanged, a word in quotes if the language requires them. */
const writtenClass = (name: string): string => (Number.isFinite(Number(name)) ? name : writtenName(name));

/** Returns the classes that an output learns. undefined if it learns none, or if it learns several answers of which more than one may be yes. */
function classesOf({ loss, output, targets, data, learnsFeatures }: Subject): Classes | undefined {
  if (learnsFeatures || targetForm(loss, output.activation?.name) === "number") return undefined;
  const asWritten = (name: string): string => name;
  if (data.images) {
    const { largestLabel } = data.images;
    const labels = largestLabel === undefined ? undefined : Array.from({ length: largestLabel + 1 }, (_, k) => String(k));
    return { names: data.classes ?? labels, compared: asWritten };
  }
  const [column] = targets;
  if (targets.length > 1)
    return targetForm(loss, output.activation?.name) === "one_hot"
      ? { names: targets.flatMap((one) => one?.name ?? []), compared: asWritten }
      : undefined;
  if (!column) return undefined;
  // There may be more classes beyond the beginning of the file.
  const names = data.isSample ? undefined : column.values;
  return { names, compared: column.kind === "number" && !column.stray ? valueText : asWritten };
}
