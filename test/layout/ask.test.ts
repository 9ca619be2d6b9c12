/** Questions to the network in Result, in plain Chromium: written rows, clicked points, data rows and drawn digits, by mouse and keyboard. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { faultsNow } from "./matrix.ts";
import { openedForTests } from "./opened.ts";
import type { Stage } from "./stage.ts";

const { host, stageOf } = openedForTests();

const shown = (stage: Stage) => stage.page.locator(".view:visible");
const answer = async (stage: Stage): Promise<string> => {
  await stage.settled();
  return (await shown(stage).locator(".row-answer").innerText()).replace(/\s+/g, " ").trim();
};

test("a row of xor.nn is written, clicked and chosen; the answer follows the timeline, and Network shows the row's outputs", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("Result");
  await shown(stage).getByLabel("a, in the data 0 to 1").fill("1");
  await shown(stage).getByLabel("b, in the data 0 to 1").fill("0");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(
    /^Your row, with the weights after epoch 1,000\. The answer is 1\. class probability 0 0\.0\d+ 1 0\.9\d+$/,
  );
  expect(await shown(stage).locator(".lit-name").allInnerTexts()).toEqual(["input_1", "hidden", "dense_1"]);
  expect(await faultsNow(stage, "Result with an answer")).toEqual([]);

  // Before the training the output of every row is near ½.
  await page.getByRole("slider", { name: "Epoch", exact: true }).press("Home");
  expect(await answer(stage)).toMatch(/after epoch 0\. .* 0\.[3-7]\d+$/);
  await page.getByRole("button", { name: "Final" }).click();

  // A click on a data point chooses its row; 1 1 is the last one. Its place follows from the margin of 15 %.
  const plane = shown(stage).locator("canvas.plane");
  const box = await plane.boundingBox();
  if (!box) throw new Error("The plane is not drawn.");
  const share = 1.15 / 1.3;
  await plane.click({ position: { x: 56 + share * (box.width - 64), y: 8 + (1 - share) * (box.height - 44) } });
  expect(await answer(stage)).toMatch(/^Row 4, a training row, .* The answer is 0\. ✓ It is right\./);
  expect(await shown(stage).getByLabel("a, in the data 0 to 1").inputValue()).toBe("1");

  // The keys move over the plane; Enter asks about the point.
  await plane.focus();
  for (let k = 0; k < 12; k++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(/^Your row/);
  expect(Number(await shown(stage).getByLabel("a, in the data 0 to 1").inputValue())).toBeCloseTo(0.5 - (12 / 32) * 1.3, 2);

  await shown(stage).getByLabel("Row of the data").fill("2");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(/^Row 2, a training row/);
  await stage.tab("Network");
  expect(await shown(stage).locator(".note").first().innerText()).toMatch(/^Circles show the output of each unit for row 2 of the data/);
  expect(await shown(stage).locator(".lit li").allInnerTexts()).toHaveLength(3);
  const input = shown(stage).locator(".graph circle").nth(1);
  await input.hover();
  expect(await shown(stage).locator(".tip:not([hidden])").innerText()).toMatch(/^b, 1 for the asked row/);

  await stage.tab("Result");
  await shown(stage).getByLabel("b, in the data 0 to 1").fill("one");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toBe('b must be a number, but it is "one".');
  expect(stage.complaints).toEqual([]);
});

test("the number of an asked row does not remain when the data has other rows", async () => {
  const view = host().show("xor.nn");
  const stage = await stageOf(view);
  const row = shown(stage).getByLabel("Row of the data");
  await host().train("xor.nn");
  await stage.tab("Result");
  await row.fill("4");
  await stage.page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(/^Row 4/);
  await host().train("xor.nn", readFileSync(inProject("samples", "xor.nn"), "utf8").replace("  1 1 -> 0\n", ""));
  await expect.poll(() => row.getAttribute("max")).toBe("3");
  await stage.settled();
  expect(await row.inputValue()).toBe("");
  expect(stage.complaints).toEqual([]);
});

/** A network of a single input, without training, whose output is twice the input. */
const DOUBLE =
  "model M {\n  input x\n  dense 1 kernel=[[2]] bias=[0]\n}\ndata D {\n  features x\n  target y\n  1 -> 2\n  2 -> 5\n}\ntrain M on D {\n  loss mse\n  epochs 0\n}\n";

test("the readout of the plane follows the epoch and does not remain for another file, nor does a written row", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  await host().train("double.nn", DOUBLE);
  await host().train("xor-limit.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  const b = shown(stage).getByLabel("b, in the data 0 to 1");
  await stage.tab("Result");
  await stage.settled();
  const readout = shown(stage).locator(".readout:visible").first();
  await shown(stage).locator("canvas.plane").hover();
  const before = await readout.innerText();
  expect(before).toMatch(/^a 0\.\d+, b 0\.\d+ → /);
  await page.getByRole("slider", { name: "Epoch", exact: true }).press("Home");
  await stage.settled();
  const after = await readout.innerText();
  expect(after.split(" → ")[0]).toBe(before.split(" → ")[0]);
  expect(after).not.toBe(before);
  await page.getByRole("button", { name: "Final" }).click();

  await b.fill("1");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(/^Your row/);
  host().show("xor-limit.nn");
  await shown(stage).getByText("With the weights after epoch 500").waitFor();
  await stage.settled();
  expect(await b.inputValue()).toBe("0.5");

  host().show("double.nn");
  await shown(stage).getByText("Output along the feature").waitFor();
  await stage.settled();
  expect(await shown(stage).locator(".readout").allInnerTexts()).toEqual([""]);
  expect(stage.complaints).toEqual([]);
});

test("before a question, Result says how to ask, also if it is the view that the training begins with", async () => {
  const view = host().show("diabetes.nn");
  const stage = await stageOf(view);
  await stage.page.evaluate((data) => window.postMessage(data, "*"), { kind: "tab", tab: "result" });
  await host().train("diabetes.nn");
  await shown(stage).getByRole("heading", { name: "Ask the network" }).waitFor();
  expect(await answer(stage)).toMatch(/^Write a row, click a point of a chart, or choose a row of the data/);
  expect(await shown(stage).locator(".lit-layers:visible").count()).toBe(0);
  expect(stage.complaints).toEqual([]);
});

test("a digit is drawn with the mouse and with the keys, and cleared", async () => {
  const view = host().show("digits.nn");
  const text = readFileSync(inProject("samples", "digits.nn"), "utf8").replace(/epochs +\d+/, "epochs 3");
  await host().train("digits.nn", text);
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("Result");
  const pad = shown(stage).locator("canvas.pad");
  const box = await pad.boundingBox();
  if (!box) throw new Error("The pad is not drawn.");
  const at = (x: number, y: number): readonly [number, number] => [box.x + (x / 28) * box.width, box.y + (y / 28) * box.height];
  await page.mouse.move(...at(14, 5));
  await page.mouse.down();
  await page.mouse.move(...at(14, 23), { steps: 8 });
  await page.mouse.up();
  expect(await answer(stage)).toContain("The answer is 1.");
  /** Returns the number of bright pixels, without the keyboard's coloured pixel. */
  const inked = (): Promise<number> =>
    pad.evaluate((own: HTMLCanvasElement) => {
      const pixels = own.getContext("2d")?.getImageData(0, 0, own.width, own.height).data ?? [];
      return pixels.filter((value, k) => k % 4 === 2 && value > 127).length;
    });
  expect(await inked()).toBeGreaterThan(30);
  await pad.press("Delete");
  expect(await inked()).toBe(0);
  await page.keyboard.press("Space");
  for (let k = 0; k < 16; k++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  expect(await answer(stage)).toContain("The answer is 1.");
  expect(await shown(stage).locator(".pad-holder .note").innerText()).toBe("Column 15, line 24, pen up.");
  await shown(stage).getByLabel("Row of the data").fill("5");
  await page.keyboard.press("Enter");
  expect(await answer(stage)).toMatch(/^Row 5, a (training|validation|test) row/);
  expect(await inked()).toBeGreaterThan(30);
  for (const width of [480, 1200]) {
    await stage.width(width);
    expect(await faultsNow(stage, `${width} px`)).toEqual([]);
  }
  expect(stage.complaints).toEqual([]);
});
