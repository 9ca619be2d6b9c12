/** Tests a derivation as an exercise: each gap has a solution that can be checked with a pencil and does not appear before the gap. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { evaluate, readLine } from "../../test/pencil.ts";
import { loadExamples } from "../data/examples.ts";
import { learnerFor } from "../training/learner.ts";
import { type Block, derivation } from "./derivation.ts";
import { exerciseOf } from "./exercise.ts";
import { derivedDocument } from "./open.ts";

const XOR = planOf(readFileSync(inProject("samples", "xor.nn"), "utf8"));
const MANY = planOf(
  `model M {\n  input a, b\n  hidden: dense 3 relu l2=0.1\n  p: dense 2 softmax\n}\ndata D {\n  features a, b\n  target t\n${Array.from({ length: 60 }, (_, k) => `  ${k / 10} ${(k % 7) / 5} -> ${k % 2}\n`).join("")}}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  batch all\n}\n`,
);

async function exercise(plan: typeof XOR, weight: string, row?: number): Promise<Block[]> {
  const learner = learnerFor(plan, await loadExamples(plan, noFiles, "float64"), { precision: "float64" });
  return exerciseOf(derivation(learner, { epoch: 0, rows: row === undefined ? undefined : [row] }, weight));
}

const linesOf = (blocks: readonly Block[]): string[] => blocks.flatMap((block) => (block.kind === "lines" ? block.lines : []));

describe("the gaps", () => {
  test.each<[string, typeof XOR, string, number | undefined]>([
    ["of one row", XOR, "hidden[0, 1]", 3],
    ["of a mini-batch", XOR, "hidden.bias[2]", undefined],
    ["of a penalty and classes", MANY, "hidden[1, 0]", 5],
    ["of a batch of which only some rows are written out", MANY, "hidden[1, 0]", undefined],
  ])("%s have solutions in their order, and no result is given before", async (_name, plan, weight, row) => {
    const blocks = await exercise(plan, weight, row);
    const end = blocks.findIndex((block) => block.kind === "heading" && block.text === "Solutions");
    const asked = linesOf(blocks.slice(0, end)).filter((line) => line.includes("□"));
    const solutions = linesOf(blocks.slice(end)).filter((line) => /^\(\d+\) /.test(line));
    expect(asked.length).toBeGreaterThan(6);
    expect(solutions).toHaveLength(asked.length);
    asked.forEach((line, k) => {
      const [question = ""] = line.split(` = □${k + 1}`);
      const solution = solutions[k]?.replace(`(${k + 1}) `, "") ?? "";
      expect(line.endsWith(` = □${k + 1}`), line).toBe(true);
      expect(solution.startsWith(question), `${question}: ${solution}`).toBe(true);
      expect(question, line).not.toMatch(/[=←] [−(]?\d/);
      if (solution.includes("≈")) return;
      const { arithmetic, result } = readLine(solution);
      if (arithmetic === undefined) return;
      const { value, error } = evaluate(arithmetic);
      expect(Math.abs(value - result.value), solution).toBeLessThanOrEqual(result.tolerance * (1 + 1e-9) + 100 * error);
    });
    const texts = blocks.slice(0, end).flatMap((block) => (block.kind === "text" ? [block.text] : []));
    expect(texts.join(" ")).not.toContain("By the chain rule it is");
    expect(texts.join(" ")).not.toMatch(/L = \d/);
    const tables = blocks.slice(0, end).flatMap((block) => (block.kind === "table" && block.columns.includes("share") ? block.rows : []));
    expect(tables.some((cells) => cells.includes("?"))).toBe(weight === "hidden[1, 0]" && row === undefined);
  });

  test("are blanks in Markdown and LaTeX", async () => {
    for (const format of ["markdown", "latex"] as const) {
      const text = await derivedDocument(XOR, noFiles, { weight: "hidden[0, 1]", rows: [3], format, isExercise: true });
      expect(text).toContain("\\underline{\\quad 1\\quad}");
      expect(text).not.toContain("□");
    }
  });
});
