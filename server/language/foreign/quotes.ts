/** Words of the language in quotes. */
import { Arrow, Text } from "../syntax/tokens.ts";
import { imageAt, type Line, type Repair, replaced } from "./line.ts";

const WORD_LINES = /^(?:loss|optimizer|metrics|stop|scale|scale_target|missing|callbacks|shuffle|reproducible|criterion)$/;

/** `"adam"`, `loss "mse"` and `activation="relu"` need no quotes. `at` is the place in the line's text; any place if absent. */
export function unquoted(line: Line, at?: number): Repair | undefined {
  if (line.isTop || line.block === "expect" || line.tokens.some(({ tokenType }) => tokenType === Arrow)) return undefined;
  const first = imageAt(line, 0);
  if (line.block === "model" ? first === "input" : !WORD_LINES.test(first)) return undefined;
  // The texts after `missing values=` are cells, which may be such words.
  const cells = first === "missing" ? line.tokens.findIndex(({ image }) => image === "values") : -1;
  const k = line.tokens.findIndex(
    (token, i) =>
      i > 0 &&
      (cells < 0 || i < cells) &&
      token.tokenType === Text &&
      /^"[\p{L}_][\p{L}\d_]*"$/u.test(token.image) &&
      (at === undefined || token.startOffset - line.base === at) &&
      !/^(?:monitor|name)$/.test(imageAt(line, i - 2)),
  );
  if (k < 0) return undefined;
  return { text: replaced(line, k, k, imageAt(line, k).slice(1, -1)), says: "Words of the language have no quotes", code: "NN213" };
}
