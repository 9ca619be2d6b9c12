/** The debugger in the real workbench, without a launch.json: the arrow goes down and up the lines and back, with the values behind them. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { command, screenshot, windows } from "./windows.ts";

const { open } = windows();

const FILE = `model Net {
  input x1, x2
  hidden: dense 3 tanh
  last: dense 1
}
data D {
  source moons(samples=64, noise=0.1)
}
train Net on D {
  loss mse
  optimizer sgd(learning_rate=0.1)
  batch 16
  epochs 20
}
`;

/** Returns the line at which the arrow stands. */
async function arrowLine(page: Page): Promise<number> {
  const arrow = page.locator("[class*=codicon-debug-stackframe]").first();
  await arrow.waitFor();
  const box = await arrow.boundingBox();
  const numbers = await page.locator(".margin .line-numbers").all();
  for (const number of numbers) {
    const own = await number.boundingBox();
    if (box && own && Math.abs(own.y + own.height / 2 - box.y - box.height / 2) < own.height / 2) return Number(await number.innerText());
  }
  return 0;
}

const press = (page: Page, button: string): Promise<void> => page.locator(`.debug-toolbar .codicon-debug-${button}`).click();

async function expectArrow(page: Page, line: number): Promise<void> {
  await expect.poll(() => arrowLine(page)).toBe(line);
}

describe.each(["dark", "light"] as const)("%s", (colorScheme) => {
  test("it steps down the model's lines to the loss, up again to the optimizer, and back", async () => {
    const { page, hostErrors } = await open("net.nn", { files: { "net.nn": FILE }, colorScheme });
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 6);
    for (const line of [2, 3, 4]) {
      await press(page, "step-over");
      await expectArrow(page, line);
    }
    await press(page, "step-over");
    await expectArrow(page, 10);
    await screenshot(page, `debugger-forward-${colorScheme}`);
    await press(page, "step-over");
    await expectArrow(page, 4);
    await press(page, "step-over");
    await expectArrow(page, 3);
    await press(page, "step-over");
    await expectArrow(page, 11);
    await expect.poll(() => page.locator(".monaco-editor").first().innerText()).toMatch(/∂L\/∂W\snorm/);
    await screenshot(page, `debugger-reverse-${colorScheme}`);
    for (const line of [3, 4, 10]) {
      await press(page, "step-back");
      await expectArrow(page, line);
    }
    await page.locator(".view-line").filter({ hasText: "hidden:" }).getByText("hidden", { exact: false }).first().hover();
    await screenshot(page, `debugger-hover-${colorScheme}`);
    await press(page, "reverse-continue");
    await expectArrow(page, 6);
    await press(page, "stop");
    expect(hostErrors).toEqual([]);
  });

  test("Continue stops where a number became infinite, and the box on the layer's line names it", async () => {
    const { page } = await open("debug-me.nn", { colorScheme });
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 17);
    await press(page, "continue");
    const box = page.locator(".exception-widget");
    await expect.poll(() => box.innerText()).toContain("The output of steep became Infinity");
    await page
      .getByRole("tab", { name: /^Run and Debug/ })
      .first()
      .click();
    await page
      .locator(".debug-viewlet .monaco-list-row")
      .filter({ hasText: /^steep$/ })
      .first()
      .click();
    await page.locator(".debug-viewlet .monaco-list-row").filter({ hasText: "kernel.grad" }).first().waitFor();
    await screenshot(page, `debugger-infinite-${colorScheme}`);
    await press(page, "stop");
  });
});
