/** Quick fixes: what the findings at a place know to do about themselves. */
import type { CodeAction } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Span } from "../language/span.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Ranges } from "./ranges.ts";

export function codeActions(analysis: Analysis, { start, end }: Span, uri: string, ranges: Ranges): CodeAction[] {
  const shown = diagnostics(analysis, uri, ranges);
  return analysis.issues.flatMap(({ span, fixes }, i) => {
    if (span.start > end || span.end < start) return [];
    const diagnostic = shown[i];
    return fixes.map(({ title, changes }) => ({
      title,
      kind: "quickfix",
      isPreferred: fixes.length === 1,
      ...(diagnostic && { diagnostics: [diagnostic] }),
      edit: { changes: { [uri]: changes.map((change) => ({ range: ranges.of(change.span), newText: change.text })) } },
    }));
  });
}
