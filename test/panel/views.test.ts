/** Each view of the panel in the real workbench: what it shows is checked, and kept as a picture in both themes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cellsOf, choose, coloursOf, type Editors, figure, openEditors, tab, trainByLens } from "./opened.ts";

let editors: Editors;
beforeAll(async () => {
  editors = await openEditors();
});
afterAll(() => editors?.close());

const finished = (panel: FrameLocator): Promise<void> => panel.locator(".subtitle").filter({ hasText: "finished" }).waitFor();

describe.each(["dark", "light"] as const)("views, %s", (colorScheme) => {
  test("xor.nn: its units and weights, the boundary, one step walked by the arrow keys", async () => {
    const { page, panel, complaints } = await editors.open("xor.nn", { colorScheme });
    await trainByLens(page);
    await finished(panel);

    await tab(panel, "Network");
    // 2 + 4 + 1 units; 2 · 4 + 4 weights
    await expect.poll(async () => await panel.locator(".graph circle").count()).toBe(7);
    await expect.poll(async () => await panel.locator(".graph path.weight").count()).toBe(12);
    await panel.locator(".graph circle").nth(2).hover();
    expect(await panel.locator(".tab:visible .told").innerText()).toMatch(/^hidden unit 1, mean -?[\d.e-]+ over the batch, bias /);
    await editors.shot(page, `view-network-units-${colorScheme}`);

    await tab(panel, "Result");
    await panel.getByText("4 of 4 right (100 %)").waitFor();
    expect(await cellsOf(panel.locator(".confusion"))).toEqual([
      ["0", "2", "·", "100 %"],
      ["1", "·", "2", "100 %"],
    ]);
    const plane = panel.locator("canvas.plane");
    expect(await coloursOf(plane)).toBeGreaterThan(100);
    const box = await plane.boundingBox();
    if (!box) throw new Error("no plane");
    // (0, 1) lies up on the left, (0, 0) below it.
    const answer = async (x: number, y: number): Promise<number> => {
      await page.mouse.move(box.x + 56 + x * (box.width - 64), box.y + 8 + y * (box.height - 44));
      return Number((await panel.locator(".tab:visible .told").innerText()).split("→")[1]);
    };
    expect(await answer(0.12, 0.12)).toBeGreaterThan(0.8);
    expect(await answer(0.12, 0.88)).toBeLessThan(0.2);
    await editors.shot(page, `view-boundary-${colorScheme}`);

    await tab(panel, "One Step");
    const title = panel.locator(".stage h2");
    await panel.locator(".tab.step").focus();
    expect(await title.innerText()).toBe("A mini-batch");
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => await title.innerText()).toMatch(/^Forward through hidden/);
    for (let k = 0; k < 4; k++) await page.keyboard.press("ArrowRight");
    await expect.poll(async () => await title.innerText()).toMatch(/^Back through dense_1/);
    await panel.locator(".matrix").filter({ hasText: "∂L/∂W" }).locator("td").first().hover();
    expect(await panel.locator(".working").innerText()).toMatch(/^∂L\/∂w = Σ x · ∂L\/∂z = .+ = -?−?[\d.e−-]+$/);
    await editors.shot(page, `view-step-${colorScheme}`);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(async () => await title.innerText()).toMatch(/^The output error/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("digits.nn: distributions, weights as images, confusion and the worst mistakes", async () => {
    const { page, panel, complaints } = await editors.open("digits.nn", { colorScheme });
    await trainByLens(page);
    await finished(panel);
    await tab(panel, "Distributions");
    // On a busy machine some are left out, so as not to slow the training down.
    await panel.getByText(/^\d+ of 12 epochs are drawn/).waitFor();
    expect(await coloursOf(panel.locator("canvas.distribution"))).toBeGreaterThan(20);
    expect(await panel.locator(".told:visible").first().innerText()).toMatch(/^Epoch \d+: 100,352 numbers from -/);
    await panel.getByText("Show weights and gradient").click();
    await panel.getByText("The first 64 of 128 units are shown, an image each.", { exact: false }).waitFor();
    for (const map of await panel.locator("canvas.pixels").all()) expect(await coloursOf(map)).toBeGreaterThan(100);
    await panel
      .locator("canvas.pixels")
      .first()
      .hover({ position: { x: 12, y: 12 } });
    expect(await panel.locator(".told:visible").last().innerText()).toMatch(
      /^from \d+ to unit \d+: weight -?[\d.e-]+, gradient -?[\d.e-]+$/,
    );
    await editors.shot(page, `view-distributions-${colorScheme}`);
    await choose(panel, "As", "Ridges");
    await choose(panel, "What", "Weights");
    await panel.getByText("each ridge being dense_1's kernel", { exact: false }).waitFor();
    await editors.shot(page, `view-ridges-${colorScheme}`);

    await tab(panel, "Result");
    await panel.locator(".digit").first().waitFor();
    const accuracy = Number(await figure(panel, "Validation accuracy").innerText());
    const [right = 0, asked = 1] = ((await panel.locator(".confusion caption").innerText()).match(/\d+/g) ?? []).map(Number);
    expect(right / asked).toBeCloseTo(accuracy, 3);
    await expect.poll(async () => await panel.locator(".digit").count()).toBe(12);
    await editors.shot(page, `view-mistakes-${colorScheme}`);
    await tab(panel, "Network");
    await expect.poll(async () => await panel.locator(".graph g.node").count()).toBe(5);
    await editors.shot(page, `view-network-layers-${colorScheme}`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("diabetes.nn: predicted against true and the residuals; vanishing-gradients.nn: where the gradient is lost, in words", async () => {
    const { page, panel, complaints } = await editors.open("diabetes.nn", { colorScheme });
    await trainByLens(page);
    await finished(panel);
    await tab(panel, "Result");
    await panel.getByText(/All 66 rows are drawn; R² 0\.5/).waitFor();
    await expect.poll(async () => await panel.locator(".output canvas").count()).toBe(2);
    for (const chart of await panel.locator(".output canvas").all()) expect(await coloursOf(chart)).toBeGreaterThan(10);
    await editors.shot(page, `view-regression-${colorScheme}`);
    await page.close();

    const vanishing = await editors.open("vanishing-gradients.nn", { colorScheme, height: 1400 });
    await trainByLens(vanishing.page);
    await finished(vanishing.panel);
    await tab(vanishing.panel, "Gradients");
    const flow = vanishing.panel.locator(".flow li");
    await expect.poll(async () => await flow.count()).toBe(7);
    expect(await flow.first().innerText()).toContain("dense_7");
    expect(await flow.last().innerText()).toContain("vanishing");
    expect(await vanishing.panel.locator(".message").innerText()).toContain("NN603");
    await choose(vanishing.panel, "Figure", "Update / weight");
    await vanishing.panel.getByText("The green band").waitFor();
    await choose(vanishing.panel, "Of", "Parameters");
    await vanishing.panel.locator(".u-legend:visible").filter({ hasText: "dense_7 bias" }).first().waitFor();
    await vanishing.panel.getByText(/^Of each kernel and bias in the last mini-batch of \d+ of 60 epochs/).waitFor();
    await choose(vanishing.panel, "Of", "Layers");
    await editors.shot(vanishing.page, `view-gradients-${colorScheme}`);
    expect([...complaints, ...vanishing.complaints]).toEqual([]);
    await vanishing.page.close();
  });
});

describe("runs", () => {
  test("of 100,000 epochs: what is left out is said, a zoom has every one; another seed is drawn over it; the side bar keeps, renames, deletes", async () => {
    const text = readFileSync(join(editors.folder, "xor.nn"), "utf8").replace("epochs    1000", "epochs    100000");
    writeFileSync(join(editors.folder, "many.nn"), text);
    const { page, panel, complaints } = await editors.open("many.nn");
    await trainByLens(page);
    await finished(panel);
    expect(await figure(panel, "Epoch").innerText()).toBe("100,000 of 100,000");
    const note = panel.locator(".chart .note:visible").first();
    expect(await note.innerText()).toBe("One epoch in 64 is drawn; zooming in draws every one.");
    const over = await panel.locator(".chart .u-over").first().boundingBox();
    if (!over) throw new Error("no chart");
    await page.mouse.move(over.x + 100, over.y + 60);
    await page.mouse.down();
    await page.mouse.move(over.x + 105, over.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => await note.innerText()).toMatch(/^Epochs [\d,]+ to [\d,]+; double-click, 0 or Escape shows all\.$/);
    await panel.locator(".chart .canvas").first().focus();
    await page.keyboard.press("0");
    await expect.poll(async () => await note.innerText()).toMatch(/^One epoch in 64/);

    await panel.getByText("More", { exact: true }).click();
    await panel.getByText("Train with another seed").click();
    await panel.locator("h1").filter({ hasText: "Xor, seed 43" }).waitFor();
    await finished(panel);
    await panel.locator(".compare vscode-checkbox").first().click();
    await panel.locator(".u-legend").filter({ hasText: "Xor, seed 43, training" }).first().waitFor();
    await panel.locator("vscode-checkbox").filter({ hasText: "" }).first().click();
    await editors.shot(page, "view-compare-dark");

    await page.getByRole("tab", { name: "Backprop" }).first().click();
    const runs = page.locator(".pane-body .monaco-list-row");
    await runs.filter({ hasText: "Xor, seed 43" }).waitFor();
    await editors.shot(page, "view-runs-dark");
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
    await page.close();
  });

  test("that ends while its result is looked at: what stays is of the weights that it ended with", async () => {
    const text = readFileSync(join(editors.folder, "xor.nn"), "utf8").replace("epochs    1000", "epochs    600000");
    writeFileSync(join(editors.folder, "watched.nn"), text);
    const { page, panel } = await editors.open("watched.nn");
    await trainByLens(page);
    await figure(panel, "Loss").waitFor();
    await tab(panel, "Result");
    await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
    await finished(panel);
    await panel.getByText("With the weights after epoch 600,000, on all 4 training rows.").waitFor();
    await page.close();
  });

  test("whose numbers overflow: the panel says where and what to do, and every view still opens", async () => {
    const text = readFileSync(join(editors.folder, "diabetes.nn"), "utf8")
      .replace("adam(learning_rate=0.003)", "sgd(learning_rate=1e6)")
      .replace("stop      early_stopping(patience=8)\n", "");
    writeFileSync(join(editors.folder, "overflow.nn"), text);
    const { page, panel, complaints } = await editors.open("overflow.nn", { colorScheme: "light" });
    await trainByLens(page);
    await panel.locator(".message.error").filter({ hasText: "NN601" }).waitFor();
    for (const name of ["Gradients", "Distributions", "Network", "Result", "One Step", "Loss"]) await tab(panel, name);
    await editors.shot(page, "view-overflow-light");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("in a narrow window nothing is cut off sideways", async () => {
    const { page, panel } = await editors.open("iris.nn", { colorScheme: "light", width: 1000, height: 900 });
    await trainByLens(page);
    await finished(panel);
    for (const name of ["Loss", "Gradients", "Distributions", "Network", "Result", "One Step"]) {
      await tab(panel, name);
      const { wide, seen } = await panel.locator("body").evaluate((body) => ({ wide: body.scrollWidth, seen: body.clientWidth }));
      expect(wide, name).toBeLessThanOrEqual(seen);
      await editors.shot(page, `narrow-${name.toLowerCase().replace(" ", "-")}`);
    }
    await page.close();
  });
});
