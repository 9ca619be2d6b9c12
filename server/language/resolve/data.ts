/** Resolves a `data` block: its source, its columns with their facts, and how to prepare them. */

import { directives } from "../../../engine/catalog/index.ts";
import type { Shape } from "../../../engine/catalog/shapes.ts";
import { delimiterText } from "../../../engine/data/csvFormat.ts";
import { bytesText } from "../../../engine/numberText.ts";
import type { DataPlan, MissingValues, Scaling, SourcePlan, SplitPlan } from "../../../engine/plan.ts";
import { lineRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { DataNode, DirectiveNode, RowNode } from "../syntax/tree.ts";
import { checkClasses } from "./classNames.ts";
import { type ColumnFacts, categoriesOf, MOST_CLASSES } from "./columnFacts.ts";
import type { DataFiles, IndexSign } from "./dataFacts.ts";
import { type ReadSource, readSource, readTable } from "./dataSources.ts";
import { type DirectiveLines, directivesOf, reportMissing, wordOf, wordsOf } from "./directiveLines.ts";
import { missingOf, missingValuesOf } from "./missingLine.ts";
import { columnName, columnsNamed, reportTargets, type UnusableColumns } from "./namedColumns.ts";
import { type NamedTargets, onlyFeatures, type ReadColumns, targetsNamed } from "./namedTargets.ts";
import { type OwnSources, ownSourcesOf } from "./ownSources.ts";
import { type ReadRow, readRow } from "./rows.ts";
import { classWeightOf, sampleWeightOf } from "./rowWeights.ts";
import type { Scope } from "./scope.ts";
import { splitOf } from "./splitLine.ts";

export interface ResolvedData {
  readonly node: DataNode;
  readonly name: string;
  readonly source: SourcePlan | undefined;
  /** The separate sources of parts that are not split off `source`. */
  readonly ownSources: OwnSources;
  /** undefined if unknown: the file has not been read, or its rows are images. */
  readonly columns: readonly ColumnFacts[] | undefined;
  readonly column: (name: string) => ColumnFacts | undefined;
  readonly images: { readonly shape: Shape; readonly largestLabel: number | undefined } | undefined;
  /** The columns named by `ignore` and `sample_weight`. They are not in `columns`. */
  readonly ignored: UnusableColumns;
  /** The columns named by `features`; undefined without that line. */
  readonly features: readonly string[] | undefined;
  readonly target: readonly string[];
  /** The target of each output, if the `target` line names outputs; "features" if every output learns the features. */
  readonly targetOf: NamedTargets["byOutput"];
  readonly classes: readonly string[] | undefined;
  /** The columns to one-hot encode. */
  readonly oneHot: ReadonlySet<string>;
  readonly scale: Scaling;
  readonly scaleTarget: Scaling;
  readonly missing: MissingValues;
  readonly missingValues: readonly string[];
  readonly classWeight: DataPlan["classWeight"];
  readonly sampleWeight: string | undefined;
  readonly split: SplitPlan;
  /** Where messages about the data as a whole are attached. */
  readonly sourceSpan: Span;
  readonly targetSpan: Span;
  readonly rows: number | undefined;
  /** The delimiter of a CSV file in the plural, such as "semicolons"; undefined for other data and for an unread file. */
  readonly delimiter: string | undefined;
  /** Why the file's first column may be an index; undefined if there is no sign of it. */
  readonly index: IndexSign | undefined;
  /** Whether the facts come from only the beginning of the file, and the size of that beginning: "first 2 MB". */
  readonly isSample: boolean;
  readonly sampleText: string;
  /** Whether the block has an error, which has been reported. Then there is no plan. */
  readonly faulty: boolean;
}

/** Returns the data's name for a message, with a remark if only the beginning of a large file was read. */
export const sampled = ({ name, isSample, sampleText }: Pick<ResolvedData, "name" | "isSample" | "sampleText">): string =>
  isSample ? `${name} (by its file's ${sampleText})` : name;

/** Reports `one_hot` columns whose numbers are not categories. */
function reportCategories(line: DirectiveNode, names: readonly string[], columns: ReadonlyMap<string, ColumnFacts>, scope: Scope): void {
  for (const name of names) {
    const column = columns.get(name);
    if (column?.kind !== "number" || categoriesOf(column).length > 0) continue;
    const item = line.arguments.find(({ value }) => (value?.kind === "name" || value?.kind === "string") && columnName(value) === name);
    const fault = column.isWhole || column.stray ? `more than ${MOST_CLASSES}` : "fractions";
    const message = `\`one_hot\` takes words or at most ${MOST_CLASSES} different whole numbers, but \`${name}\` has ${fault}; remove it from this line.`;
    scope.report(issue("NN213", item?.span ?? line.span, { message }));
    return;
  }
}

/** Reports a line about target columns in a block with the features as target. */
const reportUseless = ({ name: { text }, span }: DirectiveNode, scope: Scope): void =>
  scope.report(
    issue(
      "NN213",
      span,
      { message: `\`${text}\` has no effect, since the target is the features as the network reads them; remove this line.` },
      { fixes: [lineRemoved(span, scope)] },
    ),
  );

/** Reports the sources of the rows: data need rows from one place, a `source` or the block itself. */
function reportSources(sourceLine: DirectiveNode | undefined, rows: readonly RowNode[], headSpan: Span, scope: Scope): void {
  if (!sourceLine && rows.length === 0)
    scope.report(issue("NN212", headSpan, { of: "data", name: "a source or rows", example: 'source csv("file.csv")' }));
  if (sourceLine && rows[0])
    scope.report(
      issue("NN213", rows[0].span, {
        message: "This block has a `source`, so it can't have rows too; remove one of the two.",
      }),
    );
}

/** Reads `ignore` and `sample_weight`. Their columns can't be learned. `weighable` reads lists that may contain the column of weights. */
function unusableColumns(
  lines: DirectiveLines<"data">,
  data: string,
  all: readonly ColumnFacts[] | undefined,
  scope: Scope,
): { readonly ignored: UnusableColumns; readonly sampleWeight: string | undefined; readonly weighable: ReadColumns } {
  const ignore = lines.get("ignore");
  const names = all?.map((column) => column.name);
  const ignored = new Map((ignore ? columnsNamed(ignore.arguments, data, names, scope) : []).map((one) => [one, "ignore" as const]));
  if (ignore && ignore.arguments.length === 0) reportMissing(ignore, "a column", `ignore ${names?.[0] ?? "id"}`, scope);
  const others = names?.filter((one) => !ignored.has(one));
  const weighable: ReadColumns = (items) => columnsNamed(items, data, others, scope, ignored);
  const sampleWeight = sampleWeightOf(lines.get("sample_weight"), all, weighable, scope);
  const unusable = new Map<string, "ignore" | "sample_weight">(ignored);
  if (sampleWeight !== undefined) unusable.set(sampleWeight, "sample_weight");
  return { ignored: unusable, sampleWeight, weighable };
}

/** Returns the facts from the data's source, or from the rows in the block. */
function readOf(
  lines: DirectiveLines<"data">,
  rows: readonly ReadRow[],
  files: DataFiles,
  featureNames: readonly string[],
  scope: Scope,
): ReadSource | undefined {
  const source = lines.get("source");
  if (source) return readSource(source, lines, files, featureNames, scope);
  return rows.length > 0 ? readTable(rows, lines, featureNames, scope) : undefined;
}

/** Reports lines that have no effect if the features are the target. */
function reportUselessLines(lines: DirectiveLines<"data">, scope: Scope): void {
  for (const line of [lines.get("classes"), lines.get("scale_target")]) if (line) reportUseless(line, scope);
}

/** Reports a source without a target line if none is implied, and a target line without a column. `example` is a column. */
function reportNoTarget(lines: DirectiveLines<"data">, headSpan: Span, isNeeded: boolean, example: string, scope: Scope): void {
  const target = lines.get("target");
  if (lines.get("source") && !target && isNeeded)
    scope.report(issue("NN212", headSpan, { of: "data", name: "a target", example: `target ${example}` }));
  if (target && target.arguments.length === 0) reportMissing(target, "a column", `target ${example}`, scope);
}

/** Reports a line that names columns although the data are images. `target features` names none. */
function reportImageColumns(lines: DirectiveLines<"data">, learnsFeatures: boolean, splitsByColumn: boolean, scope: Scope): void {
  const named =
    lines.get("features") ??
    (learnsFeatures ? undefined : lines.get("target")) ??
    lines.get("ignore") ??
    lines.get("sample_weight") ??
    (splitsByColumn ? lines.get("split") : undefined);
  if (named)
    scope.report(
      issue("NN213", named.span, {
        message: "Images have no columns, since their pixels are the features and their labels the target; remove this line.",
      }),
    );
}

/** Reports the line that leaves no column to learn from. */
function reportNoFeatures(lines: DirectiveLines<"data">, scope: Scope): void {
  const ignore = lines.get("ignore");
  const emptying = ignore ?? lines.get("sample_weight");
  if (emptying)
    scope.report(
      issue("NN213", emptying.span, {
        message: `\`${emptying.name.text}\` leaves no column to learn from; ${ignore ? "remove one from" : "remove"} this line.`,
      }),
    );
}

/**
 * Returns the resolved data. `featureNames` are names for a table without column names, usually the names of the model's inputs. The
 * function is long because it handles every directive of the block: later ones need the columns left by earlier ones.
 */
export function resolveData(node: DataNode, files: DataFiles, featureNames: readonly string[], scope: Scope): ResolvedData {
  let faulty = false;
  const own: Scope = {
    ...scope,
    report(found) {
      faulty ||= found.severity === "error";
      scope.report(found);
    },
  };
  const name = node.name?.text ?? "";
  const headSpan = node.name?.span ?? node.keyword;
  const lines = directivesOf(
    "data",
    node.body.filter((line) => line.kind === "directive"),
    own,
  );
  const rows = node.body.filter((line) => line.kind === "row").map((row) => readRow(row, own));
  const sourceLine = lines.get("source");
  const read = readOf(lines, rows, files, featureNames, own);
  reportSources(sourceLine, rows, headSpan, own);

  const { ignored, sampleWeight, weighable } = unusableColumns(lines, name, read?.columns, own);
  const columns = read?.columns?.filter((column) => !ignored.has(column.name));
  const columnNames = columns?.map((column) => column.name);
  const listed: ReadColumns = (items) => columnsNamed(items, name, columnNames, own, ignored);
  const byName = new Map(columns?.map((column) => [column.name, column]));
  const features = lines.get("features");
  const target = lines.get("target");
  const oneHot = lines.get("one_hot");
  const targets: NamedTargets = target
    ? targetsNamed(target, columnNames, listed, own)
    : { columns: read?.defaultTarget ?? [], byOutput: undefined };
  const targetNames = targets.columns;
  reportNoTarget(lines, headSpan, columns !== undefined && !read?.defaultTarget, columnNames?.at(-1) ?? "y", own);
  const learnsFeatures = onlyFeatures(targets);
  const split = splitOf(lines.get("split"), headSpan, listed, own);
  if (read?.images) reportImageColumns(lines, learnsFeatures, split.by !== null, own);
  if (ignored.size > 0 && columns?.every((column) => targetNames.includes(column.name))) reportNoFeatures(lines, own);
  const classes = lines.get("classes");
  if (learnsFeatures) reportUselessLines(lines, own);
  else if (classes && (columns || read?.images)) {
    const targetColumns = read?.images ? [] : targetNames.map((one) => byName.get(one));
    checkClasses(classes, { targets: targetColumns, largestLabel: read?.images?.largestLabel }, own);
  }
  const oneHotNames = oneHot ? listed(oneHot.arguments) : [];
  if (oneHot) reportCategories(oneHot, oneHotNames, byName, own);
  // In a table in the file, the `features` line also names the column of weights.
  const listedFeatures = features ? weighable(features.arguments) : read?.defaultFeatures;
  const featureList = listedFeatures?.filter((one) => one !== sampleWeight && (features || !ignored.has(one)));
  if (features)
    reportTargets(features.arguments, targetNames, { columns: columnNames ?? [], source: rows.length > 0 ? "rows" : "file" }, own);
  return {
    node,
    name,
    source: read?.source,
    ownSources: ownSourcesOf(lines, read, files, featureNames, own),
    columns,
    column: (one) => byName.get(one) ?? (one === sampleWeight ? read?.columns?.find((column) => column.name === one) : undefined),
    images: read?.images,
    ignored,
    features: featureList,
    target: targetNames,
    targetOf: targets.byOutput,
    classes: classes ? wordsOf(classes.arguments) : undefined,
    oneHot: new Set(oneHotNames),
    scale: wordOf(lines.get("scale"), directives.data.scale.takes, own),
    scaleTarget: wordOf(lines.get("scale_target"), directives.data.scale_target.takes, own),
    missing: missingOf(lines.get("missing"), own),
    missingValues: missingValuesOf(lines.get("missing"), own),
    classWeight: classWeightOf(lines.get("class_weight"), own),
    sampleWeight,
    split,
    sourceSpan: sourceLine?.span ?? headSpan,
    targetSpan: target?.span ?? headSpan,
    rows: read?.rows,
    delimiter: read?.delimiter === undefined ? undefined : delimiterText(read.delimiter),
    index: ignored.has(read?.columns?.[0]?.name ?? "") ? undefined : read?.index,
    isSample: read?.sampleBytes !== undefined,
    sampleText: `first ${bytesText(read?.sampleBytes ?? 0)}`,
    faulty: faulty || !read,
  };
}
