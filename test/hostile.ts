/** Names that try to leave their place: Markdown that fetches or links, HTML, terminal controls, and a line that forges a finding. */
import { Marked } from "marked";

export const FORGED = "forged.nn:1:1: error NN999: forged";

export const HOSTILE = [
  "![b](https://example.invalid/c.png)",
  "[b](command:example.invalid)",
  "<img src=https://example.invalid/c.png>",
  "https://example.invalid/c",
  "a | b `c` **d** &lt;",
  "\u001b[31m\u001b]0;title\u0007",
  "\u009b2J\u202egnp\u2066",
  `a\n${FORGED}`,
  `b\r${FORGED}`,
  "\u2028c\u0085d",
  'quote " and \\ end\\',
] as const;

/** Names that would run a script if a page took them for markup. */
export const MARKUP = [
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(2)>',
  "<script>alert(3)</script>",
  "</title><iframe src=javascript:alert(4)>",
] as const;

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Returns the lines with a control character, and the lines that start like the forged one. */
export const unsafeLines = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => CONTROL.test(line) || line.startsWith(FORGED.slice(0, 9)))
    .map((line) => JSON.stringify(line));

const marked = new Marked({ gfm: true });

/** Returns what the Markdown would fetch or link to, except pictures within the text itself, and the HTML in it. */
export const unsafeMarkdown = (markdown: string): string[] => [
  ...unsafeLines(markdown),
  ...[...marked.parse(markdown, { async: false }).matchAll(/<(?:img|a|script)\b[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => !/^<img src="data:image\/svg/.test(tag)),
];
