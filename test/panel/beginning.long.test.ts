/** How a file begins, in the real workbench: an empty file says how, and a dropped table writes its `data` block. */
import { expect, inject, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { samplesUrl } from "../../scripts/run/workbench.ts";
import { finished, screenshot, trainByLens, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

const shownText = (lines: readonly string[]): string => lines.join("\n").replaceAll("\u00a0", " ");

test("an empty file says how to begin, Tab writes a network, and it trains", async () => {
  const { page, panel, hostErrors } = await open("xor.nn", { files: { "empty.nn": "" } });
  await openFile(page, "empty.nn");
  const hint = (): Promise<string> =>
    page.evaluate(() =>
      [...document.querySelectorAll(".view-line span")].map((span) => getComputedStyle(span, "::after").content).join(" "),
    );
  await expect.poll(hint).toContain("Tab writes a network to begin with");
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
  // The lens moves the lines when it appears.
  await page.locator(".codelens-decoration a").filter({ hasText: "Show Network" }).first().waitFor();
  const line = page.locator(".view-line").filter({ hasText: "dense" }).first();
  await page.getByRole("treeitem", { name: "iris.csv" }).hover();
  await page.mouse.down();
  await line.hover({ force: true });
  // Without Shift the editor opens the file instead.
  await page.keyboard.down("Shift");
  await line.hover({ force: true, position: { x: 60, y: 6 } });
  await screenshot(page, "beginning-drop");
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect.poll(async () => shownText(await page.locator(".view-line").allInnerTexts())).toContain('source csv("iris.csv")');
});

test("from the address of npm start to a trained network there is one click", async () => {
  const { page, panel } = await open("xor.nn");
  await page.goto(samplesUrl({ url: inject("workbench") }, inProject("samples")));
  await page.getByRole("tab", { name: /^iris\.nn/, selected: true }).waitFor();
  await trainByLens(page);
  await finished(panel);
});
