/**
 * The only table of diagnostics. The hundreds digit of a code is its group. The table contains the messages, their severities and the
 * setting that changes them, the description of each quick fix, and each code's page.
 */

import { advice } from "./adviceDiagnostics.ts";
import type { Diagnostic } from "./define.ts";
import { names } from "./nameDiagnostics.ts";
import { shapes } from "./shapeDiagnostics.ts";
import { syntax } from "./syntaxDiagnostics.ts";
import { training } from "./trainingDiagnostics.ts";

export type { Diagnostic, Severity } from "./define.ts";
export { listed } from "./define.ts";

export const diagnostics = { ...syntax, ...names, ...shapes, ...training, ...advice } as const satisfies Record<
  `NN${number}`,
  Diagnostic<never>
>;

export type DiagnosticCode = keyof typeof diagnostics;
/** The values inserted into a code's message. */
export type PartsOf<C extends DiagnosticCode> = Parameters<(typeof diagnostics)[C]["message"]>[0];
