/**
 * Completion at the cursor, most likely items first. It uses the tokens before the cursor, not the tree, so it also works in a file with
 * errors. The items for each kind of place are in completion/.
 */

import type { CompletionItem } from "vscode-languageserver";
import type { Analysis } from "../language/analysis.ts";
import { type Place, placeAt } from "../language/query/cursorPlace.ts";
import type { Span } from "../language/syntax/span.ts";
import { quotedItems } from "./completion/columns.ts";
import { commentItems, typedLength } from "./completion/comments.ts";
import type { Context } from "./completion/context.ts";
import { dataItems } from "./completion/dataLines.ts";
import { expectItems } from "./completion/expectLines.ts";
import { headItems } from "./completion/headLines.ts";
import { SNIPPET } from "./completion/items.ts";
import { mayEnd } from "./completion/lineEnds.ts";
import { modelItems } from "./completion/modelLines.ts";
import { expectsPath, pathItems } from "./completion/paths.ts";
import { trainItems } from "./completion/trainLines.ts";
import { letItems } from "./completion/values.ts";

export interface Offer {
  readonly item: CompletionItem;
  /** The span that the item replaces. */
  readonly span: Span;
}

export interface CompletionOptions {
  /** The paths of the data files and folders available to the document, if `pathPrefix` finds a path at the cursor. */
  readonly files?: readonly string[];
  /** Whether the list was opened by a blank or a comma rather than by the user. */
  readonly isOpenedByItself?: boolean;
  /** Whether the client supports snippets. */
  readonly takesSnippets?: boolean;
}

/** Returns the completion items at an offset. */
export function completion(
  analysis: Analysis,
  offset: number,
  { files = [], isOpenedByItself = false, takesSnippets = true }: CompletionOptions = {},
): Offer[] {
  const place = placeAt(analysis, offset);
  if (place.isGlued || (isOpenedByItself && mayEnd(place, analysis))) return [];
  const items = itemsAt({ place, analysis, files });
  const span = spanAt(place, offset);
  return items.map((item, i) => ({ span, item: fitted({ sortText: String(i).padStart(4, "0"), ...item }, place, takesSnippets) }));
}

/** Returns the folder part of the path at the cursor, such as `../`, so that the caller can list that folder; undefined if there is no path. */
export function pathPrefix(analysis: Analysis, offset: number): string | undefined {
  const place = placeAt(analysis, offset);
  if (!expectsPath({ place })) return undefined;
  const { before = "" } = place.text ?? {};
  return before.slice(0, before.lastIndexOf("/") + 1);
}

function spanAt({ text, comment, typed }: Place, offset: number): Span {
  if (text) return text.span;
  return comment === undefined ? typed : { start: offset - typedLength(comment), end: offset };
}

function itemsAt(context: Context): CompletionItem[] {
  const { place } = context;
  if (place.comment !== undefined) return commentItems(context);
  if (place.text) return expectsPath(context) ? pathItems(context) : quotedItems(context);
  if (place.isInList) return letItems(context, ({ kind }) => kind === "number");
  switch (place.block) {
    case undefined:
      return headItems(context);
    case "model":
      return modelItems(context);
    case "data":
      return dataItems(context);
    case "train":
      return trainItems(context);
    case "expect":
      return expectItems(context);
  }
}

/** Adapts an item to the text after the cursor and to the client: no snippet over existing arguments, no second `=`. */
function fitted(item: CompletionItem, { next }: Place, takesSnippets: boolean): CompletionItem {
  if (next === "=" && item.label.endsWith("=")) return { ...item, insertText: item.label.slice(0, -1) };
  if (item.insertTextFormat !== SNIPPET) return item;
  if (next === undefined && takesSnippets) return item;
  const { insertText = "", insertTextFormat: _, ...plain } = item;
  // A block is useful with its examples filled in. The arguments of a line are easier to type than to replace.
  return next === undefined && insertText.includes("\n") ? { ...plain, insertText: expanded(insertText) } : plain;
}

/** Returns a snippet's text with its placeholders replaced by the examples. */
const expanded = (text: string): string =>
  text.replaceAll(/\$\{\d+:([^}]*)\}|\$\d+/g, (_whole, example: string | undefined) => example ?? "");
