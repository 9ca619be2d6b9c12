/** Every command on the page of the exercises prints what the page says. */
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { answers } from "../samples/exerciseAnswers.ts";
import { runNn } from "../terminal/run.ts";

test.each(answers)("nn $command", async ({ command, prints }) => {
  const { out, err, code } = await runNn(inProject("samples"), command.split(" "));
  expect(prints.length).toBeGreaterThan(0);
  for (const part of prints) expect(out + err).toContain(part);
  expect(code).toBe(0);
});

test("the rate and the number of passes on the page let exercise 10 reach its goal", () => {
  const found = answers.find(({ command }) => command.includes("10-learning-rate.nn") && command.includes("passes="));
  expect(Number(/accuracy (0\.\d+)/.exec(found?.prints[0] ?? "")?.[1])).toBeGreaterThanOrEqual(0.95);
});
