/** The panel of a file with nothing to train, in plain Chromium: drawing, plane, truth table and a row's way through the layers. */
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
});
