/** Questions to the network in Result, in the packaged extension: a typed row, a clicked point, a row of the data and a drawn digit. */
import type { FrameLocator } from "playwright-core";
import { expect, test } from "vitest";
import { finished, screenshot, tab, trainByLens, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

const answer = async (panel: FrameLocator): Promise<string> =>
  (await panel.locator(".view:visible .row-answer").innerText()).replace(/\s+/g, " ").trim();

test("a typed row, a clicked point and a row of the data have an answer and light up the layers; a drawn digit is read", async () => {
  const { page, panel, complaints } = await open("xor.nn");
  await trainByLens(page);
  await finished(panel);
  await tab(panel, "Result");
  const view = panel.locator(".view:visible");
  await view.getByLabel("a, in the data 0 to 1").fill("1");
  await view.getByLabel("b, in the data 0 to 1").fill("0");
  await page.keyboard.press("Enter");
  await expect.poll(() => answer(panel)).toMatch(/^Your row, .* The answer is 1\. class probability 0 0\.0\d+ 1 0\.9\d+$/);
  expect(await view.locator(".lit-name").allInnerTexts()).toEqual(["input_1", "hidden", "dense_1"]);
  await screenshot(page, "view-question");

  // A click on a data point chooses its row; 1 1 is the last one. Its place follows from the margin of 15 %.
  const plane = view.locator("canvas.plane");
  const box = await plane.boundingBox();
  if (!box) throw new Error("The plane is not drawn.");
  const share = 1.15 / 1.3;
  await plane.click({ position: { x: 56 + share * (box.width - 64), y: 8 + (1 - share) * (box.height - 44) } });
  await expect.poll(() => answer(panel)).toMatch(/^Row 4, a training row, .* The answer is 0\. ✓ It is right\./);
  await view.getByLabel("Row of the data").fill("2");
  await page.keyboard.press("Enter");
  await expect.poll(() => answer(panel)).toMatch(/^Row 2, a training row/);
  await tab(panel, "Network");
  await panel.getByText("Circles show the output of each unit for row 2 of the data", { exact: false }).waitFor();

  await openFile(page, "digits.nn");
  await panel.locator("h1", { hasText: "digits.nn" }).waitFor();
  await trainByLens(page);
  await finished(panel);
  await tab(panel, "Result");
  const pad = view.locator("canvas.pad");
  await pad.scrollIntoViewIfNeeded();
  const drawn = await pad.boundingBox();
  if (!drawn) throw new Error("The pad is not drawn.");
  const at = (x: number, y: number): readonly [number, number] => [drawn.x + (x / 28) * drawn.width, drawn.y + (y / 28) * drawn.height];
  await page.mouse.move(...at(14, 5));
  await page.mouse.down();
  await page.mouse.move(...at(14, 23), { steps: 8 });
  await page.mouse.up();
  await expect.poll(() => answer(panel)).toContain("The answer is 1.");
  await screenshot(page, "view-drawn-digit");
  expect(complaints).toEqual([]);
});
