/**
 * Completion at the cursor, most likely items first. It uses the tokens before the cursor, not the tree, so it also works in a file with
 * errors. The items of each kind of place are in completion/.
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
  /** What the item replaces. */
  readonly span: Span;
}

export interface CompletionOptions {
  /** The paths of the data files and folders that the document may name, if `pathPrefix` says that the cursor is at one. */
  readonly files?: readonly string[];
  /** Whether a blank or a comma opened the list, not the user. */
  readonly isOpenedByItself?: boolean;
  /** Whether the client expands snippets. */
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

/** Returns the folder part of the path at the cursor, such as `../`, so that the caller lists that folder; undefined if there is no path. */
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

/** Adapts an item to what follows the cursor and to the client: no snippet over arguments that are written, no second `=`. */
function fitted(item: CompletionItem, { next }: Place, takesSnippets: boolean): CompletionItem {
  if (next === "=" && item.label.endsWith("=")) return { ...item, insertText: item.label.slice(0, -1) };
  if (item.insertTextFormat !== SNIPPET) return item;
  if (next === undefined && takesSnippets) return item;
  const { insertText = "", insertTextFormat: _, ...plain } = item;
  // A block is useful with its examples in place. The arguments of a line are simpler to type than to replace.
  return next === undefined && insertText.includes("\n") ? { ...plain, insertText: expanded(insertText) } : plain;
}

/** Returns a snippet's text with the examples in place of its placeholders. */
const expanded = (text: string): string =>
  text.replaceAll(/\$\{\d+:([^}]*)\}|\$\d+/g, (_whole, example: string | undefined) => example ?? "");
