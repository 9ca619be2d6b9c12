/** A catalog entry as Markdown, for hovers and completion: one sentence, the formula, arguments, where others differ. */
import type { Argument, Entry } from "../../engine/catalog/arguments.ts";

/** The picture, where there is one, stands where a small window still shows it. */
export function entryMarkdown(name: string, kind: string, entry: Entry, picture = ""): string {
  const rows = Object.entries(entry.arguments).map(([key, spec]) => `- \`${key}\`${defaultText(spec)}: ${spec.summary}`);
  return [`**${name}** (${kind})`, entry.summary, picture, codeLine(entry.formula), rows.join("\n"), entry.note ?? "", `*${entry.source}*`]
    .filter((part) => part !== "")
    .join("\n\n");
}

const codeLine = (formula: string): string => `\`\`\`text\n${formula}\n\`\`\``;

export function defaultText(spec: Argument): string {
  if ("default" in spec && spec.default !== undefined) return ` = ${spec.default}`;
  return spec.kind === "number" || spec.kind === "integer" ? " (needed)" : "";
}
