/** Distributions in plain Chromium: small charts of all layers, each of which opens a large one; the numbers as tables. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

test("opens on the outputs and weights of all layers; a title opens its large chart", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  await host().train("other.nn", readFileSync(inProject("samples", "xor.nn"), "utf8").replace(/^ *epochs.*$/m, "$&\n  seed 12"));
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("Distributions");
  const titles = page.locator(".small-chart:visible .link");
  const parameters = ["hidden · kernel", "hidden · bias", "dense_1 · kernel", "dense_1 · bias"];
  await expect
    .poll(() => titles.allInnerTexts())
    .toEqual(["hidden · outputs", ...parameters.slice(0, 2), "dense_1 · outputs", ...parameters.slice(2)]);
  await page.getByTitle("Show the distributions as a table").locator("visible=true").click();
  const rows = await page.locator(".data-table:visible tbody tr").allInnerTexts();
  expect(rows).toHaveLength(6);
  // 2 · 4 weights
  expect(rows[1]).toMatch(/^hidden · kernel\t1,000\t8\t/);

  await titles.getByText("hidden · kernel").click();
  await stage.settled();
  expect(await titles.count()).toBe(0);
  await expect.poll(() => page.locator(".readout:visible").first().innerText()).toMatch(/^Epoch 1,000: 8 numbers from -/);

  await page.getByText("Show weights and gradient").click();
  const weights = page.locator("canvas.pixels:visible").first();
  await weights.press("ArrowRight");
  await expect.poll(() => page.locator(".readout:visible").last().innerText()).toMatch(/^a → hidden unit 2: weight -?[\d.e-]+, gradient /);
  await weights.press("ArrowDown");
  await expect.poll(() => page.locator(".readout:visible").last().innerText()).toMatch(/^b → hidden unit 2: weight /);

  // Another file's run with the same layers has other numbers, so the readout does not remain.
  const [, ofWeights = ""] = await page.locator(".readout:visible").allInnerTexts();
  host().show("other.nn");
  await expect.poll(() => page.locator(".readout").allInnerTexts()).not.toContain(ofWeights);
});

test("of a regression: predictions and residuals have tables", async () => {
  const view = host().show("line.nn");
  await host().train(
    "line.nn",
    "model M {\n  input a\n  dense 1 kernel=[[2]] bias=[0]\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n  2 -> 5\n}\ntrain M on D {\n  loss mse\n  epochs 0\n}\n",
  );
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.tab("Result");
  const tables = async (name: string): Promise<string[]> => {
    await page.getByTitle(`Show ${name} as a table`).click();
    return await page
      .getByRole("group", { name: `${name} as a table` })
      .locator("tr")
      .allInnerTexts();
  };
  expect(await tables("predicted-y")).toEqual(["target\tprediction\tresidual", "2\t2\t0", "5\t4\t1"]);
  expect((await tables("residuals-y"))[1]).toMatch(/^0\t0\.025\t1$/);
});
