/** Reads the source of a `data` block's rows: files, a generator, or the block itself, with the facts about its columns. */
import type { Configured } from "../../../engine/catalog/index.ts";
import type { Shape } from "../../../engine/catalog/shapes.ts";
import { type GeneratorName, sources } from "../../../engine/catalog/sources.ts";
import { columnsOf, generate, rowCount } from "../../../engine/data/generators.ts";
import { plural } from "../../../engine/numberText.ts";
import type { SourcePlan } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { DirectiveNode, RowNode, ValueNode } from "../syntax/tree.ts";
import { configured, type ReadArguments, readUse } from "./argumentReader.ts";
import { type ColumnFacts, columnFacts, plainContext } from "./columnFacts.ts";
import { csvFormat } from "./csvOptions.ts";
import type { DataFiles, IndexSign } from "./dataFacts.ts";
import { type DirectiveLines, type DirectiveName, reportMissing, wordsOf } from "./directiveLines.ts";
import { missingValuesOf } from "./missingLine.ts";
import { isFeaturesWord } from "./namedTargets.ts";
import type { ReadRow } from "./rows.ts";
import type { Scope } from "./scope.ts";

export interface ReadSource {
  readonly source: SourcePlan;
  readonly columns: readonly ColumnFacts[] | undefined;
  readonly images?: { readonly shape: Shape; readonly largestLabel: number | undefined };
  readonly rows: number | undefined;
  /** The table's delimiter, and why its first column may be an index. */
  readonly delimiter?: string | undefined;
  readonly index?: IndexSign | undefined;
  /** The size of the file's beginning, if only the beginning was read. */
  readonly sampleBytes?: number | undefined;
  readonly defaultFeatures?: readonly string[];
  readonly defaultTarget?: readonly string[];
}

/** Returns the source from a `source` line. `featureNames` are names for a generator's columns if the block names none. */
export function readSource(
  line: DirectiveNode,
  lines: DirectiveLines<"data">,
  files: DataFiles,
  featureNames: readonly string[],
  scope: Scope,
): ReadSource | undefined {
  const [argument] = line.arguments;
  if (!argument?.value) {
    reportMissing(line, "a file", `${line.name.text} csv("file.csv")`, scope);
    return undefined;
  }
  const use = readUse("sources", argument.value, scope);
  if (!use || use.read.faulty) return undefined;
  switch (use.name) {
    case "csv":
      return readCsv(use.read, line, argument.span, { files, missing: missingValuesOf(lines.get("missing"), scope) }, scope);
    case "idx":
      return readIdx(use.read, line, argument.span, files, scope);
    default: {
      const generator = configured<"sources", GeneratorName>(use);
      return generator && readGenerator(generator, lines, featureNames, scope);
    }
  }
}

type ReadSourceOf<S extends keyof typeof sources> = ReadArguments<(typeof sources)[S]["arguments"]>;

/** Returns the name of a file. Reports it if it is missing. */
function fileNamed<N extends string>(
  { values }: { readonly values: ReadonlyMap<N, ValueNode> },
  name: N,
  missing: { readonly of: "csv" | "idx"; readonly name: string },
  line: DirectiveNode,
  span: Span,
  scope: Scope,
): string | undefined {
  const value = values.get(name);
  if (value?.kind === "string") return value.value;
  if (!line.damaged) scope.report(issue("NN212", span, { ...missing, example: sources[missing.of].example }));
  return undefined;
}

function readCsv(
  read: ReadSourceOf<"csv">,
  line: DirectiveNode,
  span: Span,
  { files, missing }: { readonly files: DataFiles; readonly missing: readonly string[] },
  scope: Scope,
): ReadSource | undefined {
  const path = fileNamed(read, "path", { of: "csv", name: "the file's path in quotes" }, line, span, scope);
  if (path === undefined || !read.settings) return undefined;
  const format = csvFormat(read, scope);
  const known = files.csv(path, format, missing);
  const source = { kind: "csv", path, ...format } as const;
  if (known && "problem" in known) {
    scope.report(issue("NN406", line.span, { message: known.problem }));
    return { source, columns: undefined, rows: undefined };
  }
  if (!known) return { source, columns: undefined, rows: undefined };
  const { columns, rows, delimiter, index, sampleBytes } = known.facts;
  return { source, columns, rows: sampleBytes === undefined ? rows : undefined, delimiter, index, sampleBytes };
}

function readIdx(read: ReadSourceOf<"idx">, line: DirectiveNode, span: Span, files: DataFiles, scope: Scope): ReadSource | undefined {
  const images = fileNamed(read, "images", { of: "idx", name: "the images file in quotes" }, line, span, scope);
  const labels = fileNamed(read, "labels", { of: "idx", name: "the labels file in quotes" }, line, span, scope);
  if (images === undefined || labels === undefined) return undefined;
  const source = { kind: "idx", images, labels } as const;
  const knownImages = files.idx(images);
  const knownLabels = files.idx(labels);
  for (const known of [knownImages, knownLabels]) {
    if (known && "problem" in known) {
      scope.report(issue("NN406", line.span, { message: known.problem }));
      return { source, columns: undefined, rows: undefined };
    }
  }
  if (!knownImages || !knownLabels || "problem" in knownImages || "problem" in knownLabels)
    return { source, columns: undefined, rows: undefined };
  const [count, ...shape] = knownImages.facts.shape;
  const [labelCount] = knownLabels.facts.shape;
  if (shape.length === 0 || knownLabels.facts.shape.length !== 1)
    scope.report(
      issue("NN406", line.span, {
        message: `${images} has ${plural(knownImages.facts.shape.length, "axis", "axes")} and ${labels} has ${plural(knownLabels.facts.shape.length, "axis", "axes")}; name the file of images first and then the file of labels.`,
      }),
    );
  else if (count !== labelCount)
    scope.report(
      issue("NN406", line.span, {
        message: `${images} has ${count} images, but ${labels} has ${labelCount} labels; name two files of the same data set.`,
      }),
    );
  return { source, columns: undefined, rows: count, images: { shape, largestLabel: knownLabels.facts.largest } };
}

/** The number of generated rows from which the checker computes facts about the columns. */
const FACTS_FROM = 1000;

function readGenerator(
  use: Configured<"sources", GeneratorName>,
  lines: DirectiveLines<"data">,
  featureNames: readonly string[],
  scope: Scope,
): ReadSource {
  const context = plainContext(missingValuesOf(lines.get("missing"), scope));
  const own = columnsOf(use);
  const named = (directive: DirectiveName<"data">): string[] => wordsOf(lines.get(directive)?.arguments ?? []);
  const pick = (fallback: readonly string[], ...choices: readonly (readonly string[])[]): readonly string[] =>
    choices.find((choice) => choice.length === fallback.length) ?? fallback;
  const features = pick(own.slice(0, -1), named("features"), featureNames);
  const target = lines.get("target");
  // `target features` does not name a column here: the generator's own target keeps its name.
  const targetNames = isFeaturesWord(target?.arguments[0]?.value, undefined) ? [] : targetWords(target);
  const columns = [...features, ...pick([freeName(own.at(-1) ?? "y", features)], targetNames)];
  const rows = generate(use, FACTS_FROM);
  const facts = columns.map((name, j) =>
    columnFacts(
      name,
      rows.map((row) => String(row[j])),
      () => "",
      context,
    ),
  );
  return {
    source: { kind: "generator", use, columns },
    columns: facts,
    rows: rowCount(use),
    defaultFeatures: columns.slice(0, -1),
    defaultTarget: columns.slice(-1),
  };
}

/** Returns the target's own name, changed to `y_1` if a feature has that name. */
function freeName(name: string, features: readonly string[]): string {
  for (let k = 0; ; k++) {
    const free = k === 0 ? name : `${name}_${k}`;
    if (!features.includes(free)) return free;
  }
}

/** Returns the columns declared by a `target` line. Two outputs may name the same column. */
function targetWords(line: DirectiveNode | undefined): string[] {
  const words = wordsOf(line?.arguments ?? []);
  return line?.arguments.some(({ name }) => name) ? [...new Set(words)] : words;
}

export function readTable(
  rows: readonly ReadRow[],
  lines: DirectiveLines<"data">,
  featureNames: readonly string[],
  scope: Scope,
): ReadSource {
  const first = rows.find(({ damaged }) => !damaged) ?? rows[0];
  const declaredFeatures = lines.get("features") && wordsOf(lines.get("features")?.arguments ?? []);
  const declaredTarget = lines.get("target") && targetWords(lines.get("target"));
  const featureCount = declaredFeatures?.length ?? first?.features.length ?? 0;
  const targetCount = declaredTarget?.length ?? first?.targets.length ?? 0;
  const features =
    declaredFeatures ??
    (featureNames.length === featureCount ? [...featureNames] : Array.from({ length: featureCount }, (_, i) => `x${i + 1}`));
  const ownTarget = targetCount === 1 ? ["y"] : Array.from({ length: targetCount }, (_, i) => `y${i + 1}`);
  const target = declaredTarget ?? ownTarget.map((name) => freeName(name, features));
  const lineOf = (directive: DirectiveName<"data">): Span | undefined => (lines.get(directive) ?? first)?.span;
  const good = rows.filter(
    (row) => !row.damaged && rowFits(row, featureCount, targetCount, scope, { features: lineOf("features"), targets: lineOf("target") }),
  );
  const cells = good.map((row) => [...row.features, ...row.targets].map((cell) => cell.value));
  const names = [...features, ...target];
  const context = plainContext(missingValuesOf(lines.get("missing"), scope));
  const columns = names.map((name, j) => {
    const facts = columnFacts(
      name,
      cells.map((row) => String(row[j] ?? "")),
      (row) => `row ${row + 1}`,
      context,
    );
    if (facts.stray === undefined) return facts;
    const wrong = good.find((row) => typeof [...row.features, ...row.targets][j]?.value === "string");
    scope.report(
      issue("NN213", wrong?.span ?? first?.span ?? { start: 0, end: 0 }, {
        message: `Column \`${name}\` has numbers, but this row has text in it; correct the cell.`,
      }),
    );
    return columnFacts(name, [], () => "");
  });
  return {
    source: { kind: "table", columns: names, rows: cells },
    columns,
    rows: good.length,
    defaultFeatures: features,
    defaultTarget: target,
  };
}

/** Whether a row has the right number of values. Reports the first side that does not. `source` has the lines that determine each side's number. */
export function rowFits(
  row: RowNode,
  features: number,
  targets: number,
  scope: Scope,
  source: { readonly features?: Span | undefined; readonly targets?: Span | undefined } = {},
): boolean {
  for (const [found, wanted, side, line] of [
    [row.features.length, features, "before `->`", source.features],
    [row.targets.length, targets, "after `->`", source.targets],
  ] as const) {
    if (found === wanted) continue;
    const related = line && line !== row.span ? [{ span: line, message: `This line asks for ${plural(wanted, "value")}.` }] : [];
    scope.report(issue("NN306", row.span, { found, wanted, side }, { related }));
    return false;
  }
  return true;
}
