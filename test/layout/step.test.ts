/** One Step in plain Chromium: its stages by the arrow keys, another step by the choices, and numbers that a student fills in. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { layoutFaults } from "./faults.ts";
import { faultsOfWalk } from "./matrix.ts";
import { openedForTests } from "./opened.ts";
import type { Stage } from "./stage.ts";

const { host, stageOf } = openedForTests();

async function oneStep(sample: string, text?: string): Promise<Stage> {
  const view = host().show(sample);
  await host().train(sample, text);
  const stage = await stageOf(view);
  await stage.width(571);
  await stage.tab("One Step");
  return stage;
}

const goTo = async ({ page }: Stage, title: string): Promise<void> =>
  await page.locator(".stages").getByRole("button", { name: title, exact: true }).click();
const chooseWeights = async (stage: Stage, value: string): Promise<void> => {
  await stage.page
    .locator(".step-choices vscode-single-select")
    .first()
    .evaluate((select, chosen) => {
      (select as unknown as { value: string }).value = chosen;
      select.dispatchEvent(new Event("change"));
    }, value);
  await stage.settled();
};

describe("One Step", () => {
  test("the arrow keys move between the stages, and a number shows its calculation", async () => {
    const stage = await oneStep("xor.nn");
    const { page } = stage;
    const title = page.locator(".stage h2");
    await page.locator(".tab.step").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => title.innerText()).toMatch(/^Forward through hidden/);
    await goTo(stage, "Back through dense_1");
    await page.locator(".matrix").filter({ hasText: "∂L/∂W" }).locator("td").first().hover();
    await expect.poll(() => page.locator(".working").innerText()).toMatch(/^∂L\/∂w = Σ x · ∂L\/∂z = .+ = −?[\d.e−]+$/);
    // The weight from a to the first unit: the column of a in x, of four rows, and the only column of ∂L/∂z.
    expect(await page.locator(".matrix .used").count()).toBe(8);
    await goTo(stage, "Two passes, all gradients");
    await expect.poll(() => page.locator(".stage").innerText()).toContain("all 17 weights and biases");
    await expect.poll(() => page.locator(".stage").innerText()).toContain("34 forward passes");
  });

  test("of a perceptron: the next wrong row at the start weights, by Rosenblatt's rule; at the end all rows are right", async () => {
    const stage = await oneStep("perceptron.nn");
    const { page } = stage;
    await page.getByText("Next wrong row").click();
    await stage.settled();
    await expect.poll(() => page.locator(".tab.step > .note").innerText()).toContain("All training rows are right with these weights");
    await chooseWeights(stage, "start");
    await page.getByText("Next wrong row").click();
    await stage.settled();
    await goTo(stage, "The update of tlu_1's kernel");
    await expect.poll(() => page.locator(".working").innerText()).toMatch(/^w = −?[\d.]+ \+ 1 · \((?:1 − 0|0 − 1)\) · [\d.]+ = −?[\d.]+$/);
    await expect.poll(() => page.locator(".tab.step > .note").innerText()).toMatch(/a step with row \d+ alone, .+ the start weights/);

    await page.locator(".rule-rows summary").click();
    await stage.settled();
    await page.getByText("Next mistake").click();
    await expect.poll(() => page.locator(".rule-says").innerText()).toMatch(/^Epoch 1, row \d+: z = .+: a mistake\.$/);
    const count = page.locator(".rule-count");
    await expect.poll(() => count.innerText()).toMatch(/^1 mistake so far, 9 in all until epoch 2\. The bound \(R\/γ\)² is \d+\.?\d*\.$/);
    await page.locator(".rule input").evaluate((slider: HTMLInputElement) => {
      slider.value = slider.max;
      slider.dispatchEvent(new Event("input"));
    });
    await expect.poll(() => count.innerText()).toMatch(/^9 mistakes so far/);
    expect(await layoutFaults(page)).toEqual([]);
  });

  test("a student fills in a number: wrong with what is missing, then right, then the next one", async () => {
    const stage = await oneStep(
      "filled.nn",
      "model M {\n  input a\n  dense 1 sigmoid kernel=[[0.5]] bias=[0.25]\n}\ndata D {\n  features a\n  target y\n  2 -> 1\n}\ntrain M on D {\n  loss mse\n  epochs 0\n}\n",
    );
    const { page } = stage;
    await page.locator(".tab.step vscode-checkbox").click();
    await goTo(stage, "Forward through dense_1");
    const answer = page.locator("form.answer input");
    const gaps = page.locator(".matrix td").filter({ hasText: "?" });
    await expect.poll(() => gaps.count()).toBe(2);
    await answer.fill("1");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("form.answer .judgement").innerText()).toBe("Not yet. The term b is missing.");
    await answer.fill("1.25");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".stage > .judgement").innerText()).toBe("Right. z = Σ x · w + b = 2 · 0.5 + 0.25 = 1.25");
    await expect.poll(() => gaps.count()).toBe(1);
    await page.getByText("Show the working").click();
    await expect.poll(() => gaps.count()).toBe(0);
  });

  test("a chosen weight's path to the loss is drawn, with the sum where its paths meet", async () => {
    const stage = await oneStep(
      "deep.nn",
      "model M {\n  input a, b\n  dense 3 tanh\n  dense 4 tanh\n  dense 2 sigmoid\n}\ndata D {\n  features a, b\n  target s, t\n  1 1 -> 0 1\n  0 1 -> 1 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs 5\n}\n",
    );
    const { page } = stage;
    await goTo(stage, "Back through dense_1");
    await page.locator(".matrix").filter({ hasText: "∂L/∂W" }).locator("td").nth(4).hover();
    await page.getByText("Show this weight's path to the loss").click();
    await stage.settled();
    await expect.poll(() => page.locator(".stage h3").innerText()).toMatch(/^The weight from b to unit 2 of dense_1, in row \d$/);
    await expect.poll(() => page.locator(".path-lines").innerText()).toMatch(/\(4 paths meet\) = Σ w · ∂L\/∂z = /);
    // b, the unit, 4 units, 2 outputs, L; the weight, 4 and 8 connections, and 2 to L.
    expect(await page.locator(".stage svg circle").count()).toBe(9);
    expect(await page.locator(".stage svg line").count()).toBe(15);
    for (const width of [480, 1200]) {
      await stage.width(width);
      expect(await layoutFaults(page)).toEqual([]);
    }
  });

  // The steps of the samples, wide-and-deep.nn with its several paths among them, are in test:long.
  test("no stage of a network that is not trained is cut off", async () => {
    const text = readFileSync(inProject("samples", "xor.nn"), "utf8").replace("epochs    1000", "epochs 0");
    expect(await faultsOfWalk(await oneStep("zero.nn", text), 571)).toEqual([]);
  });
});
