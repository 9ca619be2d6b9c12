/** The exercises of the chapter: no file has a finding, and the changes and expectations end as their page says. test/long runs every command. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";
import { formatted } from "../../server/language/syntax/formatter.ts";
import { nnFilesIn } from "../fixtures.ts";
import { runNn } from "../terminal/run.ts";
import { answers, changes } from "./exerciseAnswers.ts";

const files = nnFilesIn(inProject("samples/exercises"));
const names = files.map(([name]) => name);

describe("the exercises", () => {
  test("are those of the chapter that a file can pose", () => {
    expect(names.map((name) => Number.parseInt(name, 10))).toEqual([1, 2, 3, 5, 6, 7, 10]);
  });

  test.each(files)("%s names the book and its exercise, says what to try, and is formatted", (name, text) => {
    const [head = ""] = text.split(/\n(?!#)/);
    const spoken = head.replaceAll("\n# ", " ");
    expect(spoken).toContain(`Hands-On Machine Learning, chapter 10, exercise ${Number.parseInt(name, 10)}:`);
    expect(spoken).toMatch(/Try: |\ba {2}Train/);
    expect(formatted(text)).toBe(text);
  });

  test("have no finding", async () => {
    expect(await runNn(inProject("samples"), ["check", ...names.map((name) => `exercises/${name}`)])).toEqual({
      code: 0,
      out: "",
      err: "",
    });
  });

  test("their page has a command for each", () => {
    for (const name of names) expect(answers.filter(({ command }) => command.includes(name)).length, name).toBeGreaterThan(0);
  });

  test("the expectations hold, but for exercise 10, whose rate is to be found", async () => {
    const tested = answers.filter(({ command }) => command.startsWith("test ")).map(({ command }) => command.split(" ")[1] ?? "");
    expect(tested.length).toBe(3);
    const { out, code } = await runNn(inProject("samples"), ["test", ...tested]);
    expect(out).toMatch(/\n21 passed, 0 failed\n$/);
    expect(code).toBe(0);
  });
});

describe("07-outputs.nn", () => {
  const text = readFileSync(inProject("samples/exercises/07-outputs.nn"), "utf8");
  test.each(changes)("$to in place of $from: $code", ({ from, to, code }) => {
    expect(text).toContain(`${from}\n`);
    expect(analyse(text.replace(`${from}\n`, `${to}\n`)).issues.map((issue) => issue.code)).toEqual([code]);
  });
  test("the page has changes", () => expect(changes.length).toBeGreaterThan(4));
});
