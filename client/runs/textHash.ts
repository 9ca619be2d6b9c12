import { createHash } from "node:crypto";

/** Returns a hash of a document's text. It ignores the kind of line endings, which a version control system may change. */
export const textHash = (text: string): string => createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
