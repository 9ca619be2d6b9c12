/** Findings as the protocol has them. */
import type { Diagnostic, DiagnosticSeverity } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Severity } from "../language/diagnostics.ts";
import type { Ranges } from "./ranges.ts";

const SEVERITY: { readonly [S in Severity]: DiagnosticSeverity } = { error: 1, warning: 2, hint: 4 };

export function diagnostics({ issues }: Analysis, uri: string, ranges: Ranges): Diagnostic[] {
  return issues.map(({ code, severity, span, message, related }) => ({
    range: ranges.of(span),
    severity: SEVERITY[severity],
    code,
    source: "nn",
    message,
    relatedInformation: related.map((other) => ({ location: { uri, range: ranges.of(other.span) }, message: other.message })),
  }));
}
