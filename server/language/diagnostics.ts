/**
 * The one table of diagnostics, by hundreds. From it come the messages (with their numbers), the severities and the setting
 * that changes them, the quick fixes' promises, and the page of each code in the docs.
 */
import { advice } from "./diagnostics/advice.ts";
import type { Diagnostic } from "./diagnostics/define.ts";
import { names } from "./diagnostics/names.ts";
import { shapes } from "./diagnostics/shapes.ts";
import { syntax } from "./diagnostics/syntax.ts";
import { training } from "./diagnostics/training.ts";
import type { Fix, Issue } from "./issue.ts";
import type { Span } from "./span.ts";

export type { Diagnostic, Severity } from "./diagnostics/define.ts";
export { figure, listed } from "./diagnostics/define.ts";

export const diagnostics = { ...syntax, ...names, ...shapes, ...training, ...advice } as const satisfies Record<
  `NN${number}`,
  Diagnostic<never>
>;

export type DiagnosticCode = keyof typeof diagnostics;
type PartsOf<C extends DiagnosticCode> = Parameters<(typeof diagnostics)[C]["message"]>[0];

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
