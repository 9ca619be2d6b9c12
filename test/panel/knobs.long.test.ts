/** Knobs and edits by click in the real workbench: each is one step of undo and preserves comments, and Train on change trains it. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { finished, runFact, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();

/** Returns the lines of the editor that are on the screen, from the first. */
const linesOf = async (page: Page): Promise<string[]> =>
  await page
    .locator(".monaco-editor .view-lines")
    .first()
    .evaluate((own) =>
      [...own.querySelectorAll<HTMLElement>(".view-line")]
        .sort((a, b) => Number.parseFloat(a.style.top) - Number.parseFloat(b.style.top))
        // Hints such as `→ 4` are in spans that the text does not have.
        .map((line) =>
          [...line.querySelectorAll("span > span:not([class*=dyn-rule])")]
            .map(({ textContent }) => textContent)
            .join("")
            .replaceAll("\u00a0", " "),
        ),
    );
const has = (page: Page, line: RegExp) => expect.poll(async () => (await linesOf(page)).some((one) => line.test(one)));

test("turns of knobs and a new layer are undone one by one, and each change is trained when that is chosen", async () => {
  const { page, panel, complaints, hostErrors } = await open("xor.nn");
  await trainByLens(page);
  await finished(panel);
  await panel.getByRole("button", { name: "Knobs of the file's numbers" }).click();
  const before = await linesOf(page);
  await panel.getByRole("button", { name: "More units of hidden" }).first().click();
  await has(page, /hidden: dense 5 tanh/).toBe(true);
  await panel.getByRole("combobox", { name: "optimizer" }).selectOption("adam");
  await has(page, /optimizer adam/).toBe(true);
  await tab(panel, "Network");
  await panel.getByRole("button", { name: "Add a layer before dense_1" }).click();
  await has(page, /^ {2}dense 5 tanh/).toBe(true);
  // Nothing is trained before Train on change is ticked.
  await tab(panel, "Overview");
  expect(await runFact(panel, "Seed").innerText()).toBe("42");

  await page.locator(".monaco-editor .view-line").first().click();
  await page.keyboard.press("ControlOrMeta+Z");
  await has(page, /^ {2}dense 5 tanh/).toBe(false);
  await has(page, /optimizer adam/).toBe(true);
  await page.keyboard.press("ControlOrMeta+Z");
  await has(page, /optimizer sgd\(learning_rate=0\.5\)/).toBe(true);
  await has(page, /hidden: dense 5 tanh/).toBe(true);
  await page.keyboard.press("ControlOrMeta+Z");
  await expect.poll(() => linesOf(page)).toEqual(before);

  await panel.getByText("Train on change").click();
  await panel.getByRole("button", { name: "More seed" }).click();
  await expect.poll(() => runFact(panel, "Seed").innerText()).toBe("43");
  await finished(panel);
  await page.locator(".monaco-editor .view-line").first().click();
  await page.keyboard.press("ControlOrMeta+Z");
  await expect.poll(() => runFact(panel, "Seed").innerText()).toBe("42");
  await finished(panel);
  expect(complaints).toEqual([]);
  expect(hostErrors).toEqual([]);
});
