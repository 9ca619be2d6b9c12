/** Reads the `validation` and `test` lines of a `data` block: separate sources for these parts. */
import { isName } from "../../../engine/catalog/index.ts";
import type { OwnPart } from "../../../engine/plan.ts";
import { issue } from "../diagnostics/issue.ts";
import type { DirectiveNode } from "../syntax/tree.ts";
import type { DataFiles } from "./dataFacts.ts";
import { type ReadSource, readSource } from "./dataSources.ts";
import type { DirectiveLines } from "./directiveLines.ts";
import type { Scope } from "./scope.ts";

/** A part's own source, and the line that names it. */
export interface OwnSource {
  readonly line: DirectiveNode;
  readonly read: ReadSource;
}

export type OwnSources = { readonly [P in OwnPart]: OwnSource | undefined };

const SOURCE_LINES = { source: true, validation: true, test: true } as const;

/** Returns whether a directive of a `data` block names a source. */
export const isSourceLine = (directive: string | undefined): boolean => directive !== undefined && isName(SOURCE_LINES, directive);

/** Returns the sources of the parts that have their own. Reports parts also named by `split`, and images combined with a table. */
export function ownSourcesOf(
  lines: DirectiveLines<"data">,
  main: ReadSource | undefined,
  files: DataFiles,
  featureNames: readonly string[],
  scope: Scope,
): OwnSources {
  const read = (part: OwnPart): OwnSource | undefined => {
    const line = lines.get(part);
    if (!line) return undefined;
    reportTwice(part, line, lines.get("split"), scope);
    const found = readSource(line, lines, files, featureNames, scope);
    if (!found) return undefined;
    const isImages = found.source.kind === "idx";
    if (main && isImages !== (main.source.kind === "idx")) {
      const message = `The data's source is ${isImages ? "a table" : "images"}, so \`${part}\` needs ${isImages ? "a table, such as `csv(…)`" : "images, `idx(…)`"}, too.`;
      scope.report(issue("NN213", line.span, { message }));
    }
    return { line, read: found };
  };
  return { validation: read("validation"), test: read("test") };
}

/** Reports NN210 on the second definition of a part's rows. */
function reportTwice(part: OwnPart, line: DirectiveNode, split: DirectiveNode | undefined, scope: Scope): void {
  const share = split?.arguments.find(({ name }) => name?.text === part)?.name;
  if (!share) return;
  const second = share.span.start > line.span.start ? share.span : line.name.span;
  scope.report(issue("NN210", second, { what: "part", name: part }));
}
