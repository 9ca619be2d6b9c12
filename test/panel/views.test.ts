/**
 * Each view of the panel in the real workbench: its content is tested, and a screenshot is saved. Layouts are in test/layout. The same window
 * then closes and reopens the panel, is reloaded, and shows the run's hints in the editor while the text changes, since windows are expensive.
 */
import { readFileSync } from "node:fs";
import type { FrameLocator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { themes } from "../layout/themes.ts";
import {
  cellsOf,
  choose,
  expectDrawn,
  finished,
  hintedLines,
  reloadWindow,
  sampleLine,
  screenshot,
  shownFact,
  tab,
  trainByLens,
  windows,
} from "./windows.ts";

const { open } = windows();

/** Returns the theme variables that the panel uses and the editor sets. */
async function themeOf(panel: FrameLocator): Promise<Record<string, string>> {
  const built = ["panel.js", "panel.css"].map((name) => readFileSync(inProject("dist", name), "utf8")).join("\n");
  const used = [...new Set(built.match(/--vscode-[a-zA-Z-]+/g))].sort();
  const values = await panel
    .locator("html")
    .evaluate(({ style }, names) => names.map((name) => [name, style.getPropertyValue(name).trim()] as const), used);
  return Object.fromEntries(values.filter(([, value]) => value !== ""));
}

/** Returns the texts of the editor's visible lines. */
const shownLines = async (page: Page): Promise<string[]> =>
  (await page.locator(".monaco-editor .view-line").allInnerTexts()).map((text) => text.replaceAll("\u00a0", " ").trim());

async function typeAtStart(page: Page, text: string): Promise<void> {
  // At the start of a line: to click at the middle of a long element, the browser would scroll it out of the editor's view.
  await page
    .locator(".monaco-editor .view-line")
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(text);
}

/** Asserts that hints follow their layers while typing, vanish from a layer that changes, and return after undo. */
async function requireHints(page: Page, panel: FrameLocator): Promise<void> {
  await tab(panel, "Overview");
  const layers = ["hidden: dense 4 tanh", "dense 1 sigmoid"];
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
  await typeAtStart(page, "# a note");
  await page.keyboard.press("Enter");
  await panel.getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
  // The 4 of the hidden layer becomes an 8, which changes the next layer's kernel too.
  await page.keyboard.press("Control+G");
  await page.keyboard.type(`${1 + sampleLine("xor.nn", "dense 4 tanh")}:17`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Delete");
  await page.keyboard.type("8");
  await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 8 tanh"));
  await expect.poll(() => hintedLines(page)).toEqual([]);
  for (let k = 0; k < 2; k++) await page.keyboard.press("Control+Z");
  await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 4 tanh"));
  await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
}

/** Asserts that a click on a layer shows its line, and that the run and the view survive closing and reopening, and a reload of the window. */
async function requireReopening(page: Page, panel: FrameLocator): Promise<void> {
  await tab(panel, "Gradients");
  await panel.locator(".layers").getByRole("button", { name: "dense_1" }).click();
  await page.getByText(`Ln ${sampleLine("xor.nn", "dense 1 sigmoid")}, Col 1`).waitFor();

  const loss = await shownFact(panel, "loss").innerText();
  await page.getByRole("tab", { name: "Training: xor.nn" }).getByRole("button", { name: /Close/ }).click();
  await panel.locator("h1").waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "xor.nn", exact: false }).first().click();
  await page.getByRole("button", { name: "Show Training Panel" }).click();
  await finished(panel);
  expect(await shownFact(panel, "loss").innerText()).toBe(loss);

  await tab(panel, "Network");
  await panel.locator(".view:visible .graph path.weight").first().waitFor();
  await reloadWindow(page);
  await finished(panel);
  expect(await shownFact(panel, "loss").innerText()).toBe(loss);
  expect(await shownFact(panel, "epoch").textContent()).toBe("1,000 of 1,000");
  await panel.locator(".view:visible .graph path.weight").first().waitFor();
}

describe("views", () => {
  test("xor.nn: its units and weights, the boundary, one step, stage by stage, by the arrow keys; its run after a reload; hints follow its lines", async () => {
    const { page, panel, complaints } = await open("xor.nn");
    await trainByLens(page);
    await finished(panel);
    // The layout tests take the editor's colours and fonts from this table.
    expect(await themeOf(panel)).toEqual(themes.dark);

    await tab(panel, "Network");
    await choose(panel, "Colour", "By gradient");
    // 2 + 4 + 1 units; 2 · 4 + 4 weights
    await expect.poll(() => panel.locator(".view:visible .graph circle").count()).toBe(7);
    await expect.poll(() => panel.locator(".view:visible .graph path.weight").count()).toBe(12);
    await panel.locator(".view:visible .graph circle").nth(2).hover();
    await expect
      .poll(() => panel.locator(".tab:visible .readout").innerText())
      .toMatch(/^hidden unit 1, mean -?[\d.e-]+ over the batch, bias /);
    await screenshot(page, "view-network-units");

    await tab(panel, "Result");
    await panel.locator(".view:visible").getByText("4 of 4 right (100 %)").waitFor();
    expect(await cellsOf(panel.locator(".view:visible .confusion"))).toEqual([
      ["0", "2", "·", "100 %"],
      ["1", "·", "2", "100 %"],
    ]);
    const plane = panel.locator(".view:visible canvas.plane");
    await expectDrawn(plane, 100);
    const box = await plane.boundingBox();
    if (!box) throw new Error("The panel has no decision boundary.");
    // (0, 1) is at the top left, (0, 0) below it.
    const pointAt = (x: number, y: number): Promise<void> =>
      page.mouse.move(box.x + 56 + x * (box.width - 64), box.y + 8 + y * (box.height - 44));
    const answer = async (): Promise<number> => Number((await panel.locator(".tab:visible .readout").innerText()).split("→")[1]);
    await pointAt(0.12, 0.12);
    await expect.poll(answer).toBeGreaterThan(0.8);
    await pointAt(0.12, 0.88);
    await expect.poll(answer).toBeLessThan(0.2);
    await screenshot(page, "view-boundary");

    await tab(panel, "One Step");
    const title = panel.locator(".stage h2");
    await panel.locator(".tab.step").focus();
    await expect.poll(() => title.innerText()).toBe("A mini-batch");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => title.innerText()).toMatch(/^Forward through hidden/);
    for (let k = 0; k < 4; k++) await page.keyboard.press("ArrowRight");
    await expect.poll(() => title.innerText()).toMatch(/^Back through dense_1/);
    await panel.locator(".matrix").filter({ hasText: "∂L/∂W" }).locator("td").first().hover();
    await expect.poll(() => panel.locator(".working").innerText()).toMatch(/^∂L\/∂w = Σ x · ∂L\/∂z = .+ = -?−?[\d.e−-]+$/);
    await screenshot(page, "view-step");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => title.innerText()).toMatch(/^The output error/);
    expect(complaints).toEqual([]);
    await requireReopening(page, panel);
    await requireHints(page, panel);
  });
});
