/**
 * Text from files, data and stored runs, made safe to show. Such text may contain anything: Markdown that fetches a picture, terminal
 * controls, a line break that forges the next line. `numberText.ts` writes numbers, this file everything that others wrote.
 */

/** Controls, line separators, marks that change the direction of writing, and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const NAMED: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\t", "\\t"],
]);

/**
 * Returns the text as one line without controls, safe in a terminal and in a message. Each control is written as the escape that stands for
 * it in a `.nn` file: `\n`, `\u{1b}`.
 */
export const plainText = (text: string): string =>
  text.replace(UNSAFE, (sign) => NAMED.get(sign) ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);

/**
 * Returns the text for the inside of a line of Markdown, where it shows literally: no markup, link, address, picture, HTML or table cell begins in it.
 * Parentheses are markup only after a bracket, which is escaped.
 */
export const markdownText = (text: string): string =>
  plainText(text)
    .replace(/[\\`*_{}[\]<>#!|~&$@]/g, "\\$&")
    // Addresses become links without any markup.
    .replace(/:(?=\/\/)|(?<=www)\./gi, "\\$&");

/** Returns the text for a notification of the editor, which shows `[text](address)` as a link and runs `command:` addresses. */
export const notificationText = (text: string): string => plainText(text).replaceAll("](", "] (");
