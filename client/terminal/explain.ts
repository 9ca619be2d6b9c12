/** `nn explain`: prints the explanation of a code or of a word of the language, with an example. */

import type { Argument } from "../../engine/catalog/arguments.ts";
import { type Meaning, meanings, meaningsOf, whatText } from "../../engine/catalog/words.ts";
import { type Code, exampleOf, isFinding, markedExample, relatedCodes } from "../../server/language/diagnostics/repairs.ts";
import { type Diagnostic, diagnostics } from "../../server/language/diagnostics/table.ts";
import { type FindingEntry, trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { nearest } from "../../server/language/resolve/scope.ts";
import { UsageError } from "./openFile.ts";
import { styled } from "./print.ts";

const codes: Readonly<Record<Code, Diagnostic<never> | FindingEntry>> = { ...diagnostics, ...trainingFindings };
const isCode = (text: string): text is Code => Object.hasOwn(codes, text);

export function explain(codeOrWord: string): void {
  const code = codeOrWord.toUpperCase();
  const meanings = meaningsOf(codeOrWord);
  if (isCode(code)) process.stdout.write(codeText(code));
  else if (meanings.length > 0) process.stdout.write(meanings.map(meaningText).join("\n"));
  else throw new UsageError(unknownText(codeOrWord.slice(0, 40)));
}

/** Returns the message about a code or word that there is not, with the nearest one if there is one. */
function unknownText(word: string): string {
  const all = Object.keys(codes);
  if (/^nn\d/i.test(word)) return `There is no code ${word}; codes go from ${all[0]} to ${all.at(-1)}.`;
  const near = nearest(word.toLowerCase(), new Set(meanings.map((one) => one.word)));
  if (word.trim() === "") return "Write a code such as NN303, or a word of a .nn file such as dense.";
  return `There is no code or word ${word}; ${near === undefined ? "write a code such as NN303, or a word of a .nn file such as dense." : `did you mean ${near}?`}`;
}

function codeText(code: Code): string {
  const entry = codes[code];
  const further = relatedCodes(code).map((other) => `  ${other}: ${codes[other].title}`);
  const parts = [
    `${styled("bold", `${code}: ${entry.title}`)} (${entry.severity})`,
    entry.explain,
    "repair" in entry ? `What to do: ${entry.repair}` : "",
    indented(markedExample(code)),
    `Repaired:\n\n${indented(exampleOf(code).repaired)}`,
    "fix" in entry && entry.fix ? `Quick fix in the editor: ${entry.fix}` : "",
    further.length > 0 ? `See also:\n${further.join("\n")}` : "",
    isFinding(code)
      ? "It is reported during training."
      : entry.severity === "error"
        ? ""
        : `To hide it on one line, write # nn-ignore ${code} at the end of the line.`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function meaningText(meaning: Meaning): string {
  const { word, summary, formula, arguments: known = {}, note, source, example } = meaning;
  const rows = Object.entries(known).map(([name, spec]) => `  ${name}${defaultText(spec)}: ${spec.summary}`);
  const parts = [summary, formula && `  ${formula}`, rows.join("\n"), note, source && `Source: ${source}`, indented(example.text)];
  return `${styled("bold", word)} (${whatText(meaning)})\n\n${parts.filter(Boolean).join("\n\n")}\n`;
}

const defaultText = (spec: Argument): string => ("default" in spec && spec.default !== undefined ? ` (default ${spec.default})` : "");
const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, "  ");
