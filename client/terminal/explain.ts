/** `nn explain`: prints the explanation of a code, with an example. */

import { type Diagnostic, diagnostics } from "../../server/language/diagnostics/table.ts";
import { type FindingEntry, repairedExample, trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { UsageError } from "./openFile.ts";
import { styled } from "./print.ts";

export function explain(code: string): void {
  const table: Readonly<Record<string, Diagnostic<never> | FindingEntry>> = { ...diagnostics, ...trainingFindings };
  const name = code.toUpperCase();
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!entry) throw new UsageError(`There is no code ${code.slice(0, 40)}; codes go from NN101 to ${Object.keys(table).at(-1)}.`);
  const indented = (text: string): string => text.trimEnd().replace(/^/gm, "  ");
  const example = indented(entry.example);
  const repair = "repair" in entry ? `\n${entry.repair}\n\nRepaired:\n\n${indented(repairedExample(entry).text)}\n` : "";
  process.stdout.write(
    `${styled("bold", `${name}: ${entry.title}`)} (${entry.severity})\n\n${entry.explain}\n\n${example}\n${repair}${"fix" in entry && entry.fix ? `\nQuick fix in the editor: ${entry.fix}\n` : ""}${name < "NN600" ? `\nTo hide it in one place, write # nn-ignore ${name} at the end of the line.\n` : "\nIt is reported during training.\n"}`,
  );
}
