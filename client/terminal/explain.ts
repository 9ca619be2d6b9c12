/** `nn explain`: prints the explanation of a code or of a word of the language, with an example. */

import type { Argument } from "../../engine/catalog/arguments.ts";
import { type Meaning, meaningsOf, whatText } from "../../engine/catalog/words.ts";
import { type Diagnostic, diagnostics } from "../../server/language/diagnostics/table.ts";
import { type FindingEntry, repairedExample, trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { UsageError } from "./openFile.ts";
import { styled } from "./print.ts";

const codes: Readonly<Record<string, Diagnostic<never> | FindingEntry>> = { ...diagnostics, ...trainingFindings };

export function explain(codeOrWord: string): void {
  const code = codeOrWord.toUpperCase();
  const entry = Object.hasOwn(codes, code) ? codes[code] : undefined;
  const meanings = meaningsOf(codeOrWord);
  if (entry) process.stdout.write(codeText(code, entry));
  else if (meanings.length > 0) process.stdout.write(meanings.map(meaningText).join("\n"));
  else {
    const word = codeOrWord.slice(0, 40);
    throw new UsageError(
      /^nn\d/i.test(word)
        ? `There is no code ${word}; codes go from NN101 to ${Object.keys(codes).at(-1)}.`
        : `There is no code or word ${word}; write a code such as NN303, or a word of a .nn file such as dense.`,
    );
  }
}

function codeText(code: string, entry: Diagnostic<never> | FindingEntry): string {
  const repair = "repair" in entry ? `\n${entry.repair}\n\nRepaired:\n\n${indented(repairedExample(entry).text)}\n` : "";
  const fix = "fix" in entry && entry.fix ? `\nQuick fix in the editor: ${entry.fix}\n` : "";
  const when =
    code >= "NN600"
      ? "\nIt is reported during training.\n"
      : entry.severity === "error"
        ? ""
        : `\nTo hide it in one place, write # nn-ignore ${code} at the end of the line.\n`;
  return `${styled("bold", `${code}: ${entry.title}`)} (${entry.severity})\n\n${entry.explain}\n\n${indented(entry.example)}\n${repair}${fix}${when}`;
}

function meaningText(meaning: Meaning): string {
  const { word, summary, formula, arguments: known = {}, note, source, example } = meaning;
  const rows = Object.entries(known).map(([name, spec]) => `  ${name}${defaultText(spec)}: ${spec.summary}`);
  const parts = [summary, formula && `  ${formula}`, rows.join("\n"), note, source && `Source: ${source}`, indented(example.text)];
  return `${styled("bold", word)} (${whatText(meaning)})\n\n${parts.filter(Boolean).join("\n\n")}\n`;
}

const defaultText = (spec: Argument): string => ("default" in spec && spec.default !== undefined ? ` (default ${spec.default})` : "");
const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, "  ");
