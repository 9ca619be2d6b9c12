/** Comments of other languages: `// …` and `/* … *\/`. They are read as comments. */
import { fix } from "../diagnostics/fixes.ts";
import { type Issue, issue } from "../diagnostics/issue.ts";
import { endOfToken, Newline, type Token, Unknown } from "../syntax/tokens.ts";

const MOST_COMMENTS = 500;

/** Returns the tokens outside comments of other languages, and a message for each such comment. */
export function commentsRead(text: string, tokens: readonly Token[]): { tokens: readonly Token[]; issues: Issue[] } {
  const begins = ({ tokenType, image }: Token): boolean => tokenType === Unknown && (image.startsWith("//") || image.startsWith("/*"));
  const issues: Issue[] = [];
  if (!tokens.some(begins)) return { tokens, issues };
  const kept: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    // `https://…` without quotes is not a comment.
    const isAddress = tokens[i - 1]?.image === ":" && endOfToken(tokens[i - 1] as Token) === token.startOffset;
    if (!begins(token) || isAddress || issues.length >= MOST_COMMENTS) {
      kept.push(token);
      continue;
    }
    const isLine = token.image.startsWith("//");
    const end = isLine ? lineEnd(text, token.startOffset) : blockEnd(text, token.startOffset);
    issues.push(isLine ? lineComment(token.startOffset, end) : blockComment(text, token.startOffset, end));
    for (; i < tokens.length; i++) {
      const inside = tokens[i] as Token;
      if (inside.startOffset >= end) break;
      if (inside.tokenType === Newline) kept.push(inside);
    }
    i--;
  }
  return { tokens: kept, issues };
}

const lineEnd = (text: string, from: number): number => {
  const at = text.slice(from).search(/[\r\n]/);
  return at < 0 ? text.length : from + at;
};
const blockEnd = (text: string, from: number): number => {
  const at = text.indexOf("*/", from + 2);
  return at < 0 ? lineEnd(text, from) : at + 2;
};

const lineComment = (start: number, end: number): Issue =>
  issue(
    "NN101",
    { start, end },
    { message: "A comment begins with `#`; write `#` in place of `//`." },
    { fixes: [fix("Change to `#`", { span: { start, end: start + 2 }, text: "#" })] },
  );

function blockComment(text: string, start: number, end: number): Issue {
  const after = text.slice(end, lineEnd(text, end)).trim();
  const inner = text.slice(start + 2, text.startsWith("*/", end - 2) ? end - 2 : end);
  const lines = inner.split(/\r?\n/).map((line) => line.replace(/^[\s*]+|[\s*]+$/g, ""));
  // A comment before other words on its line can't stay there.
  const isBetween = after !== "" && after !== "}";
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const comment = lines.filter((line) => line !== "").map((line) => `# ${line}`);
  return issue(
    "NN101",
    { start, end: Math.min(end, lineEnd(text, start)) },
    { message: "A comment begins with `#` and ends with its line; write `#` before each line of this one." },
    {
      fixes: [
        fix(isBetween ? "Remove the comment" : "Change to `#`", {
          span: { start, end },
          text: isBetween ? "" : comment.join(lineBreak) + (after === "}" ? lineBreak : ""),
        }),
      ],
    },
  );
}
