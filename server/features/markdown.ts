/** A catalog entry as Markdown, for hovers and completion: summary, formula, arguments, differences from other libraries. */
import type { Argument, Entry } from "../../engine/catalog/arguments.ts";

/** The picture comes right after the summary, so that it is visible in a small window. */
export function entryMarkdown(name: string, kind: string, entry: Entry, picture = ""): string {
  const rows = Object.entries(entry.arguments).map(([key, spec]) => `- \`${key}\`${defaultText(spec)}: ${spec.summary}`);
  return [`**${name}** (${kind})`, entry.summary, picture, codeLine(entry.formula), rows.join("\n"), entry.note ?? "", `*${entry.source}*`]
    .filter((part) => part !== "")
    .join("\n\n");
}

const codeLine = (formula: string): string => `\`\`\`text\n${formula}\n\`\`\``;

export function defaultText(spec: Argument): string {
  if ("default" in spec && spec.default !== undefined) return ` = ${spec.default}`;
  return spec.kind === "number" || spec.kind === "integer" ? " (required)" : "";
}

/** Returns the Markdown without images and captions, for clients that would show their source. */
export const withoutPictures = (markdown: string): string => markdown.replaceAll(/(?:^\*[^\n]*\*\n\n)?!\[[^\]]*\]\([^)]*\)\n*/gm, "");

/** Converts our own Markdown to text for clients without Markdown support: no marks, no images, tables as columns of words. */
export const plainTextOf = (markdown: string): string =>
  withoutPictures(markdown)
    .split("\n")
    .filter((line) => !/^(?:```\w*|---|\|(?:-+\|)+)$/.test(line))
    .map((line) =>
      line
        .replace(/^\| (.*) \|$/, (_row, cells: string) => cells.split(" | ").join("  "))
        .replaceAll(/\*\*(.+?)\*\*/g, "$1")
        .replace(/^\*(.+)\*$/, "$1")
        .replaceAll(/`([^`]*)`/g, "$1")
        .replaceAll(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, "$1"),
    )
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n");
