/** The Test Explorer in the real workbench: marks beside the lines, messages behind them, the tree, runs on saving, and cancelling. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { command, ENDLESS, finished, screenshot, trainByLens, windows } from "./windows.ts";

const { open } = windows();

const FILE = `model Xor {
  input a, b
  hidden: dense 4 tanh
  dense 1 sigmoid
}
data Table {
  features a, b
  target y
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train Xor on Table {
  loss binary_crossentropy
  optimizer sgd(learning_rate=0.5)
  batch all
  epochs 1000
}
expect Xor on Table {
  accuracy >= 1
  0 0 -> 0
  1 1 -> 0
}
model Gate {
  input a, b
  n: neuron a, b threshold=2
}
expect Gate {
  0 1 -> 0
  1 0 -> 0
}
`;

/** Returns the mark beside each line that has one, by the line's number: passed, failed, or another state. */
const marks = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => {
    const numbers = [...document.querySelectorAll(".margin .line-numbers")];
    const marked = [...document.querySelectorAll(".testing-run-glyph")].map((glyph) => {
      const [, state = "other"] = /codicon-testing-(\w+)-icon/.exec(glyph.className) ?? [];
      const { top } = glyph.getBoundingClientRect();
      const line = numbers.find((number) => Math.abs(number.getBoundingClientRect().top - top) < 5)?.textContent?.trim();
      return [line ?? "", state] as const;
    });
    return Object.fromEntries(marked.filter(([line]) => line !== ""));
  });

const expectMarks = (page: Page, wanted: Readonly<Record<string, string>>): Promise<void> =>
  expect.poll(() => marks(page)).toMatchObject(wanted);

/** Returns the text of a line as the editor shows it, with what is behind it. */
const shownLine = async (page: Page, text: string): Promise<string> => {
  const line = page.locator(".view-line").filter({ hasText: text.replaceAll(" ", "\u00a0") });
  return (await line.last().innerText()).replaceAll("\u00a0", " ");
};

const lens = (page: Page, k: number): Locator => page.locator(".codelens-decoration a").filter({ hasText: /Test$/ }).nth(k);
const items = (page: Page): Locator => page.locator(".test-explorer .monaco-list-row");
const item = (page: Page, name: string): Locator => page.locator(".test-explorer").getByRole("treeitem", { name }).first();

/** Replaces the end of the first line that has the text. */
async function changeEnd(page: Page, text: string, end: string): Promise<void> {
  await page
    .locator(".view-line")
    .filter({ hasText: text.replaceAll(" ", "\u00a0") })
    .last()
    .click();
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type(end);
}

async function showTests(page: Page): Promise<void> {
  await page
    .locator(".activitybar")
    .getByRole("tab", { name: /^Testing/ })
    .click();
  await items(page).first().waitFor();
}

describe.each(["dark", "light"] as const)("%s", (colorScheme) => {
  test("the lens Test marks each line; a changed row fails inline with what is expected, unsaved and without another training", async () => {
    const { page, hostErrors } = await open("a-net.nn", { files: { "a-net.nn": FILE }, colorScheme });
    await lens(page, 0).click();
    await expectMarks(page, { 20: "passed", 21: "passed", 22: "passed", 23: "passed" });
    expect((await marks(page))["29"], "the other block is not tested").not.toBe("passed");
    await expect.poll(() => shownLine(page, "0 0 -> 0")).toMatch(/it is 0 \(0\.0\d+\)/);
    await lens(page, 1).click();
    await expectMarks(page, { 29: "passed", 30: "passed" });

    await changeEnd(page, "1 1 -> 0", "1");
    await lens(page, 0).click();
    await expectMarks(page, { 21: "passed", 22: "passed", 23: "failed" });
    await page
      .locator(".test-error-content-widget")
      .filter({ hasText: /0 \(0\.0\d+\) != 1/ })
      .waitFor();
    await command(page, "Test Results: Focus on Test Results View");
    await page.getByText("The weights of the last test are used: plan and data are the same.").first().waitFor();
    await showTests(page);
    await screenshot(page, `tests-${colorScheme}`);
    expect(hostErrors).toEqual([]);
  });
});

test("the tree has the files, their blocks and their lines; a run of the panel serves a test; a row is tested alone", async () => {
  const { page, panel } = await open("a-net.nn", { files: { "a-net.nn": FILE } });
  await trainByLens(page);
  await finished(panel);
  await showTests(page);
  await expect.poll(() => items(page).count()).toBeGreaterThan(10);
  await item(page, "a-net.nn").click();
  await page.keyboard.press("ArrowRight");
  await item(page, "expect Xor on Table").click();
  await page.keyboard.press("ArrowRight");
  await item(page, "0 0 -> 0").hover();
  await item(page, "0 0 -> 0").getByRole("button", { name: "Run Test" }).click();
  await expectMarks(page, { 22: "passed" });
  expect((await marks(page))["23"]).not.toBe("passed");
  await command(page, "Test Results: Focus on Test Results View");
  await page.getByText("The weights of the run Xor are used: plan and data are the same.").first().waitFor();
});

test("continuous run tests a file whenever it is saved", async () => {
  const { page } = await open("a-net.nn", { files: { "a-net.nn": FILE } });
  await showTests(page);
  await item(page, "a-net.nn").hover();
  await item(page, "a-net.nn").getByRole("button", { name: "Turn on Continuous Run" }).click();
  await changeEnd(page, "1 1 -> 0", "1");
  await page.keyboard.press("ControlOrMeta+s");
  await expectMarks(page, { 22: "passed", 23: "failed", 29: "passed" });
  await changeEnd(page, "1 1 -> 1", "0");
  await page.keyboard.press("ControlOrMeta+s");
  await expectMarks(page, { 22: "passed", 23: "passed", 29: "passed" });
});

test("a test whose training takes hours is cancelled, and the next test runs", async () => {
  const { page } = await open("endless.nn", { files: { "endless.nn": ENDLESS } });
  const head = ENDLESS.split("\n").findIndex((line) => line.startsWith("expect")) + 1;
  await page.keyboard.press("Control+End");
  await lens(page, 0).click();
  await page.locator(".testing-run-glyph.codicon-testing-loading-icon, .testing-run-glyph.codicon-loading").first().waitFor();
  await command(page, "Test: Cancel Test Run");
  await expectMarks(page, { [head]: "skipped", [head + 5]: "skipped" });
  await screenshot(page, "tests-cancelled");
  await page.locator(".view-line").filter({ hasText: "1000000000" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type("epochs 500");
  await lens(page, 0).click();
  await expectMarks(page, { [head]: "passed", [head + 1]: "passed", [head + 5]: "passed" });
});

test("Debug takes a row through the network in the debugger, with the weights of a run, and stops where its outputs are compared", async () => {
  const { page, panel, hostErrors } = await open("a-net.nn", { files: { "a-net.nn": FILE } });
  await trainByLens(page);
  await finished(panel);
  await showTests(page);
  await item(page, "a-net.nn").click();
  await page.keyboard.press("ArrowRight");
  await item(page, "expect Xor on Table").click();
  await page.keyboard.press("ArrowRight");
  await item(page, "0 0 -> 0").hover();
  await item(page, "0 0 -> 0").getByRole("button", { name: "Debug Test" }).click();
  const over = page.locator(".debug-toolbar .codicon-debug-step-over");
  await over.waitFor();
  // The row is loaded, then goes through the input and both layers.
  for (let k = 0; k < 4; k++) {
    await over.click();
    await page.locator(".debug-toolbar .action-item:not(.disabled) .codicon-debug-step-over").waitFor();
  }
  await expect.poll(() => shownLine(page, "0 0 -> 0")).toContain(", as expected");
  await screenshot(page, "tests-debug");
  await page.locator(".debug-toolbar .codicon-debug-stop").click();
  expect(hostErrors).toEqual([]);
});
