/**
 * Whether the line may end at the cursor. When a blank or a comma opens the list, Enter accepts its first item, so the list is shown only
 * where the line can't end.
 */
import { directives, entryOf } from "../../../engine/catalog/index.ts";
import type { Analysis } from "../../language/analysis.ts";
import type { Place } from "../../language/query/cursorPlace.ts";
import { needsMore } from "./required.ts";

const OPEN: ReadonlySet<string> = new Set(["=", ",", "from", "on", "not", "->", "..", "+", "*", "/", "<", ">", "<=", ">=", "=="]);

export function mayEnd(place: Place, { models, data }: Pick<Analysis, "models" | "data">): boolean {
  const { words, block, isInBrackets, comment, text } = place;
  if (text) return false;
  // A line break inside brackets changes nothing.
  if (isInBrackets || comment !== undefined) return true;
  const [word] = words;
  if (word === undefined) return true;
  if (OPEN.has(words.at(-1) ?? "")) return false;
  const count = words.length;
  switch (block) {
    case undefined:
      if (word !== "train" && word !== "expect") return true;
      return count === 1 ? models.length === 1 : count > 2 || word === "expect" || data.length === 1;
    case "model":
      return !needsMore(place, word);
    case "data":
      return count > 1 || entryOf(directives.data, word) === undefined;
    case "train":
      return count > 1 || entryOf(directives.train, word) === undefined;
    case "expect":
      return count > 1;
  }
}
