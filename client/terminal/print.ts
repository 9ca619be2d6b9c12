/** Text for a terminal: tables, and colours if the output is one. */
import { styleText } from "node:util";
import { plainText } from "../../engine/safeText.ts";

type Style = Parameters<typeof styleText>[0];

/** Returns the text, made safe for a terminal, in a style. There is no style if the output is a file or pipe, or NO_COLOR is set. */
export const styled = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, plainText(text), { stream, validateStream: true });

/** Returns a table with columns as wide as their widest cell. The first `left` columns are left-aligned, the others right-aligned. */
export function table(titles: readonly string[], cells: readonly (readonly string[])[], left = 1): string {
  const head = titles.map(plainText);
  const rows = cells.map((row) => row.map(plainText));
  const widths = head.map((title, j) => Math.max(title.length, ...rows.map((row) => (row[j] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, j) => (j < left ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0)))
      .join("  ")
      .trimEnd();
  return [styled("bold", line(head)), ...rows.map(line)].join("\n");
}
