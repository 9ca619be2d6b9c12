/** The files that a line may name: data in `data` blocks, weights in `train` blocks. */
import type { CompletionItem, CompletionItemKind } from "vscode-languageserver";
import { escapedText } from "../../language/syntax/writtenName.ts";
import type { Context } from "./context.ts";
import { KIND, plain } from "./items.ts";

const WEIGHTS = ".safetensors";

/** Returns the files for the cursor's place: weights in a `train` block, data elsewhere. */
export const filesHere = ({ place: { block }, files }: Context): readonly string[] =>
  files.filter((path) => path.endsWith("/") || path.endsWith(WEIGHTS) === (block === "train"));

const isStartPath = (call: Context["place"]["call"], argument: string | undefined): boolean =>
  call?.name === "weights" && (argument === undefined ? call.items.length === 0 : argument === "path");

/** Whether the next argument at the cursor is a path: the first argument of `csv` and `weights`, the first two of `idx`. */
export function expectsPath({ place: { block, call, argument } }: Pick<Context, "place">): boolean {
  if (block === "train") return isStartPath(call, argument);
  if (block !== "data" || !call) return false;
  if (argument !== undefined) return ["path", "images", "labels"].includes(argument);
  const count = call.items.length;
  return (call.name === "csv" && count === 0) || (call.name === "idx" && count < 2);
}

const kindOf = (path: string): CompletionItemKind => (path.endsWith("/") ? KIND.Folder : KIND.File);

/** Returns the paths for quotes that are already written. */
export const pathItems = (context: Context): CompletionItem[] =>
  filesHere(context).map((path) => ({ label: escapedText(path), kind: kindOf(path) }));

/** Returns the paths with quotes, if the next argument is a path. */
export const quotedPathItems = (context: Context): CompletionItem[] =>
  expectsPath(context) ? filesHere(context).map((path) => plain(`"${escapedText(path)}"`, kindOf(path), "")) : [];
