/** Writes the `data` block for a table dropped or pasted into a document. */
import type { Position } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Analysis } from "../language/analysis.ts";
import { dataBlock, dataName } from "../language/dataBlock.ts";
import { formatted } from "../language/syntax/formatter.ts";
import type { WrittenBlock } from "../protocol.ts";

/** Returns the text of a file that only reads the table, used to find its columns. */
export const readingText = (path: string): string => `data Table {\n  source csv(${JSON.stringify(path)})\n}\n`;

/**
 * Returns the block and where to insert it, never inside another block. `table` is the analysis of `readingText`. null if the table can't
 * be read.
 */
export function droppedData(
  analysis: Analysis,
  document: TextDocument,
  position: Position,
  table: Analysis,
  path: string,
): WrittenBlock | null {
  const [read] = table.data;
  const taken = [...analysis.data, ...analysis.models].map(({ name }) => name);
  const block = read?.columns && dataBlock(read, path, dataName(path, taken));
  if (!block) return null;
  const text = formatted(block) ?? block;
  const offset = document.offsetAt(position);
  const line = { line: position.line, character: 0 };
  const start = document.offsetAt(line);
  // The block goes in at the start of the line, so a block that begins before the position and ends on its line is also around it.
  const around = analysis.tree.blocks.find(({ span }) => span.start < offset && start < span.end);
  if (around) return { text: `\n\n${text.trimEnd()}`, position: document.positionAt(around.span.end) };
  const isAtEnd = analysis.text.slice(offset).trim() === "";
  const isBehindText = /\S[^\n]*\n$/.test(analysis.text.slice(0, start));
  return { text: `${isBehindText ? "\n" : ""}${text}${isAtEnd ? "" : "\n"}`, position: line };
}
