/** A finding: what is wrong, where, and perhaps how to mend it. */
import type { DiagnosticCode, Severity } from "./diagnostics.ts";
import type { Span } from "./span.ts";

export interface TextChange {
  readonly span: Span;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly changes: readonly TextChange[];
}

export interface Issue {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  /** Other places that have a part in it. */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  readonly fixes: readonly Fix[];
}

/** Collects the findings of a check. */
export type Report = (issue: Issue) => void;
