/**
 * The one table of diagnostics, by hundreds. From it come the messages (with their numbers), the severities and the setting
 * that changes them, the quick fixes' promises, and the page of each code in the docs.
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
/** What a code's message needs to be filled in. */
export type PartsOf<C extends DiagnosticCode> = Parameters<(typeof diagnostics)[C]["message"]>[0];
