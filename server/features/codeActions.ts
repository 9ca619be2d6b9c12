/** Code actions: quick fixes, one fix for all findings of a code or of the file, and refactorings. */
import type { CodeAction, WorkspaceEdit } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Issue, TextChange } from "../language/diagnostics/issue.ts";
import type { Span } from "../language/syntax/span.ts";
import { type DiagnosticOptions, diagnosticOf } from "./diagnostics.ts";
import { refactorings } from "./refactorings.ts";

const FIX_ALL = "source.fixAll.nn";
export const CODE_ACTION_KINDS = ["quickfix", "refactor.extract", "refactor.rewrite", "refactor.inline", FIX_ALL] as const;

/**
 * Returns the code actions for a span. `only` lists the kinds that the editor requests. If undefined, it means all but `source.fixAll`:
 * that one changes the whole file, so an editor must request it by its kind, for example on saving.
 */
export function codeActions(analysis: Analysis, place: Span, options: DiagnosticOptions, only?: readonly string[]): CodeAction[] {
  const isWanted = ({ kind = "" }: CodeAction): boolean =>
    only === undefined ? kind !== FIX_ALL : only.some((one) => one === kind || kind.startsWith(`${one}.`));
  return [
    ...quickFixes(analysis, place, options),
    ...refactorings(analysis, place, options.uri, options.ranges),
    ...fixAll(analysis, options),
  ].filter(isWanted);
}

/** Returns the action that applies the preferred fixes of all shown findings; none if there are no such fixes. */
function fixAll({ issues }: Analysis, options: DiagnosticOptions): CodeAction[] {
  const { count, changes } = fixedTogether(issues.filter((issue) => diagnosticOf(issue, options) !== undefined));
  return count === 0 ? [] : [{ title: "Fix all findings that have a certain repair", kind: FIX_ALL, edit: editOf(changes, options) }];
}

const editOf = (changes: readonly TextChange[], { uri, ranges }: DiagnosticOptions): WorkspaceEdit => ({
  changes: { [uri]: changes.map((change) => ({ range: ranges.of(change.span), newText: change.text })) },
});

function quickFixes({ issues }: Analysis, { start, end }: Span, options: DiagnosticOptions): CodeAction[] {
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
      edit: editOf(changes, options),
    }));
    const { count, changes } = fixedTogether(issues.filter(({ code }) => code === issue.code));
    if (own.length > 0 && count > 1 && !everywhere.has(issue.code)) {
      everywhere.add(issue.code);
      own.push({
        title: `Fix all ${count} of ${issue.code} in this file`,
        kind: "quickfix",
        diagnostics: [diagnostic],
        edit: editOf(changes, options),
      });
    }
    return own;
  });
}

/** Returns the preferred fix of each finding. A fix that overlaps an earlier one is left out. */
function fixedTogether(issues: readonly Issue[]): { count: number; changes: readonly TextChange[] } {
  const taken: TextChange[] = [];
  let count = 0;
  for (const {
    fixes: [first],
  } of issues) {
    if (!first || first.isGuess === true) continue;
    const { changes } = first;
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
