/** The walkthrough in the real workbench: every button in order, its effect, and the steps that are ticked. */
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { command, finished, newFolder, screenshot, shownFact, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open, openOn } = windows();
const manifest = JSON.parse(readFileSync(inProject("package.json"), "utf8"));

async function openWalkthrough(page: Page): Promise<void> {
  await command(page, "Welcome: Open Walkthrough...");
  await page.getByRole("option", { name: "Get started with neural networks" }).first().click();
  await page.locator(".getting-started-step").first().waitFor();
  // The editor remembers the steps that other windows have done.
  await command(page, "Developer: Reset Welcome Page Walkthrough Progress");
}

/** Opens a step of the walkthrough and clicks one of its buttons. */
async function click(page: Page, step: string, button: string): Promise<void> {
  const own = page.locator(`.getting-started-step[data-step-id$="#${step}"]`);
  if ((await own.getAttribute("aria-expanded")) !== "true") await own.locator("h3").click();
  await own.locator(".monaco-button").filter({ hasText: button }).click();
}

/** Waits until exactly these steps are ticked. */
const expectDone = (page: Page, ...steps: readonly string[]): Promise<void> =>
  expect
    .poll(() =>
      page
        .locator('[data-done-step-id][aria-checked="true"]')
        .evaluateAll((all) => all.map((one) => one.getAttribute("data-done-step-id")?.split("#").at(-1))),
    )
    .toEqual(steps);

/** Waits until a sample is shown. A copy that an earlier window has changed is left alone, and the next copy has a number. */
const shownFile = (page: Page, name: string): Promise<void> =>
  page
    .getByRole("tab", { name: new RegExp(`^${name.replace(".nn", "(-\\d+)?\\.nn")}`), selected: true })
    .first()
    .waitFor();

/** Whether the editor shows its lines in their whole length. The walkthrough and the panel leave it only a third of the window. */
const hasWholeLines = (page: Page): Promise<boolean> =>
  page.locator(".monaco-editor:has(.view-line)").evaluateAll((editors) =>
    editors.every((editor) => {
      const { right } = editor.getBoundingClientRect();
      return [...editor.querySelectorAll(".view-line > span")].every((line) => line.getBoundingClientRect().right <= right);
    }),
  );

/** The time to wait for the menu before the button is clicked again. */
const MENU_MS = 5000;

/**
 * Opens the menu of quick fixes by the step's button and chooses the hidden layer. The editor closes the menu whenever it loses focus, for example to
 * a panel that has just loaded. A user then clicks the button again, as this function does. `whileOpen` runs once while the menu is open.
 */
async function chooseFix(page: Page, whileOpen: () => Promise<void>): Promise<void> {
  const fix = page.locator(".action-widget").getByText("Add a hidden layer");
  const added = page.locator(".view-line").filter({ hasText: "dense\u00a04\u00a0tanh" });
  const isShown = (one: Locator): Promise<boolean> =>
    one.waitFor({ timeout: MENU_MS }).then(
      () => true,
      () => false,
    );
  await expect
    .poll(async () => {
      await click(page, "hidden", "Show the quick fix");
      return await isShown(fix);
    })
    .toBe(true);
  await whileOpen();
  await expect
    .poll(async () => {
      if (await added.isVisible()) return true;
      if (!(await fix.isVisible())) await click(page, "hidden", "Show the quick fix");
      // The menu may close before the click.
      await fix.click({ timeout: MENU_MS }).catch(() => undefined);
      return await isShown(added);
    })
    .toBe(true);
}

/** The windows in which the walkthrough is tried. */
const BEGINNINGS = {
  "a window without a folder": async (page: Page) => {
    await page.goto(new URL("/?ew=true", inject("workbench")).href);
    await page.locator(".monaco-workbench .part.editor").waitFor();
  },
  "a window on a folder with another file open": async (page: Page) => {
    await openFile(page, "iris.nn");
  },
} as const;

describe.each(Object.entries(BEGINNINGS))("in %s", (name, begin) => {
  test("each button has its effect, and what has happened ticks its step and no other", async () => {
    const { page, panel, hostErrors } = await openOn(newFolder());
    await begin(page);
    await openWalkthrough(page);
    await expectDone(page);

    await click(page, "neurons", "Open the gates");
    await shownFile(page, "gates.nn");
    await expectDone(page, "neurons");
    await expect.poll(() => hasWholeLines(page), { message: "what to try is readable without scrolling" }).toBe(true);
    await click(page, "tlu", "Open the threshold logic units");
    await shownFile(page, "tlu.nn");
    await click(page, "perceptron", "Open the perceptron");
    await shownFile(page, "perceptron.nn");
    await expectDone(page, "neurons", "tlu");
    await click(page, "perceptron", "Train Model");
    await page.getByRole("tab", { name: /^Training: perceptron/ }).waitFor();
    await expectDone(page, "neurons", "tlu", "perceptron");

    await click(page, "open", "Open XOR");
    await shownFile(page, "xor-limit.nn");
    await page.locator(".squiggly-warning").first().waitFor();
    await expectDone(page, "neurons", "tlu", "perceptron", "open");
    await click(page, "limit", "Train Model");
    await finished(panel);
    await page.getByRole("tab", { name: /^Training: xor-limit/ }).waitFor();
    await expect.poll(() => shownFact(panel, "loss").innerText()).toMatch(/^0\.693/);
    const beforeFix = ["neurons", "tlu", "perceptron", "open", "limit"];
    await expectDone(page, ...beforeFix);
    await screenshot(page, `walkthrough-limit-${name.length}`);

    await chooseFix(page, () => expectDone(page, ...beforeFix));
    await expectDone(page, ...beforeFix, "hidden");
    await click(page, "train", "Train Model");
    await expect.poll(async () => Number(await shownFact(panel, "loss").innerText())).toBeLessThan(0.3);
    await finished(panel);
    await expectDone(page, ...beforeFix, "hidden", "train");
    await click(page, "gradients", "Show the gradients");
    await panel.getByRole("tab", { name: "Gradients", exact: true, selected: true }).waitFor();
    await panel.locator(".view:visible .flow li").first().waitFor();
    await expectDone(page, ...beforeFix, "hidden", "train", "gradients");

    await click(page, "debug", "Open debug-me");
    await shownFile(page, "debug-me.nn");
    await expectDone(page, ...beforeFix, "hidden", "train", "gradients");
    await click(page, "debug", "Debug Training");
    await page.locator("[class*=codicon-debug-stackframe]").first().waitFor();
    await command(page, "Debug: Stop");
    await expectDone(page, ...beforeFix, "hidden", "train", "gradients", "debug");
    await click(page, "more", "New Neural Network...");
    await page.getByRole("option", { name: "Empty file" }).click();
    await shownFile(page, "Untitled-1");
    await expectDone(page, ...beforeFix, "hidden", "train", "gradients", "debug", "more");
    await screenshot(page, `walkthrough-end-${name.length}`);
    expect(hostErrors).toEqual([]);
  });
});

test("the walkthrough opens XOR on one layer with its warning", async () => {
  const { page } = await open("iris.nn");
  await openWalkthrough(page);
  const steps = page.locator(".getting-started-step");
  expect(await steps.count()).toBe(manifest.contributes.walkthroughs[0].steps.length);
  await steps.filter({ hasText: "Open XOR on one layer" }).click();
  const picture = page.frameLocator(".getting-started-media iframe").frameLocator("#active-frame").locator("svg");
  await picture.waitFor();
  await screenshot(page, "walkthrough");
  await page.getByRole("button", { name: "Open XOR", exact: true }).click();
  await page.locator(".squiggly-warning").first().waitFor();
  await page
    .locator(".view-line")
    .filter({ hasText: /^model.OneLayer/ })
    .first()
    .waitFor();
});
