/** The page of each code: the wrong file with its line marked, and beside it the repaired file. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codePage } from "../../scripts/build/docs.ts";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";
import { type Code, relatedCodes } from "../../server/language/diagnostics/repairs.ts";
import { type DiagnosticCode, diagnostics } from "../../server/language/diagnostics/table.ts";
import { trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { exampleFiles } from "../exampleFiles.ts";

const found = (text: string): { code: string; line: number }[] =>
  analyse(text, exampleFiles).issues.map(({ code, span }) => ({ code, line: text.slice(0, span.start).split("\n").length }));

/** Returns the file under a heading of the page. */
function fileUnder(page: string, heading: string): string {
  const [, file = ""] = new RegExp(`^## ${heading}\\n\\n\`\`\`nn\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  return file;
}

/** Returns the file without its marks, and the numbers of the marked lines. */
function unmarked(file: string, code: string): { text: string; lines: number[] } {
  const mark = `  # <-- ${code}`;
  const lines = file.split("\n");
  return {
    text: lines.map((line) => line.replace(mark, "")).join("\n"),
    lines: lines.flatMap((line, k) => (line.endsWith(mark) ? [k + 1] : [])),
  };
}

describe("the page of a code of the checker", () => {
  test.each(Object.keys(diagnostics) as DiagnosticCode[])("%s: the marked line has the code, the repaired file has no finding", (code) => {
    const page = codePage(code);
    const { text, lines } = unmarked(fileUnder(page, "Example"), code);
    expect(found(text)).toEqual(lines.map((line) => ({ code, line })));
    expect(lines).toHaveLength(1);
    const repaired = fileUnder(page, "Repaired");
    expect(repaired).not.toBe("");
    expect(found(repaired), repaired).toEqual([]);
    expect(page).toContain("## Hiding it");
  });
});

describe("the page of a finding", () => {
  test.each(Object.keys(trainingFindings) as (keyof typeof trainingFindings)[])("%s says what to do, and marks the line", (code) => {
    const page = codePage(code);
    expect(page).toContain(`## What to do\n\n${trainingFindings[code].repair}`);
    expect(unmarked(fileUnder(page, "Example"), code).lines).toHaveLength(1);
    expect(fileUnder(page, "Repaired")).toContain(trainingFindings[code].right.split("\n")[0]);
  });
});

const all = [...Object.keys(diagnostics), ...Object.keys(trainingFindings)] as Code[];

test("related codes link to each other, once", () => {
  for (const code of all) {
    const related = relatedCodes(code);
    expect(new Set(related).size, code).toBe(related.length);
    expect(related).not.toContain(code);
    for (const other of related) {
      expect(relatedCodes(other)).toContain(code);
      expect(codePage(code)).toContain(`](${other}.md)`);
    }
  }
});

test("the samples that pages lead to exist", () => {
  const links = all.flatMap((code) => [...codePage(code).matchAll(/\]\(\.\.\/samples\/([\w-]+\.nn)\)/g)].map(([, name = ""]) => name));
  expect(links.length).toBeGreaterThan(8);
  for (const name of links) expect(existsSync(inProject("dist/samples", name)), name).toBe(true);
});
