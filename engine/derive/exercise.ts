/** A derivation as an exercise: the forward pass is given, the chain rule's results are omitted, and the solutions are at the end. */
import type { Block } from "./derivation.ts";

/** Starts a gap in an equation, followed by its number. */
export const GAP = "□";

const GIVEN = /^Forward through the layers: (.*)$/;
const ASKED = /^The (loss of|gradient$|update$)/;
const CHECK = /^Check by a central difference$/;

export function exerciseOf(blocks: readonly Block[]): Block[] {
  const solved: Block[] = [];
  const written = new Set(blocks.flatMap((block) => (block.kind === "heading" ? (GIVEN.exec(block.text)?.[1] ?? []) : [])));
  let section: "given" | "asked" | "check" = "given";
  let gaps = 0;
  const asked = (line: string): string => `${questionOf(line)} = ${GAP}${++gaps}`;
  const exercise = blocks.flatMap((block): readonly Block[] => {
    if (block.kind === "heading") {
      section = CHECK.test(block.text) ? "check" : ASKED.test(block.text) ? "asked" : GIVEN.test(block.text) ? "given" : section;
      if (section !== "given") solved.push({ ...block, level: 3 });
    }
    if (section === "given") return [block.kind === "text" ? { ...block, text: block.text.replace(/: L = \S+(?=\.( |$))/, "") } : block];
    if (section === "check") {
      if (block.kind !== "heading") solved.push(block);
      return [];
    }
    if (block.kind === "lines") {
      const first = gaps + 1;
      const lines = block.lines.filter((line) => line !== "").map(asked);
      solved.push({ kind: "lines", lines: block.lines.filter((line) => line !== "").map((line, k) => `(${first + k}) ${line}`) });
      return [{ kind: "lines", lines }];
    }
    return [block.kind === "table" ? withoutRows(block, written) : block];
  });
  const [title, ...rest] = exercise;
  return [
    ...(title ? [title] : []),
    { kind: "text", text: "The forward pass is given. Each gap after it has a number; the solutions are at the end." },
    ...rest,
    { kind: "heading", level: 2, text: "Solutions" },
    ...solved,
  ];
}

/** An operand or a symbol of a formula. Purely numeric text contains none. */
const SYMBOLS = /[⁽₀-₉∂Σ]|(?<![a-z])(?:lr|[a-df-zγ-ω])(?![a-z])/i;

/** Returns the symbolic formula of an equation, without its numbers and result. */
function questionOf(line: string): string {
  const parts = line.replace(/, since .*$/, "").split(/ = | ≈ /);
  const symbolic = parts.slice(0, -1).filter((part, k) => k === 0 || SYMBOLS.test(part.replaceAll(/\[\d+ smaller:[^\]]*\]/g, "")));
  return symbolic.join(" = ");
}

/** Returns the table of shares without the shares to compute. */
const withoutRows = (table: Extract<Block, { kind: "table" }>, written: ReadonlySet<string>): Block => ({
  ...table,
  rows: table.rows.map((row) => (written.has(row[0] ?? "") ? row.map((cell, k) => (k === 0 ? cell : "?")) : row)),
});
