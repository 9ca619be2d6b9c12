/** Quick fixes: what the findings at a place know to do about themselves. */
import type { CodeAction } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Span } from "../language/span.ts";
import { type DiagnosticOptions, diagnosticOf } from "./diagnostics.ts";

export function codeActions({ issues }: Analysis, { start, end }: Span, options: DiagnosticOptions): CodeAction[] {
  const { uri, ranges } = options;
  return issues.flatMap((issue) => {
    if (issue.span.start > end || issue.span.end < start) return [];
    const diagnostic = diagnosticOf(issue, options);
    if (!diagnostic) return [];
    return issue.fixes.map(({ title, changes }, i) => ({
      title,
      kind: "quickfix",
      isPreferred: i === 0,
      diagnostics: [diagnostic],
      edit: { changes: { [uri]: changes.map((change) => ({ range: ranges.of(change.span), newText: change.text })) } },
    }));
  });
}
