/** `# nn-ignore NN505` at the end of a line hides that advice on the line. It has no effect on errors. */
import { argumentRemoved } from "./diagnostics/fixes.ts";
import { type Issue, issue } from "./diagnostics/issue.ts";
import { diagnostics } from "./diagnostics/table.ts";
import { trainingFindings } from "./diagnostics/trainingFindings.ts";
import type { Span } from "./syntax/span.ts";

interface Ignored {
  readonly code: string;
  readonly span: Span;
  /** The offset at which the line starts. */
  readonly line: number;
}

/** Returns each finding once, in text order, without the hidden ones. Adds NN532 for each code that hides nothing. */
export function settled(text: string, comments: readonly Span[], found: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  const once = found
    .filter(({ code, span }) => {
      const key = `${code} ${span.start} ${span.end}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort(inOrder);
  const ignored = ignoredIn(text, comments);
  if (ignored.length === 0) return once;
  const hidden = new Map(ignored.map((one) => [`${one.code} ${one.line}`, one]));
  const effective = new Set<Ignored>();
  const left = once.filter(({ code, severity, span }) => {
    const one = severity === "error" ? undefined : hidden.get(`${code} ${lineStart(text, span.start)}`);
    if (one) effective.add(one);
    return one === undefined;
  });
  // An error may prevent the advice from being found.
  const isWhole = !once.some(({ severity }) => severity === "error");
  const needless = ignored.flatMap((one) => (effective.has(one) ? [] : needlessCode(one, isWhole, text)));
  return [...left, ...needless].sort(inOrder);
}

const inOrder = (a: Issue, b: Issue): number => a.span.start - b.span.start || a.span.end - b.span.end;
const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

function ignoredIn(text: string, comments: readonly Span[]): Ignored[] {
  if (!text.includes("nn-ignore")) return [];
  return comments.flatMap(({ start, end }) => {
    const comment = /#\s*nn-ignore\s+(?=\S)/.exec(text.slice(start, end));
    if (!comment) return [];
    const from = start + comment.index + comment[0].length;
    return [...text.slice(from, end).matchAll(/\bNN\d+\b/g)].map(([code], k, all) => {
      const at = from + (all[k]?.index ?? 0);
      return { code, span: { start: at, end: at + code.length }, line: lineStart(text, start) };
    });
  });
}

/**
 * Returns NN532 on a code that is unknown, or whose advice is absent from the line. Whether a code of a training's finding hides something
 * is known only in a training.
 */
function needlessCode({ code, span }: Ignored, isWhole: boolean, text: string): Issue[] {
  if (Object.hasOwn(trainingFindings, code)) return [];
  const known = Object.hasOwn(diagnostics, code) ? diagnostics[code as keyof typeof diagnostics] : undefined;
  if (known && (known.severity === "error" || !isWhole)) return [];
  return [issue("NN532", span, { code, isKnown: known !== undefined }, { fixes: [argumentRemoved(span, { text }, `Remove \`${code}\``)] })];
}
