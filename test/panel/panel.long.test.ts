/** A training in the panel of a real workbench: its buttons by the keyboard, and an error in its data. */
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { ENDLESS, screenshot, shownFact, trainByLens, windows } from "./windows.ts";

const { open } = windows();

test("pause, resume and stop work by the keyboard", async () => {
  const { page, panel } = await open("long.nn", { files: { "long.nn": ENDLESS } });
  await trainByLens(page);
  const button = (name: string): Locator => panel.locator("vscode-button").filter({ hasText: name });
  const stopped = panel.getByText(/stopped after epoch/);
  await button("Pause").waitFor();
  await pressUntil(button("Pause"), button("Resume"));
  const held = await shownFact(panel, "epoch").innerText();
  await screenshot(page, "paused");
  expect(await shownFact(panel, "epoch").innerText()).toBe(held);
  await pressUntil(button("Resume"), button("Pause"));
  await expect.poll(async () => await shownFact(panel, "epoch").innerText()).not.toBe(held);
  await pressUntil(button("Stop"), stopped);
});

test("an error in the data appears in the panel with its file, row and column", async () => {
  const files = {
    // The checker does not read this far, so only training finds the gap.
    "gap.csv": `a,b\n${"1,2\n".repeat(600_000)},5\n`,
    "gap.nn": 'model M {\n  input a\n  dense 1\n}\n\ndata D {\n  source csv("gap.csv")\n  target b\n}\n\ntrain M on D {\n  loss mse\n}\n',
  };
  const { page, panel } = await open("gap.nn", { files, colorScheme: "light" });
  await trainByLens(page);
  await panel.getByText("gap.csv, row 600002, column a: the value is missing").waitFor();
  await page.locator(".squiggly-error").first().waitFor();
  await screenshot(page, "failed");
  await panel.getByRole("button", { name: "Show the line" }).click();
  await page.getByText("Ln 7, Col 1").waitFor();
});

/**
 * Presses Enter on a button until its effect is seen. The workbench may take the focus for a moment after the panel has opened, and the
 * key goes to the editor then.
 */
async function pressUntil(button: Locator, effect: Locator): Promise<void> {
  const isPressed = async (): Promise<boolean> => {
    await button.press("Enter", { timeout: 5000 }).catch(() => undefined);
    return await effect.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(async () => (await effect.isVisible()) || (await isPressed())).toBe(true);
}
