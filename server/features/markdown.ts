/** A catalog entry as Markdown, for hovers and completion: summary, formula, arguments, differences from other libraries. */
import type { Argument, Entry } from "../../engine/catalog/arguments.ts";

/** The picture comes right after the summary, so that a small window shows it. */
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
