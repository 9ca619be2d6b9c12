/** The spelling of a name, such as a column's or class's, in a `.nn` file. */
import { plainText } from "../../../engine/safeText.ts";

/** Whether a text is a valid name, which needs no quotes. */
export const isNameText = (text: string): boolean => /^[\p{L}_][\p{L}\p{M}\d_]*$/u.test(text);

/** Keywords with a special meaning in a list of names. */
const RESERVED: ReadonlySet<string> = new Set(["from", "not", "true", "false"]);

/** Returns a name in the language's spelling: quoted and escaped if necessary. */
export const writtenName = (name: string): string => (isNameText(name) && !RESERVED.has(name) ? name : `"${escapedText(name)}"`);

/** Returns the text as written between quotes. */
export const escapedText = (text: string): string => plainText(text.replaceAll(/["\\]/g, "\\$&"));
