/** The page of all words of the language: a section per word, in alphabetical order, with its meanings and an example of each. */
import type { Argument, Entry } from "./arguments.ts";
import { meanings, meaningsOf, whatText } from "./words.ts";

export interface WordsPage {
  /** As Markdown. */
  readonly text: string;
  /** The line of each word's heading, from 1. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Links to other pages, relative to the page's folder in the package. */
const LINKS = "[Reference](reference.md), by kind; [Glossary](../../docs/glossary.md): the book's words and Keras's";

/** Returns the page. */
export function wordsPage(): WordsPage {
  const lines = new Map<string, number>();
  const parts = ["# The words of the language", LINKS];
  // A part and the empty line after it.
  const length = (part: string): number => part.split("\n").length + 1;
  let line = 1 + parts.reduce((sum, part) => sum + length(part), 0);
  for (const word of [...new Set(meanings.map((one) => one.word))].sort()) {
    const section = wordSection(word);
    lines.set(word, line);
    line += length(section);
    parts.push(section);
  }
  return { text: `${parts.join("\n\n")}\n`, lines };
}

const wordSection = (word: string): string =>
  [
    `## ${word}`,
    ...meaningsOf(word).flatMap((meaning) => [
      `*${whatText(meaning).replace(/^./, (first) => first.toUpperCase())}*`,
      bodyText(meaning),
      `\`\`\`nn\n${meaning.example.text.trimEnd()}\n\`\`\``,
    ]),
  ].join("\n\n");

/** Returns the description of an entry or a meaning, without its name and example. */
export function bodyText({ summary, formula, source, note, arguments: known = {} }: Partial<Entry> & Pick<Entry, "summary">): string {
  const rows = Object.entries(known).map(([key, spec]) => `- \`${key}\`${defaultText(spec)}: ${spec.summary}`);
  return [summary, formula && `\`${formula}\``, rows.join("\n"), note, source && `*${source}*`].filter(Boolean).join("\n\n");
}

const defaultText = (spec: Argument): string => ("default" in spec && spec.default !== undefined ? ` (default: ${spec.default})` : "");
