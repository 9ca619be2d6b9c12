/** The debugger in the real workbench, without a launch.json: the arrow goes down and up the lines and back, with the values behind them. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { debuggedFile } from "../debuggedFile.ts";
import { command, finished, screenshot, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();

const FILE = debuggedFile(20);

/** Returns the line of the arrow. */
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

/** Returns the rows of the debug view with a name. */
const row = (page: Page, name: string): Locator =>
  page
    .locator(".debug-variables .monaco-list-row, .debug-viewlet .monaco-list-row")
    .filter({ has: page.locator(".name").filter({ hasText: new RegExp(`^${name.replace(/[[\]]/g, "\\$&")}\\s*[:=]?\\s*$`) }) });

/** Opens a row of a tree, unless it is open. */
async function expand(closed: Locator): Promise<void> {
  const isOpen = async (): Promise<boolean> => (await closed.getAttribute("aria-expanded")) === "true";
  if (await isOpen()) return;
  await closed.click();
  if (!(await isOpen())) await closed.page().keyboard.press("ArrowRight");
  await expect.poll(isOpen).toBe(true);
}

/** Returns the first line of the editor. */
const firstLine = async (page: Page): Promise<string> =>
  (await page.locator(".monaco-editor .view-line").first().innerText()).replaceAll("\u00a0", " ");

/** Adds an expression to the watched ones. */
async function watch(page: Page, expression: string): Promise<void> {
  await page.locator(".pane-header").filter({ hasText: "Watch" }).hover();
  await page.getByRole("button", { name: "Add Expression" }).click();
  await page.keyboard.type(expression);
  await page.keyboard.press("Enter");
}

/** Returns the value of a watched expression. */
const value = (page: Page, expression: string): Locator =>
  page.locator(".debug-watch .monaco-list-row").filter({ hasText: expression }).locator(".value");

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
    await press(page, "reverse-continue");
    await expectArrow(page, 6);
    await press(page, "stop");
    expect(hostErrors).toEqual([]);
  });

  test("a weight that is edited changes the watch and the hover, and going back takes the change back", async () => {
    const { page, hostErrors } = await open("net.nn", { files: { "net.nn": FILE }, colorScheme });
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 6);
    await page
      .getByRole("tab", { name: /^Run and Debug/ })
      .first()
      .click();
    for (const line of [2, 3]) {
      await press(page, "step-over");
      await expectArrow(page, line);
    }
    await expand(
      page
        .locator(".debug-viewlet .monaco-list-row")
        .filter({ hasText: /^hidden$/ })
        .first(),
    );
    await row(page, "kernel").waitFor();
    await watch(page, "hidden.kernel[0, 1]");
    await watch(page, "norm(hidden.output)");
    const before = await value(page, "hidden.kernel[0, 1]").innerText();
    await expand(row(page, "kernel"));
    await expand(row(page, "[0]").first());
    // The kernel has two rows of three numbers.
    await row(page, "[2]").waitFor();
    await row(page, "[1]").first().dblclick();
    await page.locator(".debug-viewlet .monaco-list-row .monaco-inputbox input:focus").waitFor();
    await page.keyboard.type("2.5");
    await page.keyboard.press("Enter");
    await expect.poll(() => value(page, "hidden.kernel[0, 1]").innerText()).toBe("2.5");
    await screenshot(page, `debugger-edit-${colorScheme}`);
    await press(page, "step-over");
    await expectArrow(page, 4);
    await expect.poll(() => value(page, "norm(hidden.output)").innerText()).toMatch(/^[\d.]+$/);
    const label = page.locator(".view-line").filter({ hasText: "hidden:" }).getByText("hidden", { exact: false }).first();
    await label.hover({ position: { x: 30, y: 8 } });
    const hover = page.locator(".debug-hover-widget");
    await expect.poll(() => hover.innerText()).toContain("float32[16, 3]");
    await screenshot(page, `debugger-hover-${colorScheme}`);
    await press(page, "step-back");
    await press(page, "step-back");
    await expectArrow(page, 2);
    await expect.poll(() => value(page, "hidden.kernel[0, 1]").innerText()).toBe(before);
    await press(page, "stop");
    expect(hostErrors).toEqual([]);
  });

  test("One Step in the panel follows, and shows the run again at the end", async () => {
    const { page, panel, hostErrors } = await open("net.nn", { files: { "net.nn": FILE }, colorScheme });
    await trainByLens(page);
    await finished(panel);
    await tab(panel, "One Step");
    await panel.getByText("the first mini-batch of the next epoch").waitFor();
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 6);
    const place = panel.locator(".debugged-place:visible");
    for (const [line, text] of [
      [2, "input_1 (forward), batch 1 of 4, epoch 1 of 20"],
      [3, "hidden (forward)"],
      [4, "last (forward)"],
      [10, "loss"],
      [4, "last (reverse)"],
      [3, "hidden (reverse)"],
    ] as const) {
      await press(page, "step-over");
      await expectArrow(page, line);
      await expect.poll(() => place.innerText()).toContain(`Debugging: ${text}`);
    }
    await panel.getByText("Back through hidden").first().waitFor();
    await screenshot(page, `debugger-panel-${colorScheme}`);
    await press(page, "stop");
    await panel.getByText("the first mini-batch of the next epoch").waitFor();
    expect(hostErrors).toEqual([]);
  });

  test("a gradient is written out from the file and from the debugger's variables", async () => {
    const { page, hostErrors } = await open("net.nn", { files: { "net.nn": FILE }, colorScheme });
    await page.locator(".monaco-editor .view-line").nth(3).click();
    await command(page, "Backprop: Write Out a Gradient...");
    const input = page.locator(".quick-input-box input");
    await expect.poll(() => input.inputValue()).toBe("last.kernel[0, 0]");
    await page.keyboard.press("Enter");
    // The test's workbench is without the Markdown extension, whose preview would open beside.
    await expect.poll(() => firstLine(page)).toBe("# The gradient of last.kernel\\[0, 0\\]");
    await page.getByRole("tab", { name: "net.nn" }).first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 6);
    await page
      .getByRole("tab", { name: /^Run and Debug/ })
      .first()
      .click();
    for (const line of [2, 3]) {
      await press(page, "step-over");
      await expectArrow(page, line);
    }
    await expand(
      page
        .locator(".debug-viewlet .monaco-list-row")
        .filter({ hasText: /^hidden$/ })
        .first(),
    );
    await expand(row(page, "kernel"));
    // The kernel's second row, and in it the second number, have the same name.
    await expand(row(page, "[1]").first());
    await row(page, "[1]").nth(1).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Write Out a Gradient..." }).click();
    await expect.poll(() => firstLine(page)).toBe("# The gradient of hidden.kernel\\[1, 1\\]");
    await screenshot(page, `gradient-debugger-${colorScheme}`);
    await press(page, "stop");
    expect(hostErrors).toEqual([]);
  });

  test("the file is edited: the arrow is in the text that is debugged, with the values behind its lines", async () => {
    const { page, hostErrors } = await open("net.nn", { files: { "net.nn": FILE }, colorScheme });
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 6);
    for (const line of [2, 3, 4]) {
      await press(page, "step-over");
      await expectArrow(page, line);
    }
    await page.locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# a new line\n");
    // The user continues to type in the file; the arrow has moved with its line.
    await expect.poll(() => page.locator(".monaco-editor .view-line").first().innerText()).toMatch(/a\snew\sline/);
    await expectArrow(page, 5);
    await press(page, "step-over");
    const debugged = page.getByRole("tab", { name: /net \(as debugged\)\.nn/ });
    await debugged.waitFor();
    await expectArrow(page, 10);
    await expect.poll(() => page.locator(".monaco-editor").first().innerText()).toMatch(/a\snorm/);
    await screenshot(page, `debugger-edited-${colorScheme}`);
    await press(page, "stop");
    expect(hostErrors).toEqual([]);
  });

  test("Continue stops where a number became infinite, and the box on the layer's line names it", async () => {
    const { page } = await open("debug-me.nn", { colorScheme });
    await page.locator(".monaco-editor .view-line").first().click();
    await command(page, "Backprop: Debug Training");
    await expectArrow(page, 20);
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
