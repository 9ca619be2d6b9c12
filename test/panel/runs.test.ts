/** The history of runs in ordinary situations of a working day, in the real workbench. Those that take longer are in runs.long.test.ts. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { finished, hintedLines, sampleLine, trainByLens, windows } from "./windows.ts";

const { open } = windows();

/** Returns the texts of the editor's visible lines. */
const shownLines = async (page: Page): Promise<string[]> =>
  (await page.locator(".monaco-editor .view-line").allInnerTexts()).map((text) => text.replaceAll("\u00a0", " ").trim());

async function typeAtStart(page: Page, text: string): Promise<void> {
  // At the start of a line: to click at the middle of a long element, the browser would scroll it out of the editor's view.
  await page
    .locator(".monaco-editor .view-line")
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(text);
}

test("hints follow their layers while typing, vanish from a layer that changes, and come back by undo", async () => {
  const { page, panel } = await open("xor.nn");
  await trainByLens(page);
  await finished(panel);
  const layers = ["hidden: dense 4 tanh", "dense 1 sigmoid"];
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
  await typeAtStart(page, "# a note");
  await page.keyboard.press("Enter");
  await panel.getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
  // The 4 of the hidden layer becomes an 8, which changes the next layer's kernel too.
  await page.keyboard.press("Control+G");
  await page.keyboard.type(`${1 + sampleLine("xor.nn", "dense 4 tanh")}:17`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Delete");
  await page.keyboard.type("8");
  await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 8 tanh"));
  await expect.poll(() => hintedLines(page)).toEqual([]);
  for (let k = 0; k < 2; k++) await page.keyboard.press("Control+Z");
  await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 4 tanh"));
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
});
