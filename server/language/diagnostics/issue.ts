/** A finding: what is wrong, where, and perhaps how to mend it. */

import type { Span } from "../syntax/span.ts";
import type { Diagnostic } from "./define.ts";
import { type DiagnosticCode, diagnostics, type PartsOf, type Severity } from "./table.ts";

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

export interface IssueExtras {
  readonly related?: Issue["related"];
  readonly fixes?: readonly Fix[];
}

/** A finding with its message filled in. */
export function issue<C extends DiagnosticCode>(
  code: C,
  span: Span,
  parts: PartsOf<C>,
  { related = [], fixes = [] }: IssueExtras = {},
): Issue {
  const { severity, message } = diagnostics[code] as Diagnostic<PartsOf<C>>;
  return { code, severity, span, message: bounded(message(parts)), related, fixes };
}

/** Names in a file may be as long as they like; what is told of them may not. */
const bounded = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "")}…`);
const LONGEST = 1000;
