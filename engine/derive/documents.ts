/** Writes a derivation as Markdown with formulas, or as LaTeX. All text is escaped in both, so that names from the file can't act as markup. */
import { markdownText, plainText } from "../safeText.ts";
import type { Block } from "./derivation.ts";
import { texOf, texText } from "./tex.ts";

/** Returns the equations as TeX, aligned at their first equals signs. */
const aligned = (lines: readonly string[]): string => lines.map((line) => `  ${texOf(line).replace(/ = /, " &= ")}`).join(" \\\\\n");

export function markdownDocument(blocks: readonly Block[]): string {
  const written = (block: Block): string => {
    switch (block.kind) {
      case "heading":
        return `${"#".repeat(block.level)} ${markdownText(block.text)}`;
      case "text":
        return sentence(block.text);
      case "lines":
        return `$$\n\\begin{aligned}\n${aligned(block.lines)}\n\\end{aligned}\n$$`;
      case "table":
        return [block.columns, block.columns.map(() => "---"), ...block.rows]
          .map((row, k) => `| ${row.map((cell) => (k === 1 ? cell : markdownText(cell))).join(" | ")} |`)
          .join("\n");
    }
  };
  return `${blocks.map(written).join("\n\n")}\n`;
}

/** Returns a paragraph. Escapes a leading sign, or number with a dot or parenthesis, because it would start a list. */
const sentence = (text: string): string => markdownText(text).replace(/^(\s*\d*)([-+=.)])/, "$1\\$2");

export function latexDocument(blocks: readonly Block[]): string {
  const written = (block: Block): string => {
    switch (block.kind) {
      case "heading":
        return `\\${["section", "subsection", "subsubsection"][block.level - 1]}*{${texText(block.text)}}`;
      case "text":
        return texText(block.text);
      case "lines":
        return `\\begin{align*}\n${aligned(block.lines)}\n\\end{align*}`;
      case "table":
        return `\\begin{longtable}{${"l".repeat(block.columns.length)}}\n${[block.columns, ...block.rows]
          .map((row, k) => `${row.map(texText).join(" & ")} \\\\${k === 0 ? " \\hline" : ""}`)
          .join("\n")}\n\\end{longtable}`;
    }
  };
  const longest = Math.max(0, ...blocks.flatMap((block) => (block.kind === "lines" ? block.lines.map(({ length }) => length) : [])));
  return `${preamble(longest > MOST_UPRIGHT ? "landscape" : "portrait")}\n${blocks.map(written).join("\n\n")}\n\\end{document}\n`;
}

/** The maximum number of characters in an equation on a portrait page. */
const MOST_UPRIGHT = 95;

const preamble = (page: "portrait" | "landscape"): string =>
  plainLines([
    "\\documentclass{article}",
    `\\usepackage[a4paper, ${page}, margin=1.5cm]{geometry}`,
    "\\usepackage{iftex}",
    "\\iftutex\\usepackage{fontspec}\\else\\usepackage[utf8]{inputenc}\\usepackage[T1]{fontenc}\\fi",
    "\\usepackage{amsmath, longtable}",
    "\\allowdisplaybreaks",
    "\\setlength{\\parindent}{0pt}",
    "\\begin{document}",
  ]);

function plainLines(lines: readonly string[]): string {
  return `${lines.map(plainText).join("\n")}\n`;
}
