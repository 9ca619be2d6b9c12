/** The first lines of a file, in the real workbench: an empty file shows a hint, and dropping a table writes its `data` block. */
import type { Locator, Page } from "playwright-core";
import { expect, inject, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { samplesUrl } from "../../scripts/run/workbench.ts";
import { finished, screenshot, trainByLens, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

const shownText = (lines: readonly string[]): string => lines.join("\n").replaceAll("\u00a0", " ");

/** Returns the place of an element. The editor sometimes redraws its lines, so an element may have no place for a moment. */
async function placeOf(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  await expect.poll(() => element.boundingBox()).not.toBeNull();
  return (await element.boundingBox()) ?? (await placeOf(element));
}

/** Returns the hint of an empty file, with other text that the editor shows behind its lines. */
const hintIn = (page: Page): Promise<string> =>
  page.evaluate(() => [...document.querySelectorAll(".view-line span")].map((span) => getComputedStyle(span, "::after").content).join(" "));

test("an empty file says how to begin, Tab writes a network, and it trains", async () => {
  const { page, panel, hostErrors } = await open("xor.nn", { files: { "empty.nn": "" } });
  await openFile(page, "empty.nn");
  await expect.poll(() => hintIn(page)).toContain("Tab writes a network to begin with");
  await screenshot(page, "beginning-empty");
  await page.locator(".view-line").first().click();
  await page.keyboard.press("Tab");
  await expect.poll(async () => shownText(await page.locator(".view-line").allInnerTexts())).toContain("train Xor on XorTable");
  await trainByLens(page);
  await finished(panel);
  expect(hostErrors).toEqual([]);
});

test("a CSV file that is dropped into a file writes its data block", async () => {
  const text = "model Net {\n  input 4\n  dense 3 softmax\n}\n";
  const { page } = await open("xor.nn", { files: { "net.nn": text } });
  await openFile(page, "net.nn");
  // The lens shifts the lines when it appears.
  await page.locator(".codelens-decoration a").filter({ hasText: "Show Network" }).first().waitFor();
  const item = await placeOf(page.getByRole("treeitem", { name: "iris.csv" }));
  const line = await placeOf(page.locator(".view-line").filter({ hasText: "dense" }).first());
  await page.mouse.move(item.x + 40, item.y + 8);
  await page.mouse.down();
  // The browser starts dragging after a few steps.
  await page.mouse.move(item.x + 80, item.y + 8, { steps: 5 });
  await page.mouse.move(line.x + 60, line.y + 4, { steps: 10 });
  // Without Shift the editor opens the file instead.
  await page.keyboard.down("Shift");
  await page.mouse.move(line.x + 70, line.y + 6, { steps: 5 });
  await screenshot(page, "beginning-drop");
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect.poll(async () => shownText(await page.locator(".view-line").allInnerTexts())).toContain('source csv("iris.csv")');
});

test("a copied CSV file is pasted into an empty file as its data block, and completion writes a network for it, which trains", async () => {
  const { page, panel, hostErrors } = await open("xor.nn", { files: { "empty.nn": "" } });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(inject("workbench")).origin });
  await page.getByRole("treeitem", { name: "iris.csv" }).click();
  await page.getByRole("tab", { name: "iris.csv", selected: true }).waitFor();
  await page.keyboard.press("ControlOrMeta+C");
  await openFile(page, "empty.nn");
  await expect.poll(() => hintIn(page)).toContain("Tab writes a network to begin with");
  await page.locator(".view-line").first().click();
  await page.keyboard.press("ControlOrMeta+V");
  await expect.poll(async () => shownText(await page.locator(".view-line").allInnerTexts())).toContain('source csv("iris.csv")');
  await expect.poll(() => hintIn(page)).not.toContain("Tab writes a network to begin with");
  await screenshot(page, "beginning-paste");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("cl");
  await page.locator(".suggest-widget .monaco-list-row").filter({ hasText: "classifier" }).first().waitFor();
  await page.keyboard.press("Enter");
  await trainByLens(page);
  await finished(panel);
  expect(hostErrors).toEqual([]);
});

test("from the address of npm start to a trained network there is one click", async () => {
  const { page, panel } = await open("xor.nn");
  await page.goto(samplesUrl({ url: inject("workbench") }, inProject("samples")));
  await page.getByRole("tab", { name: /^iris\.nn/, selected: true }).waitFor();
  await trainByLens(page);
  await finished(panel);
});
