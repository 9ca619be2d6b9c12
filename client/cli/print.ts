/** Text for a terminal: tables, numbers, colours where there is a terminal to show them. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Plain where the output is a file or pipe, or NO_COLOR is set. */
export const styled = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, text, { stream, validateStream: true });

/** Four significant digits, short: 0.1234, 1.2e-7. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
export const grouped = (value: number): string => Math.round(value).toLocaleString("en");

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

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
