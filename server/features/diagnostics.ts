/** Converts issues to the protocol's diagnostics, with the user's severities. */
import type { Diagnostic, DiagnosticSeverity } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import type { Issue } from "../language/diagnostics/issue.ts";
import type { Ranges } from "./ranges.ts";

const SEVERITY: Readonly<Record<string, DiagnosticSeverity>> = { error: 1, warning: 2, information: 3, hint: 4 };

export interface DiagnosticOptions {
  readonly uri: string;
  readonly ranges: Ranges;
  /** By code. `off` hides the diagnostic. */
  readonly severities?: Readonly<Record<string, string | undefined>>;
  /** The URI of the folder with a page for each code. */
  readonly docs?: string | undefined;
}

export const diagnostics = ({ issues }: Analysis, options: DiagnosticOptions): Diagnostic[] =>
  issues.flatMap((issue) => diagnosticOf(issue, options) ?? []);

/** Returns undefined if the user has turned the code off. */
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
