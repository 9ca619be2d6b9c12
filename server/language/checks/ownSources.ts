/** Checks that a part's own source fits the training data: its columns, its cells, and that training knows all its words and classes. */
import { targetForm } from "../../../engine/catalog/losses.ts";
import { shapeText } from "../../../engine/catalog/shapes.ts";
import { valueText } from "../../../engine/data/cells.ts";
import { plural } from "../../../engine/numberText.ts";
import { issue } from "../diagnostics/issue.ts";
import { listed } from "../diagnostics/table.ts";
import { type ColumnFacts, categoriesOf } from "../resolve/columnFacts.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { featureColumns } from "../resolve/features.ts";
import type { OwnSource } from "../resolve/ownSources.ts";
import type { ResolvedModel } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";
import { isNamedClasses } from "../resolve/targets.ts";
import { writtenName } from "../syntax/writtenName.ts";
import type { Subject } from "./outputFit.ts";

/** Reports NN406 for the first fault of each part whose own source does not fit, on the part's line. */
export function checkOwnSources(model: ResolvedModel, data: ResolvedData, subjects: readonly Subject[], scope: Scope): void {
  for (const own of [data.ownSources.validation, data.ownSources.test]) {
    const message = own && (data.images ? faultOfImages(own, data.images) : faultOfTable(own, model, data, subjects));
    if (own && message) scope.report(issue("NN406", own.line.span, { message }));
  }
}

function nameOf({ read: { source }, line }: OwnSource): string {
  if (source.kind === "csv") return source.path;
  return source.kind === "idx" ? source.labels : `The source of \`${line.name.text}\``;
}

function faultOfImages(own: OwnSource, main: NonNullable<ResolvedData["images"]>): string | undefined {
  const { images } = own.read;
  if (!images) return undefined;
  if (shapeText(images.shape) !== shapeText(main.shape))
    return `\`${own.line.name.text}\` has images of ${shapeText(images.shape)}, but the data's source has images of ${shapeText(main.shape)}; all parts need images of one size.`;
  const { largestLabel } = images;
  if (largestLabel === undefined || main.largestLabel === undefined || largestLabel <= main.largestLabel) return undefined;
  return `${nameOf(own)} has the class ${largestLabel}, which training lacks: its labels are 0 to ${main.largestLabel}; correct the labels, or train with this class.`;
}

function faultOfTable(own: OwnSource, model: ResolvedModel, data: ResolvedData, subjects: readonly Subject[]): string | undefined {
  if (!own.read.columns) return undefined;
  const columns = new Map(own.read.columns.map((column) => [column.name, column]));
  const targets = new Set(data.target);
  for (const name of [...(featureColumns(model, data) ?? []), ...data.target]) {
    const column = columns.get(name);
    if (!column)
      return `${nameOf(own)} has no column \`${name}\`; it has ${listed([...columns.keys()])}, and needs the features and the target of the training.`;
    const main = data.column(name);
    const fault = main && (gapFault(column, targets.has(name), data) ?? cellFault(column, main, data, subjects));
    if (fault) return fault;
  }
  return undefined;
}

/** Returns what is wrong with the first gap in a part, as for gaps in the training part. */
function gapFault({ name, firstGap, gaps }: ColumnFacts, isTarget: boolean, { missing, oneHot }: ResolvedData): string | undefined {
  if (firstGap === undefined || missing === "drop") return undefined;
  const canFill = !isTarget && !oneHot.has(name);
  if (missing === "mean" && canFill) return undefined;
  const repair = `write \`missing drop\` to leave out such rows${canFill ? " or `missing mean` to fill in the gaps" : ""}`;
  return `${firstGap}: the value is missing (${name} has ${plural(gaps, "missing value")}); ${repair}.`;
}

/** Returns what is wrong with a part's cells: a word that is missing in the training data, or a word among numbers. */
function cellFault(column: ColumnFacts, main: ColumnFacts, data: ResolvedData, subjects: readonly Subject[]): string | undefined {
  const { name, stray, kind, values, firstPlace, words } = column;
  const known = knownValues(main, data, subjects);
  if (known) {
    // A sample of the training's file may lack some of its words.
    const lacking = data.isSample && !data.classes ? undefined : values?.find((value) => !known.has(value));
    if (lacking === undefined) return undefined;
    const what = data.target.includes(name) ? "class" : "word";
    return `${firstPlace(lacking)}: training lacks the ${what} "${lacking.slice(0, 40)}" of ${name}; it has ${listed([...known])}. Correct the cell, or train with this ${what}.`;
  }
  const text = stray ?? (kind === "text" ? { word: words[0] ?? "", place: firstPlace(words[0] ?? "") } : undefined);
  return (
    text &&
    `${text.place}: "${text.word.slice(0, 40)}" is text where a number belongs; correct the cell or leave the column out with \`ignore ${writtenName(name)}\`.`
  );
}

/** Returns a column's words or classes in the training data; undefined for numbers. */
function knownValues(main: ColumnFacts, data: ResolvedData, subjects: readonly Subject[]): ReadonlySet<string> | undefined {
  const { name } = main;
  if (data.oneHot.has(name)) return new Set(categoriesOf(main));
  if (isNamedClasses(data, name)) return new Set(data.classes?.map(main.kind === "number" ? valueText : String) ?? main.values);
  const areClasses = subjects.some(
    ({ targets, loss, output }) => targets.includes(main) && targetForm(loss, output.activation?.name) === "class_index",
  );
  return areClasses && main.values ? new Set(main.values) : undefined;
}
