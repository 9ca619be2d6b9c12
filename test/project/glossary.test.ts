/** The glossary: what it says to write are words of the language, and every page that a learner starts from leads to it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { meaningsOf } from "../../engine/catalog/words.ts";
import { wordsPage } from "../../engine/catalog/wordsPage.ts";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";

const textOf = (page: string): string => readFileSync(inProject(page), "utf8");
const rows = [...textOf("docs/glossary.md").matchAll(/^\| (?!in the book)([^|-][^|]*) \| ([^|]+) \| ([^|]+) \|$/gm)];

test("every word that it names is one of the language", () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const [, term = "", ours = ""] of rows)
    for (const [, code = ""] of ours.matchAll(/`([^`]+)`/g)) {
      if (code.startsWith("nn ")) continue;
      const [word = ""] = /^\w+/.exec(code) ?? [];
      expect(meaningsOf(word).length, `${term}: ${code}`).toBeGreaterThan(0);
    }
});

test("the lines of a model that it shows have no error", () => {
  const lines = rows.flatMap(([, , ours = ""]) => [...ours.matchAll(/`((?:dense|neuron) [^`]+)`/g)].map(([, line = ""]) => line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    const { issues } = analyse(`model M {\n  input a, b\n  one: ${line}\n  output one\n}\n`);
    expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  }
});

test("the guide, the walkthrough, the samples and the page of words lead to it", () => {
  for (const page of ["README.md", "docs/how-it-learns.md", "docs/language/README.md", "docs/coming-from.md", "samples/README.md"])
    expect(textOf(page), page).toMatch(/\]\([./\w]*glossary\.md\)/);
  expect(textOf("package.json")).toContain("command:backprop.openGlossary");
  expect(wordsPage().text).toContain("](../../docs/glossary.md)");
});
