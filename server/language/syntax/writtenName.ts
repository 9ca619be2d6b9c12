/** How a name, such as that of a column or a class, is written in a `.nn` file. */
import { plainText } from "../../../engine/safeText.ts";

/** Whether a text is a name, which needs no quotes. */
export const isNameText = (text: string): boolean => /^[\p{L}_][\p{L}\p{M}\d_]*$/u.test(text);

/** Keywords that have a meaning of their own in a list of names. */
const RESERVED: ReadonlySet<string> = new Set(["from", "not", "true", "false"]);

/** Returns a name as it is written in the language: in quotes, with escapes, unless it needs none. */
export const writtenName = (name: string): string => (isNameText(name) && !RESERVED.has(name) ? name : `"${escapedText(name)}"`);

/** Returns the text as it is written between quotes. */
export const escapedText = (text: string): string => plainText(text.replaceAll(/["\\]/g, "\\$&"));
