/** A finding of the checker: what is wrong, where, and the edits that correct it, if any. */

import { plainText } from "../../../engine/safeText.ts";
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
  /** Whether another repair is as likely. The fix is then neither preferred nor part of a fix for all. */
  readonly isGuess?: boolean;
}

export interface Issue {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  /** Other places in the text on which the finding depends. */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  readonly fixes: readonly Fix[];
  /** The line that is read as if its fix had been applied; undefined for other kinds of findings. */
  readonly repairs?: Span;
}

/** Collects the findings of a check. */
export type Report = (issue: Issue) => void;

export interface IssueExtras {
  readonly related?: Issue["related"];
  readonly fixes?: readonly Fix[];
}

/** Returns a finding with its code's message. All its texts are one line without control characters, whatever they quote. */
export function issue<C extends DiagnosticCode>(
  code: C,
  span: Span,
  parts: PartsOf<C>,
  { related = [], fixes = [] }: IssueExtras = {},
): Issue {
  const { severity, message } = diagnostics[code] as Diagnostic<PartsOf<C>>;
  return {
    code,
    severity,
    span,
    message: plainText(bounded(message(parts))),
    related: related.map((other) => ({ ...other, message: plainText(other.message) })),
    fixes: fixes.map((fix) => ({ ...fix, title: plainText(fix.title) })),
  };
}

/** Names in a file may be of any length, so messages shorten the names they quote. */
const bounded = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "")}…`);
const LONGEST = 1000;
