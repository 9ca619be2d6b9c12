/**
 * Makes text from files, data and stored runs safe to show. Such text may contain anything: Markdown that fetches a picture, terminal controls, a
 * line break that forges the next line. `numberText.ts` writes numbers; this file writes all foreign text.
 */

/** Control characters, line separators, direction marks, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const NAMED: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\t", "\\t"],
]);

/**
 * Returns the text as one line without control characters, safe in a terminal and in a message. Each control character becomes its escape in a `.nn`
 * file: `\n`, `\u{1b}`.
 */
export const plainText = (text: string): string =>
  text.replace(UNSAFE, (sign) => NAMED.get(sign) ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);

/**
 * Returns the text for use within a line of Markdown. It appears literally: it can't start markup, a link, an address, a picture, HTML or a table
 * cell. Parentheses need no escape, because they are markup only after a bracket, which is escaped.
 */
export const markdownText = (text: string): string =>
  plainText(text)
    .replace(/[\\`*_{}[\]<>#!|~&$@]/g, "\\$&")
    // Markdown turns addresses into links even without markup.
    .replace(/:(?=\/\/)|(?<=www)\./gi, "\\$&");

/** Returns the text for a notification of the editor, which would show `[text](address)` as a link and run `command:` addresses. */
export const notificationText = (text: string): string => plainText(text).replaceAll("](", "] (");
