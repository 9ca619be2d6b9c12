/** `nn explain`: prints the explanation of a code, with an example. */

import { type Diagnostic, diagnostics } from "../../server/language/diagnostics/table.ts";
import { type FindingEntry, trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { UsageError } from "./openFile.ts";
import { styled } from "./print.ts";

export function explain(code: string): void {
  const table: Readonly<Record<string, Diagnostic<never> | FindingEntry>> = { ...diagnostics, ...trainingFindings };
  const name = code.toUpperCase();
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!entry) throw new UsageError(`There is no code ${code.slice(0, 40)}; codes go from NN101 to ${Object.keys(table).at(-1)}.`);
  const example = entry.example.trimEnd().replace(/^/gm, "  ");
  process.stdout.write(
    `${styled("bold", `${name}: ${entry.title}`)} (${entry.severity})\n\n${entry.explain}\n\n${example}\n${"fix" in entry && entry.fix ? `\nQuick fix in the editor: ${entry.fix}\n` : ""}${name < "NN600" ? `\nTo hide it in one place, write # nn-ignore ${name} at the end of the line.\n` : "\nIt is found while training.\n"}`,
  );
}
