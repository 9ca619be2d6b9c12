/** A person writes a file in the packaged extension: hints, completion, its picture and a quick fix appear. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { drawnWidth, sampleLine, screenshot, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

const BROKEN =
  "let rate = exponential_decay(0.1, steps=200, rate=0.9)\n\nmodel M {\n  input 28x28\n  dense 30 rleu\n  dense 30 gelu\n  dense 10 softmax\n}\n";
/** The light bulb is beside the line if there is room, otherwise at the line's end. */
const LIGHT_BULB = ".codicon-gutter-lightbulb:visible, .lightBulbWidget:visible";
const files = { "broken.nn": BROKEN };

/** Moves the cursor to a line and column by the keyboard. */
async function goTo(page: Page, line: number, column: number): Promise<void> {
  await page.keyboard.press("Control+g");
  await page.locator(".quick-input-widget input").first().fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await page.getByText(`Ln ${line}, Col ${column}`, { exact: true }).waitFor();
}

describe("writing", () => {
  test("inlay hints at the lines' ends; completion for the position, with a picture; a quick fix by the keyboard", async () => {
    const { page } = await open("iris.nn", { files });
    await page.locator(".view-line").filter({ hasText: "→ 16 · 80" }).first().waitFor();
    // Behind `dense 16` the activation is deleted and completion requested.
    await goTo(page, sampleLine("iris.nn", "dense 16"), 1);
    await page.keyboard.press("End");
    await page.keyboard.press("Control+Shift+ArrowLeft");
    await page.keyboard.press("Delete");
    await page.keyboard.type("gel");
    const row = page.locator(".suggest-widget .monaco-list-row").first();
    await row.filter({ hasText: "gelu" }).waitFor();
    const details = page.locator(".suggest-details");
    await page.keyboard.press("Control+Space"); // shows the item's documentation beside the list
    await details.locator("img").waitFor();
    expect(await drawnWidth(details.locator("img"))).toBeGreaterThan(100);
    await screenshot(page, "completion");
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "gelu" }).first().waitFor();

    await openFile(page, "broken.nn");
    await page.locator(".squiggly-error").first().waitFor();
    await goTo(page, 5, 14);
    await page.locator(LIGHT_BULB).first().waitFor();
    // The editor ignores the key while it still asks the server for actions, so the key is pressed again until the menu is open.
    const offer = page.getByText("Change to `relu`").first();
    await expect
      .poll(async () => {
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+.");
        return await offer.waitFor({ timeout: 5000 }).then(
          () => true,
          () => false,
        );
      })
      .toBe(true);
    await screenshot(page, "quick-fix");
    await page.keyboard.press("Enter");
    await page
      .locator(".view-line")
      .filter({ hasText: /dense.30.relu/ })
      .first()
      .waitFor();
  });
});
