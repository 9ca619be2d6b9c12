/** Views and panels of longer or several trainings in the real workbench. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { choose, ENDLESS, expectDrawn, finished, panelOf, runFact, screenshot, shownFact, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();

const xor = (epochs: number): string =>
  readFileSync(inProject("samples", "xor.nn"), "utf8").replace("epochs    1000", `epochs    ${epochs}`);

describe("views", () => {
  test("diabetes.nn: predictions against targets and the residuals; vanishing-gradients.nn: where the gradient vanishes, in words", async () => {
    const { page, panel, complaints } = await open("diabetes.nn", { colorScheme: "light" });
    await trainByLens(page);
    await finished(panel);
    await tab(panel, "Result");
    await panel
      .locator(".view:visible")
      .getByText(/All 66 rows are drawn; R² 0\.5/)
      .waitFor();
    await expect.poll(() => panel.locator(".output canvas").count()).toBe(2);
    await expectDrawn(panel.locator(".output canvas"), 10);
    await screenshot(page, "view-regression");

    const vanishing = await open("vanishing-gradients.nn", { height: 1400 });
    await trainByLens(vanishing.page);
    await finished(vanishing.panel);
    await tab(vanishing.panel, "Gradients");
    const flow = vanishing.panel.locator(".view:visible .flow li");
    await expect.poll(() => flow.count()).toBe(7);
    expect(await flow.first().innerText()).toContain("dense_7");
    expect(await flow.last().innerText()).toContain("vanishing");
    expect(await vanishing.panel.locator(".message").innerText()).toContain("NN603");
    await choose(vanishing.panel, "Statistic", "Update / weight");
    await vanishing.panel.getByText("The green band").waitFor();
    await choose(vanishing.panel, "Per", "Parameter");
    await vanishing.panel.locator(".u-legend:visible").filter({ hasText: "dense_7 bias" }).first().waitFor();
    await vanishing.panel.getByText(/^Statistics of each kernel and bias in the last mini-batch of \d+ of 60 epochs/).waitFor();
    await choose(vanishing.panel, "Per", "Layer");
    await screenshot(vanishing.page, "view-gradients");
    expect([...complaints, ...vanishing.complaints]).toEqual([]);
  });
});

describe("a run", () => {
  test("of 100,000 epochs states what it leaves out and zooms to every epoch; another seed is drawn over it; the side bar lists, renames and deletes it", async () => {
    const { page, panel, complaints } = await open("many.nn", { files: { "many.nn": xor(100_000) } });
    await trainByLens(page);
    await finished(panel);
    expect(await shownFact(panel, "epoch").textContent()).toBe("100,000 of 100,000");
    const note = panel.locator(".chart .note:visible").first();
    expect(await note.innerText()).toBe("One epoch in 64 is drawn; zooming in draws every one.");
    const over = await panel.locator(".chart .u-over").first().boundingBox();
    if (!over) throw new Error("The panel has no chart.");
    await page.mouse.move(over.x + 100, over.y + 60);
    await page.mouse.down();
    await page.mouse.move(over.x + 105, over.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => note.innerText()).toMatch(/^Epochs [\d,]+ to [\d,]+; double-click, 0 or Escape shows all\.$/);
    await panel.locator(".chart .canvas").first().focus();
    await page.keyboard.press("0");
    await expect.poll(() => note.innerText()).toMatch(/^One epoch in 64/);

    await panel.getByRole("button", { name: "More actions" }).click();
    await panel.getByRole("menuitem", { name: "Train with another seed" }).click();
    await panel.locator("h1").filter({ hasText: "Xor, seed 43" }).waitFor();
    await finished(panel);
    await tab(panel, "Runs");
    await panel
      .getByRole("checkbox", { name: /^Compare with Xor/ })
      .first()
      .click();
    await tab(panel, "Loss");
    await panel.locator(".u-legend:visible").filter({ hasText: "Xor, seed 43, training" }).first().waitFor();
    await panel.locator("vscode-checkbox:visible").filter({ hasText: "Logarithmic" }).click();
    await screenshot(page, "view-compare-dark");

    await page.getByRole("tab", { name: "Backprop" }).first().click();
    const runs = page.locator(".pane-body .monaco-list-row");
    await runs.filter({ hasText: "Xor, seed 43" }).waitFor();
    await screenshot(page, "view-runs-dark");
    await runs.filter({ hasText: "Xor, seed 43" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Rename..." }).hover();
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-widget input").fill("second try");
    await page.keyboard.press("Enter");
    await runs.filter({ hasText: "second try" }).waitFor();
    await runs.filter({ hasText: "second try" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Delete" }).hover();
    await page.keyboard.press("Enter");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Delete" }).click();
    await runs.filter({ hasText: "second try" }).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });
});

describe("the panel", () => {
  test("two panels train two files at the same time", async () => {
    const { page } = await open("one.nn", { files: { "one.nn": ENDLESS, "two.nn": ENDLESS } });
    await trainByLens(page);
    const first = panelOf(page);
    await first.locator('h1[title$="one.nn"]').waitFor();
    await first.getByRole("button", { name: "Stay with one.nn" }).click();
    await page.locator(".view-lines").first().click();
    await page.getByRole("treeitem", { name: "two.nn" }).dblclick();
    await page.getByRole("tab", { name: /^two\.nn/ }).waitFor();
    await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
    await page.getByRole("tab", { name: "Training: two.nn" }).waitFor();
    await panelOf(page).locator('h1[title$="two.nn"]').waitFor();
    await panelOf(page).locator("vscode-button").filter({ hasText: "Stop" }).click();
    await panelOf(page)
      .getByText(/stopped after epoch/)
      .waitFor();
    // The other training continued, and its panel shows the epochs that came while it was hidden.
    await page.getByRole("tab", { name: "Training: one.nn" }).click();
    const other = panelOf(page);
    await other.locator('h1[title$="one.nn"]').waitFor();
    await other.locator("vscode-button").filter({ hasText: "Stop" }).click();
    await other.getByText(/stopped after epoch/).waitFor();
  });
});

test("digits.nn: distributions, weights as images, confusion and the worst mistakes", async () => {
  const { page, panel, complaints } = await open("digits.nn");
  await trainByLens(page);
  await finished(panel);
  await tab(panel, "Distributions");
  // Of dense_1 and dense_2: outputs, kernel and bias.
  await expect.poll(() => panel.locator(".small-chart:visible").count()).toBe(6);
  await screenshot(page, "view-distributions-all");
  await choose(panel, "Values", "Gradients");
  await panel.getByRole("button", { name: "dense_1 · kernel" }).click();
  // On a busy machine some epochs have no snapshot, so that the training is not slowed down.
  await panel.getByText(/^\d+ of 12 epochs are drawn/).waitFor();
  await expectDrawn(panel.locator("canvas.distribution"), 20);
  await expect.poll(() => panel.locator(".readout:visible").first().innerText()).toMatch(/^Epoch \d+: 100,352 numbers from -/);
  await panel.getByText("Show weights and gradient").click();
  await panel.getByText("The first 64 of 128 units are shown, one image each.", { exact: false }).waitFor();
  await expectDrawn(panel.locator("canvas.pixels"), 100);
  await panel
    .locator("canvas.pixels")
    .first()
    .hover({ position: { x: 12, y: 12 } });
  await expect
    .poll(() => panel.locator(".readout:visible").last().innerText())
    .toMatch(/^.+ → dense_1 unit \d+: weight -?[\d.e-]+, gradient -?[\d.e-]+$/);
  await screenshot(page, "view-distributions");
  await choose(panel, "Chart", "Ridges");
  await choose(panel, "Values", "Weights");
  await panel.getByText("Each ridge shows dense_1's kernel", { exact: false }).waitFor();
  await screenshot(page, "view-ridges");

  await tab(panel, "Result");
  await panel.locator(".digit").first().waitFor();
  const accuracy = Number(await runFact(panel, "Validation accuracy").innerText());
  const [right = 0, asked = 1] = ((await panel.locator(".view:visible .confusion caption").innerText()).match(/\d+/g) ?? []).map(Number);
  expect(right / asked).toBeCloseTo(accuracy, 3);
  await expect.poll(() => panel.locator(".digit").count()).toBe(12);
  await screenshot(page, "view-mistakes");
  await tab(panel, "Network");
  await expect.poll(() => panel.locator(".view:visible .graph g.node").count()).toBe(5);
  await screenshot(page, "view-network-layers");
  expect(complaints).toEqual([]);
});

test("a run that ends while its result is shown: the result is that of the final weights", async () => {
  const { page, panel } = await open("watched.nn", { files: { "watched.nn": xor(600_000) } });
  await trainByLens(page);
  await shownFact(panel, "loss").waitFor();
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  await finished(panel);
  await panel.getByText("With the weights after epoch 600,000, on all 4 training rows.").waitFor();
});
