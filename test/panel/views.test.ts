/** Each view of the panel in the real workbench: its content is tested, and a screenshot is saved. Layouts are in test/layout. */
import { readFileSync } from "node:fs";
import type { FrameLocator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { themes } from "../layout/themes.ts";
import { cellsOf, choose, expectDrawn, finished, runFact, screenshot, shownFact, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();

const xor = (epochs: number): string =>
  readFileSync(inProject("samples", "xor.nn"), "utf8").replace("epochs    1000", `epochs    ${epochs}`);

/** Returns the theme variables that the panel uses and the editor sets. */
async function themeOf(panel: FrameLocator): Promise<Record<string, string>> {
  const built = ["panel.js", "panel.css"].map((name) => readFileSync(inProject("dist", name), "utf8")).join("\n");
  const used = [...new Set(built.match(/--vscode-[a-zA-Z-]+/g))].sort();
  const values = await panel
    .locator("html")
    .evaluate(({ style }, names) => names.map((name) => [name, style.getPropertyValue(name).trim()] as const), used);
  return Object.fromEntries(values.filter(([, value]) => value !== ""));
}

describe("views", () => {
  test("xor.nn: its units and weights, the boundary, one step, stage by stage, by the arrow keys", async () => {
    const { page, panel, complaints } = await open("xor.nn");
    await trainByLens(page);
    await finished(panel);
    // The layout tests take the editor's colours and fonts from this table.
    expect(await themeOf(panel)).toEqual(themes.dark);

    await tab(panel, "Network");
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
      .toMatch(/^from \d+ to unit \d+: weight -?[\d.e-]+, gradient -?[\d.e-]+$/);
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
});

describe("a run", () => {
  test("that ends while its result is shown: the result is that of the final weights", async () => {
    const { page, panel } = await open("watched.nn", { files: { "watched.nn": xor(600_000) } });
    await trainByLens(page);
    await shownFact(panel, "loss").waitFor();
    await tab(panel, "Result");
    await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
    await finished(panel);
    await panel.getByText("With the weights after epoch 600,000, on all 4 training rows.").waitFor();
  });
});
