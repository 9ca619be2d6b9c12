/** Rename, for the names declared in a file and its columns. It rejects names that would change the meaning of the file. */
import type { Range, TextEdit } from "vscode-languageserver";
import { plainText } from "../../engine/safeText.ts";
import { type Analysis, analyse } from "../language/analysis.ts";
import { nouns, withArticle } from "../language/diagnostics/nouns.ts";
import { type AnyName, nameAt, namesIn } from "../language/query/nameAt.ts";
import { covers } from "../language/syntax/span.ts";
import { keywordTexts } from "../language/syntax/tokens.ts";
import { isNameText, writtenName } from "../language/syntax/writtenName.ts";
import type { Ranges } from "./ranges.ts";
import { VALUE_WORDS } from "./valueWords.ts";

/** Returns the range of the name to rename; null if there is no declared name under the cursor. */
export function renameRange(analysis: Analysis, offset: number, ranges: Ranges): { range: Range; placeholder: string } | null {
  const symbol = nameAt(analysis, offset);
  const place = symbol?.places.find((span) => covers(span, offset));
  return symbol && place ? { range: ranges.of(place), placeholder: symbol.name } : null;
}

/** The edits of a rename. */
export interface Renamed {
  readonly edits: TextEdit[];
  /** A sentence about occurrences that the edits leave unchanged, such as in a CSV file's header. Absent if there are none. */
  readonly hint: string | undefined;
}

/** Returns the edits, or why the name can't be changed to the new one. */
export function rename(analysis: Analysis, offset: number, name: string, ranges: Ranges): Renamed | { readonly problem: string } {
  const symbol = nameAt(analysis, offset);
  if (!symbol) return { problem: "Only labels, models, data, runs, columns and `let` names can be renamed." };
  const shown = plainText(name.slice(0, 60));
  if (symbol.kind === "column" ? name.trim() === "" || /[\r\n]/.test(name) : !isNameText(name))
    return {
      problem:
        symbol.kind === "column"
          ? "A column needs a name in one line."
          : `\`${shown}\` is not a name; write a letter or _, then letters, digits and _.`,
    };
  const problem = name === symbol.name ? undefined : problemOf(symbol, name, shown, analysis);
  if (problem !== undefined) return { problem };
  const newText = symbol.kind === "column" ? writtenName(name) : name;
  return {
    edits: symbol.places.map((place) => ({ range: ranges.of(place), newText })),
    hint: symbol.kind === "column" && name !== symbol.name ? headerHint(symbol.name, shown, analysis) : undefined,
  };
}

function problemOf(symbol: AnyName, name: string, shown: string, analysis: Analysis): string | undefined {
  const { kind, siblings } = symbol;
  if (siblings.has(name)) return `There is already ${withArticle(nouns[kind])} named \`${shown}\`.`;
  if (kind !== "column" && keywordTexts.has(name)) return `\`${shown}\` is a keyword; choose another name.`;
  const other = otherMeaning(symbol, name, analysis);
  if (other !== undefined) return `\`${shown}\` is ${other}, so the new name would be mistaken for it; choose another one.`;
  return changesOthers(symbol, name, analysis) ? `\`${shown}\` has another meaning in this file; choose another name.` : undefined;
}

/** Returns the existing meaning of the name in a place where the symbol may be used. */
function otherMeaning({ kind }: AnyName, name: string, analysis: Analysis): string | undefined {
  if (kind === "let" && VALUE_WORDS.has(name)) return "a word of the language";
  if (kind !== "let" && kind !== "model" && kind !== "data" && kind !== "run" && analysis.lets.has(name)) return "a `let` name";
  const names = namesIn(analysis).filter((one) => one.name === name);
  if (kind === "layer" || kind === "column" || kind === "let") {
    const clash = names.find((one) => one.kind !== kind && ["layer", "column", "let"].includes(one.kind));
    if (clash) return `${withArticle(nouns[clash.kind])} of this file`;
  }
  if (kind === "layer" && analysis.models.some(({ layers }) => layers.some(({ id }) => id === name))) return "another layer's name";
  const run = names.find((one) => (kind === "run" && one.kind === "model") || (kind === "model" && one.kind === "run"));
  return run && `the name of ${withArticle(nouns[run.kind])}`;
}

/** Whether the new name would change how often any name in the file occurs. */
function changesOthers(symbol: AnyName, name: string, analysis: Analysis): boolean {
  // A name that the text does not contain can't capture anything.
  if (!analysis.text.includes(name)) return false;
  const newText = symbol.kind === "column" ? writtenName(name) : name;
  let text = "";
  let end = 0;
  for (const place of symbol.places) {
    text += analysis.text.slice(end, place.start) + newText;
    ({ end } = place);
  }
  const after = analyse(text + analysis.text.slice(end));
  const before = analyse(analysis.text);
  const counts = (all: readonly AnyName[], rename: (one: AnyName) => string): string =>
    all
      .map((one) => `${one.kind} ${rename(one)} ${one.places.length}`)
      .sort()
      .join("\n");
  const isSame = ({ kind, declaration }: AnyName): boolean => kind === symbol.kind && declaration.start === symbol.declaration.start;
  return counts(namesIn(before), (one) => (isSame(one) ? name : one.name)) !== counts(namesIn(after), (one) => one.name);
}

/** Returns the hint that a data file keeps its header, so a renamed column would not be found in it. */
function headerHint(column: string, name: string, { data }: Analysis): string | undefined {
  const source = data.find((one) => one.source?.kind === "csv" && one.column(column) !== undefined)?.source;
  return source?.kind === "csv"
    ? `The header of ${plainText(source.path)} still has the column \`${plainText(column)}\`; rename it there to \`${name}\`, too.`
    : undefined;
}
