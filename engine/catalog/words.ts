/** The meaning of each word of the language, with an example: the content of `nn explain` and of the page `dist/docs/words.md`. */
import type { Arguments, Entry } from "./arguments.ts";
import { type Directive, optionsOf } from "./directives.ts";
import { argumentExample, directiveExample, type Example, entryExample, keywordExample, optionExample } from "./examples.ts";
import { catalog, directives, names, partNouns } from "./index.ts";
import { keywords } from "./keywords.ts";

export interface Meaning {
  readonly word: string;
  /** The kind of word, such as "loss" or "argument". */
  readonly what: string;
  /** The words to which an argument or option belongs. */
  readonly of: readonly string[];
  readonly summary: string;
  readonly formula?: string;
  readonly arguments?: Arguments;
  readonly note?: string;
  readonly source?: string;
  /** An example that marks the word. For an argument written without its name, its entry is marked: `dense` for the units of `dense 300`. */
  readonly example: Example;
}

/** Every meaning of every word. A word such as `mse`, a loss and a metric, has several. */
export const meanings: readonly Meaning[] = [...keywordMeanings(), ...entryMeanings(), ...directiveMeanings()];

/** Returns the meanings of a word. Arguments with the same explanation are one meaning, with the first one's example. */
export function meaningsOf(word: string): readonly Meaning[] {
  const found = new Map<string, Meaning>();
  for (const one of meanings.filter((meaning) => meaning.word === word)) {
    const key = one.of.length > 0 ? `${one.what} ${one.summary}` : one.what;
    const same = found.get(key);
    found.set(key, same ? { ...one, ...same, of: [...same.of, ...one.of] } : one);
  }
  return [...found.values()];
}

/** "argument of adam, adamw" */
export const whatText = ({ what, of }: Meaning): string => (of.length > 0 ? `${what} of ${of.join(", ")}` : what);

function keywordMeanings(): Meaning[] {
  return names(keywords).map((word) => ({ word, what: "keyword", of: [], summary: keywords[word].summary, example: keywordExample(word) }));
}

function entryMeanings(): Meaning[] {
  return names(catalog).flatMap((part) =>
    Object.entries(catalog[part] as Readonly<Record<string, Entry>>).flatMap(([word, entry]) => [
      { word, what: partNouns[part], of: [], ...entry, example: entryExample(part, word) },
      ...Object.entries(entry.arguments).map(([argument, { summary }]) => ({
        word: argument,
        what: "argument",
        of: [word],
        summary,
        example: argumentExample(part, word, argument),
      })),
    ]),
  );
}

function directiveMeanings(): Meaning[] {
  return names(directives).flatMap((block) =>
    names(directives[block]).flatMap((word) => {
      const directive: Directive = directives[block][word];
      return [
        { word, what: "line", of: [block], summary: directive.summary, example: directiveExample(word, block) },
        ...optionsOf(directive).map((option) => ({
          ...option,
          what: "option",
          of: [word],
          example: optionExample(word, block, option.word),
        })),
      ];
    }),
  );
}
