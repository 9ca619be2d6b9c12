/** Code actions: quick fixes, one fix for all findings of a code, and refactorings. */
import type { CodeAction, WorkspaceEdit } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Issue, TextChange } from "../language/diagnostics/issue.ts";
import type { Span } from "../language/syntax/span.ts";
import { type DiagnosticOptions, diagnosticOf } from "./diagnostics.ts";
import { refactorings } from "./refactorings.ts";

export const CODE_ACTION_KINDS = ["quickfix", "refactor.extract", "refactor.rewrite", "refactor.inline"] as const;

/** Returns the code actions for a span. `only`: the kinds that the editor requests; undefined for all. */
export function codeActions(analysis: Analysis, place: Span, options: DiagnosticOptions, only?: readonly string[]): CodeAction[] {
  const isWanted = ({ kind = "" }: CodeAction): boolean =>
    only === undefined || only.some((one) => one === kind || kind.startsWith(`${one}.`));
  return [...quickFixes(analysis, place, options), ...refactorings(analysis, place, options.uri, options.ranges)].filter(isWanted);
}

function quickFixes({ issues }: Analysis, { start, end }: Span, options: DiagnosticOptions): CodeAction[] {
  const { uri, ranges } = options;
  const edit = (changes: readonly TextChange[]): WorkspaceEdit => ({
    changes: { [uri]: changes.map((change) => ({ range: ranges.of(change.span), newText: change.text })) },
  });
  const everywhere = new Set<string>();
  return issues.flatMap((issue) => {
    if (issue.span.start > end || issue.span.end < start) return [];
    const diagnostic = diagnosticOf(issue, options);
    if (!diagnostic) return [];
    const own: CodeAction[] = issue.fixes.map(({ title, changes, isGuess }, i) => ({
      title,
      kind: "quickfix",
      isPreferred: i === 0 && isGuess !== true,
      diagnostics: [diagnostic],
      edit: edit(changes),
    }));
    const { count, changes } = fixedEverywhere(issues, issue.code);
    if (own.length > 0 && count > 1 && !everywhere.has(issue.code)) {
      everywhere.add(issue.code);
      own.push({
        title: `Fix all ${count} of ${issue.code} in this file`,
        kind: "quickfix",
        diagnostics: [diagnostic],
        edit: edit(changes),
      });
    }
    return own;
  });
}

/** Returns the first fix of each finding of the code. A fix that touches the text of an earlier one is left out. */
function fixedEverywhere(issues: readonly Issue[], code: string): { count: number; changes: readonly TextChange[] } {
  const taken: TextChange[] = [];
  let count = 0;
  for (const { code: own, fixes } of issues) {
    const [first] = fixes;
    const changes = own === code && first?.isGuess !== true ? first?.changes : undefined;
    if (!changes) continue;
    const fresh = changes.filter(
      (one) => !taken.some(({ span, text }) => span.start === one.span.start && span.end === one.span.end && text === one.text),
    );
    const touches = fresh.some((one) => taken.some(({ span }) => one.span.start <= span.end && span.start <= one.span.end));
    if (touches) continue;
    count++;
    taken.push(...fresh);
  }
  return { count, changes: taken };
}
