/** Completion in comments: `nn-ignore`, and the codes of the advice that it can hide. */
import type { CompletionItem } from "vscode-languageserver";
import { diagnostics } from "../../language/diagnostics/table.ts";
import { trainingFindings } from "../../language/diagnostics/trainingFindings.ts";
import type { Context } from "./context.ts";
import { KIND, plain } from "./items.ts";

const TITLES: ReadonlyMap<string, string> = new Map(
  [...Object.entries(diagnostics), ...Object.entries(trainingFindings)]
    .filter(([, { severity }]) => severity !== "error")
    .map(([code, { title }]) => [code, title]),
);

export function commentItems({ analysis, place }: Context): CompletionItem[] {
  const comment = place.comment ?? "";
  const { start } = place.typed;
  if (/^#\s*n[\w-]*$/.test(comment)) return [plain("nn-ignore", KIND.Keyword, "hides advice on this line")];
  const codes = /^#\s*nn-ignore\s+(.*)$/.exec(comment)?.[1];
  if (codes === undefined) return [];
  const written = codes.split(/[\s,]+/);
  const lineStart = analysis.text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = analysis.text.indexOf("\n", start);
  // Advice for the cursor's line comes first.
  const here = analysis.issues
    .filter(({ span }) => span.start >= lineStart && (lineEnd < 0 || span.start <= lineEnd))
    .flatMap(({ code }) => (TITLES.has(code) && code !== "NN532" ? [code] : []));
  return [...new Set([...here, ...TITLES.keys()])]
    .filter((code) => !written.includes(code))
    .map((code) => plain(code, KIND.EnumMember, TITLES.get(code) ?? ""));
}

/** Returns how many characters of the word at the end of a comment have been typed. */
export const typedLength = (comment: string): number => /[\w-]*$/.exec(comment)?.[0].length ?? 0;
