/** Text for a terminal: tables, numbers, colours where there is a terminal to show them. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Plain where the output is a file or pipe, or NO_COLOR is set. */
export const styled = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, text, { stream, validateStream: true });

/** Columns as wide as their widest cell; all but the first `left` are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const widths = head.map((title, j) => Math.max(title.length, ...rows.map((row) => (row[j] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, j) => (j < left ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0)))
      .join("  ")
      .trimEnd();
  return [styled("bold", line(head)), ...rows.map(line)].join("\n");
}
