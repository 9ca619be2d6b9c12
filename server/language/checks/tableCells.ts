/** Cells that a training can't use: words among numbers, numbers in another style, text columns among the features, missing values. */
import type { CsvFormat } from "../../../engine/data/csvFormat.ts";
import { plural } from "../../../engine/numberText.ts";
import { changeTo, directiveAdded, directiveOf, fix } from "../diagnostics/fixes.ts";
import { type Fix, issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { exactColumns, featureColumns } from "../resolve/features.ts";
import type { ResolvedModel } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";
import { isNamedClasses } from "../resolve/targets.ts";
import type { Span } from "../syntax/span.ts";
import { writtenName } from "../syntax/writtenName.ts";
import { columnIgnored } from "./indexColumn.ts";

/** Reports NN406 on the source for the first column of numbers that has words. Returns whether there is one. */
export function reportWords(model: ResolvedModel, data: ResolvedData, scope: Scope): boolean {
  for (const name of numberColumns(model, data)) {
    const column = data.column(name);
    const { otherNumbers, stray } = column ?? {};
    if (otherNumbers) {
      const options = styleOptions(otherNumbers.style, data);
      const message = `${otherNumbers.place}: "${otherNumbers.word.slice(0, 40)}" is text, but all of ${name} are numbers with ${options.join(" and ")}; write that in csv(...).`;
      scope.report(issue("NN406", data.sourceSpan, { message }, { fixes: optionsAdded(data, options, scope) }));
      return true;
    }
    if (stray) {
      const message = `${stray.place}: "${stray.word.slice(0, 40)}" is text where a number belongs; ${correction(name, data)}.`;
      scope.report(issue("NN406", data.sourceSpan, { message }, { fixes: leftOut(name, model, data, scope) }));
      return true;
    }
  }
  return false;
}

/**
 * Returns the columns that training reads as numbers unless they are text: the features that are not expanded, the targets that are not
 * class names, and the column of weights.
 */
const numberColumns = (model: ResolvedModel, data: ResolvedData): string[] => [
  ...(featureColumns(model, data) ?? []).filter((name) => !data.oneHot.has(name)),
  ...data.target.filter((name) => !isNamedClasses(data, name)),
  ...(data.sampleWeight === undefined ? [] : [data.sampleWeight]),
];

/** Returns the options of `csv` that distinguish a style from the source's. */
function styleOptions({ decimal, thousands }: Pick<CsvFormat, "decimal" | "thousands">, { source }: ResolvedData): string[] {
  const now = source?.kind === "csv" ? source : undefined;
  return [
    ...(decimal === now?.decimal ? [] : [`decimal="${decimal}"`]),
    ...(thousands === (now?.thousands ?? null) ? [] : [`thousands=${thousands === null ? "none" : `"${thousands}"`}`]),
  ];
}

/** Returns the fix that adds options to `csv(...)`; none if one of them already has another value. */
function optionsAdded({ node }: ResolvedData, options: readonly string[], { text }: Scope): Fix[] {
  const source = node.body.find((line) => line.kind === "directive" && line.name.text === "source");
  const call = source?.kind === "directive" ? source.arguments[0]?.value : undefined;
  if (call?.kind !== "call" || text[call.span.end - 1] !== ")") return [];
  if (call.arguments.some(({ name }) => name && options.some((option) => option.startsWith(`${name.text}=`)))) return [];
  const end = call.span.end - 1;
  return [fix(`Add \`${options.join(", ")}\``, { span: { start: end, end }, text: `, ${options.join(", ")}` })];
}

/** The maximum number of columns named in a message. The quick fix names all. */
const MOST_NAMED = 20;

/**
 * Reports NN217 for all text columns among the features, at the place that names the first of them or else on the source. Returns whether
 * there are any.
 */
export function reportText(model: ResolvedModel, data: ResolvedData, scope: Scope): boolean {
  const columns = (featureColumns(model, data) ?? []).flatMap((name) => {
    const column = data.oneHot.has(name) ? undefined : data.column(name);
    return column?.kind === "text" ? [column] : [];
  });
  const [first] = columns;
  if (!first) return false;
  const names = columns.map(({ name }) => writtenName(name));
  const all = [...[...data.oneHot].map(writtenName), ...names];
  const oneHot = data.node.body.find((line) => line.kind === "directive" && line.name.text === "one_hot");
  const end = oneHot?.kind === "directive" ? (oneHot.arguments.at(-1)?.span.end ?? oneHot.name.span.end) : 0;
  const comma = data.oneHot.size > 0 ? ", " : " ";
  const fixes = oneHot
    ? [fix(`Add \`${listText(names)}\``, { span: { start: end, end }, text: `${comma}${names.join(", ")}` })]
    : directiveAdded(data.node, `one_hot ${names.join(", ")}`, scope, `Add \`one_hot ${listText(names)}\``);
  const parts = {
    columns: columns.map(({ name }) => name),
    example: first.firstText?.slice(0, 40) ?? "",
    repair: `one_hot ${listText(all)}`,
  };
  scope.report(issue("NN217", placeNamed(first.name, model, data), parts, { fixes }));
  return true;
}

const listText = (names: readonly string[]): string =>
  names.length <= MOST_NAMED ? names.join(", ") : `${names.slice(0, MOST_NAMED).join(", ")}, … (${names.length} columns)`;

/** Returns the place that names a column as a feature: the `features` line, an `input` line, or else the source. */
function placeNamed(column: string, model: ResolvedModel, data: ResolvedData): Span {
  const features = data.node.body.find((line) => line.kind === "directive" && line.name.text === "features");
  const named = features ?? model.layers.find(({ columns }) => columns?.includes(column))?.node;
  if (named?.kind !== "directive" && named?.kind !== "layer") return data.sourceSpan;
  const item = named.arguments.find(
    ({ value }) => (value?.kind === "name" && value.text === column) || (value?.kind === "string" && value.value === column),
  );
  return item?.span ?? named.span;
}

/** More rows than a large file has. */
const MOST_ROWS = 1e9;

/** The largest number of float32. */
const LARGEST_FLOAT32 = 2 ** 128 - 2 ** 104;

/** Reports NN406 for the first number that is too large for float32, or for its column's scale. Returns whether there is one. */
export function reportTooLarge(model: ResolvedModel, data: ResolvedData, scope: Scope): boolean {
  for (const name of numberColumns(model, data)) {
    const column = data.column(name);
    if (column?.kind !== "number") continue;
    const scale = data.target.includes(name) ? data.scaleTarget : data.scale;
    const largest = Math.max(-column.min, column.max);
    // Training sums the values for the mean. The sum may overflow even if the mean does not.
    const largestSum = largest * (data.missing === "mean" ? (data.rows ?? MOST_ROWS) : 1);
    const isScaled = scale !== "none" || data.missing === "mean";
    const fault =
      isScaled && ![column.mean, column.deviation, column.max - column.min, largestSum].every(Number.isFinite)
        ? "so large that the mean or scale of its column is infinite"
        : scale === "none" && largest > LARGEST_FLOAT32
          ? "too large for the network, which computes in float32 (at most 3.4e+38)"
          : undefined;
    if (fault === undefined) continue;
    const message = `${column.largestPlace()}: ${largest === column.max ? largest : -largest} is ${fault}; ${correction(name, data)}.`;
    scope.report(issue("NN406", data.sourceSpan, { message }, { fixes: leftOut(name, model, data, scope) }));
    return true;
  }
  return false;
}

/** Returns the repair for a cell that training can't use. A target can't be left out. */
const correction = (name: string, data: ResolvedData): string =>
  data.target.includes(name) || data.sampleWeight === name
    ? "correct the cell"
    : `correct the cell or leave the column out with \`ignore ${writtenName(name)}\``;

/** Returns the fix that leaves out a feature; none for a column named on a line. */
function leftOut(name: string, model: ResolvedModel, data: ResolvedData, scope: Scope): Fix[] {
  const isNamed =
    exactColumns(data).includes(name) ||
    data.oneHot.has(name) ||
    directiveOf(data.node, "features") !== undefined ||
    model.layers.some(({ columns }) => columns?.includes(name));
  return isNamed ? [] : columnIgnored(name, model, data, scope);
}

/** Returns the fix that writes `missing drop` or `missing mean`, on the existing line or a new one. */
function missingWritten(how: "drop" | "mean", { node }: ResolvedData, scope: Scope): Fix[] {
  const line = directiveOf(node, "missing");
  if (!line) return directiveAdded(node, `missing ${how}`, scope);
  const written = line.arguments.find((argument) => !argument.name);
  if (written) return [changeTo(written.span, how, `Change to \`missing ${how}\``)];
  const { end } = line.name.span;
  return [fix(`Change to \`missing ${how}\``, { span: { start: end, end }, text: ` ${how}` })];
}

/** Reports the first missing value, as training does. */
export function checkGaps(model: ResolvedModel, data: ResolvedData, scope: Scope): void {
  if (data.missing === "drop") return;
  const exact = new Set(exactColumns(data));
  for (const name of [...(featureColumns(model, data) ?? []), ...exact]) {
    const column = data.column(name);
    const isExact = exact.has(name);
    if (column?.firstGap === undefined) continue;
    if (data.missing === "mean" && column.kind === "empty" && !isExact) {
      const message = `Column ${name} has no value, so it has no mean; leave it out with \`ignore ${writtenName(name)}\`.`;
      scope.report(issue("NN406", data.sourceSpan, { message }, { fixes: leftOut(name, model, data, scope) }));
      return;
    }
    if (data.missing === "mean" && !isExact && !data.oneHot.has(name)) continue;
    const hasMean = !isExact && !data.oneHot.has(name);
    const repair = `write \`missing drop\` to leave out such rows${hasMean ? " or `missing mean` to fill in the gaps" : ""}`;
    const message = `${column.firstGap}: the value is missing (${name} has ${plural(column.gaps, "missing value")}); ${repair}.`;
    const fixes = [...missingWritten("drop", data, scope), ...(hasMean ? missingWritten("mean", data, scope) : [])];
    scope.report(issue("NN406", data.sourceSpan, { message }, { fixes }));
    return;
  }
}
