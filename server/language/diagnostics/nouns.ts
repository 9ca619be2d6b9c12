/** The nouns inserted into messages, and the article before an inserted word. */

/** The names in messages for each kind of thing that a file names. */
export const nouns = {
  let: "`let`",
  layer: "layer",
  column: "column",
  columnOrLayer: "column or layer",
  output: "output",
  argument: "argument",
  part: "part of the data",
  line: "line",
  model: "model",
  data: "data block",
  run: "run",
  metric: "metric of this training",
  monitor: "monitored value",
} as const;

export type Noun = keyof typeof nouns;

/** Returns the words with their indefinite article: "a layer", "an argument", "an `expect` block". The article depends on the first letter, not on the sound. */
export const withArticle = (words: string): string => `${/^`?[aeiou]/i.test(words) ? "an" : "a"} ${words}`;
