/** The panel of a file without a training, in plain Chromium: drawing, plane, truth table and a row traced through the layers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultsOfUntrained } from "./matrix.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

describe("a file with nothing to train", () => {
  test("shows the lines of its units and its rows, and walks a chosen row forward", async () => {
    const stage = await stageOf(host().show("tlu.nn"));
    const { page } = stage;
    const xor = page.locator(".model").filter({ has: page.getByRole("heading", { name: "Xor" }) });
    await xor.locator(".truth").waitFor();
    expect(await xor.locator(".equations li").allInnerTexts()).toEqual([
      "unit 1 of tlu_1: 1 · a + 1 · b − 1.5 = 0",
      "unit 2 of tlu_1: 1 · a + 1 · b − 0.5 = 0",
    ]);
    expect(await xor.locator("polyline").count()).toBe(2);
    expect(await xor.locator(".verdict").allInnerTexts()).toEqual(["✓", "✓", "✓", "✓"]);
    await xor.getByRole("button", { name: "Walk row 2 through the layers" }).press("Enter");
    await xor.locator(".row-stages .stage").nth(2).waitFor();
    expect(await xor.locator(".row-stages h2").allInnerTexts()).toEqual([
      "The numbers of row 2 Show the line",
      "Forward through tlu_1 Show the line",
      "Forward through tlu_2 Show the line",
    ]);
    // z of a AND b, with a = 0 and b = 1.
    expect(await xor.locator(".working").first().innerText()).toBe("z = Σ x · w + b = 0 · 1 + 1 · 1 + (−1.5) = −0.5");
    expect(await faultsOfUntrained(stage, [{ theme: "dark", width: 571 }])).toEqual([]);
  });

  test("keeps the verdict of each row in sight where the truth table is wider than the panel", async () => {
    const stage = await stageOf(host().show("gates.nn"));
    await stage.width(480);
    const table = stage.page.locator(".model").first().locator(".truth");
    await table.waitFor();
    const edges = await table.evaluate((own) => {
      const right = own.parentElement?.getBoundingClientRect().right ?? 0;
      const verdicts = [...own.querySelectorAll(".verdict")].map((one) => one.getBoundingClientRect().right - right);
      return { hidden: own.getBoundingClientRect().right - right, verdicts };
    });
    expect(edges.hidden).toBeGreaterThan(0);
    expect(edges.verdicts).toHaveLength(4);
    for (const beyond of edges.verdicts) expect(beyond).toBeLessThanOrEqual(0);
  });

  test("has room for long names, which the picture and the axes shorten", async () => {
    const long = "a_name_of_a_column_that_is_longer_than_a_picture_because_a_program_made_it";
    writeFileSync(
      join(host().folder, "long.nn"),
      `model M {\n  input ${long}, second_${long}\n  tlu 2\n  tlu 1\n}\nexpect M {\n  0 0 -> 1\n}\n`,
    );
    const stage = await stageOf(host().show("long.nn"));
    await stage.page.locator(".equations").waitFor();
    expect(await faultsOfUntrained(stage, [{ theme: "dark", width: 571 }])).toEqual([]);
    expect(await stage.page.locator("svg text").filter({ hasText: "…" }).count()).toBe(4);
    expect(await stage.page.locator("svg text title").filter({ hasText: long }).count()).toBe(4);
  });
});
