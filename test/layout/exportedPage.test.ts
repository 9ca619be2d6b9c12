/** The exported web page in Chromium, offline and opened from a file: it answers as the engine does for the same rows, and requests nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cell, type Prediction, predictor } from "../../engine/evaluate/predictor.ts";
import type { TrainedModel } from "../../engine/exchange/model.ts";
import { pageFile } from "../../engine/exchange/page/file.ts";
import { loadParameters } from "../../engine/files/safetensors.ts";
import { compile } from "../../engine/network/compile.ts";
import { inProject } from "../../scripts/project.ts";
import { openBrowser } from "../../scripts/run/browser.ts";
import { everyLayer, flowers, KINDS, pictureModel, startedModel } from "../exchange/models.ts";

let [browser, folder]: [Browser | undefined, string] = [undefined, ""];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backprop-page-"));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page of the model. `asked` collects its requests, `problems` its errors. */
async function openPage(model: TrainedModel): Promise<{ readonly page: Page; readonly asked: string[]; readonly problems: string[] }> {
  if (!browser) throw new Error("There is no browser.");
  const path = join(folder, `${model.plan.training.run}.html`);
  writeFileSync(path, pageFile(model, { script: readFileSync(inProject("dist/page.js"), "utf8"), rows: undefined }).bytes);
  const page = await browser.newPage();
  const asked: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => void asked.push(request.url()));
  page.on("pageerror", (error) => void problems.push(error.message));
  page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
  await page.goto(`file://${path}`);
  return { page, asked, problems };
}

/** Returns the page's numbers for each row: those of the bars, or of the answers without bars. */
async function answersOf(model: TrainedModel, rows: readonly (readonly Cell[])[]): Promise<number[][]> {
  const { page, asked, problems } = await openPage(model);
  const answers: number[][] = [];
  for (const row of rows) {
    for (const [k, cell] of row.entries())
      if (typeof cell === "string") await page.locator(`#field-${k}`).selectOption(cell);
      else await page.locator(`#field-${k} ~ input[type=number]`).fill(String(cell));
    const texts = await page.locator(".score .value, p:not(.answer) > .answer").allInnerTexts();
    answers.push(texts.map((text) => Number(text.replace("−", "-"))));
  }
  expect(await page.locator(".net circle").count()).toBeGreaterThan(0);
  await page.close();
  expect({ asked: asked.length, problems }).toEqual({ asked: 1, problems: [] });
  return answers;
}

/** Returns what the engine answers in float64. */
function predicted({ plan, fit, weights }: TrainedModel): (row: readonly Cell[]) => Prediction {
  const network = compile(plan.network, { precision: "float64", capacity: 1 });
  loadParameters(network, { tensors: weights, metadata: {} });
  return predictor(network, plan.training.outputs, fit);
}

test.each([
  [
    "columns of numbers and words",
    flowers,
    [
      [130, 0.5, "red"],
      [101, 0, "blue"],
      [133, 0.625, "blue"],
    ],
  ],
  [
    "every kind of layer and two outputs",
    everyLayer,
    [
      [-1, 0.25, 1.5, -0.75, 0, 1],
      [1, -0.5, 0.25, 0.75, 1.25, -1],
    ],
  ],
] as const)("the page of a network with %s answers as the engine does", async (_name, text, rows) => {
  const model = await startedModel(text());
  const answers = await answersOf(model, rows);
  const ask = predicted(model);
  for (const [k, row] of rows.entries()) {
    const wanted = ask(row).outputs.flatMap(({ values }) => values);
    expect(answers[k]).toHaveLength(wanted.length);
    // Scores are shown with three digits.
    for (const [j, value] of wanted.entries())
      expect(Math.abs((answers[k]?.[j] ?? Number.NaN) - value)).toBeLessThanOrEqual(0.001 * Math.max(1, Math.abs(value)));
  }
});

test("the drawing names the inputs by their columns and words, the outputs by their classes, and the units between by their numbers", async () => {
  const { page } = await openPage(await startedModel(flowers()));
  const tips = await page.locator(".net circle title").allTextContents();
  await page.close();
  expect(tips.map((tip) => tip.slice(0, tip.lastIndexOf(":")))).toEqual([
    ...["length", "width", "color = blue", "color = red"].map((name) => `input_1, ${name}`),
    ...[1, 2, 3, 4, 5].map((k) => `dense_1, unit ${k}`),
    ...KINDS.toSorted().map((name) => `main, ${name}`),
  ]);
});

test("the drawing has the panel's colours, and says so: orange is positive, blue negative", async () => {
  const { page } = await openPage(await startedModel(everyLayer()));
  expect(await page.locator(".wide").first().innerText()).toContain("Orange is positive, blue is negative");
  const units = await page.locator(".net circle").evaluateAll((circles) =>
    circles.map((circle) => ({
      value: Number(circle.textContent?.split(": ").at(-1)?.replace("−", "-")),
      rgb: (getComputedStyle(circle).fill.match(/\d+/g) ?? []).map(Number),
    })),
  );
  await page.close();
  const hues = (isMeant: (value: number) => boolean): boolean[] =>
    units.filter(({ value }) => isMeant(value)).map(({ rgb: [red = 0, , blue = 0] }) => red > blue);
  expect(new Set(hues((value) => value > 0))).toEqual(new Set([true]));
  expect(new Set(hues((value) => value < 0))).toEqual(new Set([false]));
});

test("a picture is drawn on a pad, is answered as the engine does, and lights the layers as grids in the picture's rows", async () => {
  const model = await pictureModel();
  const { page, asked, problems } = await openPage(model);
  const box = await page.locator("canvas.pad").boundingBox();
  if (!box) throw new Error("There is no pad.");
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.1);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.9, { steps: 10 });
  await page.mouse.up();
  const pixels = await page.locator("canvas.pad").evaluate((pad: HTMLCanvasElement) => {
    const data = pad.getContext("2d")?.getImageData(0, 0, pad.width, pad.height).data ?? [];
    return Array.from({ length: pad.width * pad.height }, (_, k) => data[4 * k] ?? 0);
  });
  expect(pixels[0]).toBeGreaterThan(0);
  expect(pixels[5]).toBe(0);
  const scores = (await page.locator(".score .value").allInnerTexts()).map(Number);
  for (const [k, value] of predicted(model)(pixels)
    .outputs.flatMap(({ values }) => values)
    .entries())
    expect(Math.abs((scores[k] ?? Number.NaN) - value)).toBeLessThanOrEqual(0.001);
  // Two layers of 36 pixels, and one of 30 units.
  const squares = await page
    .locator(".net rect")
    .evaluateAll((all) => all.map((one) => [one.getAttribute("y"), one.getAttribute("fill-opacity")]));
  expect(squares).toHaveLength(36 + 36 + 30);
  const rows = Map.groupBy(squares.slice(0, 36), ([y]) => y);
  expect([...rows.values()].map((one) => one.length)).toEqual([6, 6, 6, 6, 6, 6]);
  const most = Math.max(...pixels);
  expect(squares.slice(0, 36).map(([, opacity]) => Number(opacity))).toEqual(pixels.map((pixel) => expect.closeTo(pixel / most, 5)));
  await page.getByRole("button", { name: "Clear" }).click();
  expect(await page.locator('.net rect[fill-opacity="0"]').count()).toBeGreaterThanOrEqual(72);
  await page.close();
  expect({ asked: asked.length, problems }).toEqual({ asked: 1, problems: [] });
});
