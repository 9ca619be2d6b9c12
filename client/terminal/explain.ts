/** `nn explain`: explains a code or a word of the language, with an example. */

import type { Argument } from "../../engine/catalog/arguments.ts";
import { catalog, names, partNouns } from "../../engine/catalog/index.ts";
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

const WRITE = "Write a code such as NN303, or a word of a .nn file such as dense.";

/** Returns the message about an unknown code or word, with suggestions for the intended one. */
function unknownText(text: string): string {
  const word = text.trim().toLowerCase();
  if (word === "") return WRITE;
  if (/^nn\d/.test(word)) return unknownCodeText(word.toUpperCase());
  // Otherwise the name of a kind, such as `layer`, would match as a part of a word, such as `layer_norm`.
  const part = names(partNouns).find((one) => one === word || partNouns[one] === word);
  if (part) return `${word} is not a word of a .nn file; the ${part} are ${names(catalog[part]).join(", ")}.`;
  const near = nearest(word, new Set(meanings.map((one) => one.word)));
  return near === undefined
    ? `There is no code or word ${text}. ${WRITE} The words of the book are in docs/glossary.md (in VS Code: Backprop: Open Glossary).`
    : `There is no code or word ${text}; did you mean ${near}?`;
}

/** Returns the message about an unknown code, with the codes before and after it. */
function unknownCodeText(code: string): string {
  const number = (one: string): number => Number(/\d+/.exec(one)?.[0]);
  const all = Object.keys(codes).sort((a, b) => number(a) - number(b));
  const near = [all.findLast((one) => number(one) < number(code)), all.find((one) => number(one) > number(code))].filter(Boolean);
  return `There is no code ${code}; the nearest ${near.length > 1 ? "are" : "is"} ${near.join(" and ")}.`;
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
