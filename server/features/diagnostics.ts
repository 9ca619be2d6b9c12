/** Findings as the protocol has them, with the severities that the user wants. */
import type { Diagnostic, DiagnosticSeverity } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Issue } from "../language/diagnostics/issue.ts";
import type { Ranges } from "./ranges.ts";

const SEVERITY: Readonly<Record<string, DiagnosticSeverity>> = { error: 1, warning: 2, information: 3, hint: 4 };

export interface DiagnosticOptions {
  readonly uri: string;
  readonly ranges: Ranges;
  /** By code; `off` hides it. */
  readonly severities?: Readonly<Record<string, string | undefined>>;
  /** The folder of the pages of the codes. */
  readonly docs?: string | undefined;
}

export const diagnostics = ({ issues }: Analysis, options: DiagnosticOptions): Diagnostic[] =>
  issues.flatMap((issue) => diagnosticOf(issue, options) ?? []);

/** undefined where the user wants to hear nothing of it. */
export function diagnosticOf(
  { code, severity, span, message, related }: Issue,
  { uri, ranges, severities = {}, docs }: DiagnosticOptions,
): Diagnostic | undefined {
  const wanted = Object.hasOwn(severities, code) ? severities[code] : undefined;
  if (wanted === "off") return undefined;
  return {
    range: ranges.of(span),
    severity: SEVERITY[wanted ?? severity] ?? SEVERITY[severity] ?? 1,
    code,
    ...(docs !== undefined && { codeDescription: { href: `${docs}/${code}.md` } }),
    source: "nn",
    message,
    relatedInformation: related.map((other) => ({ location: { uri, range: ranges.of(other.span) }, message: other.message })),
  };
}
