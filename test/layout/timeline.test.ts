/** The timeline moves the views to any epoch, from before the first to the last, and plays the run. Every view, and iris.nn, are in test:long. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { openedForTests } from "./opened.ts";
import { requirePlayback, requirePlayed } from "./playback.ts";

const { host, stageOf } = openedForTests();

test("xor.nn: the views show the epoch before the first, one between and the last; playing ends at the last", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  await requirePlayback(stage, 1000, ["Overview", "Network", "Result"]);
  await requirePlayed(stage, "Overview", 1000);
});

test("a finding is marked at its epoch, and a click on the mark goes there", async () => {
  const slow =
    "model M {\n  input x\n  dense 16 tanh\n  dense 1\n}\ndata D {\n  source sine(samples=100)\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.00001)\n  epochs 20\n}\n";
  const view = host().show("slow.nn");
  await host().train("slow.nn", slow);
  const { page } = await stageOf(view);
  const mark = page.locator(".mark.finding");
  const epoch = /^Epoch (\d+): NN606: /.exec((await mark.getAttribute("title")) ?? "")?.[1];
  expect(Number(epoch)).toBeGreaterThan(1);
  await mark.click();
  await expect.poll(() => page.locator(".position").innerText()).toBe(`${epoch} / 20`);
});

test("after early stopping every view shows the best epoch, whose weights the run ends with; the last epoch is on the timeline", async () => {
  const text = readFileSync(inProject("samples", "iris.nn"), "utf8")
    .replace("adam(learning_rate=0.01)", "sgd(learning_rate=3)")
    .replace("epochs    60", "epochs    60\n  stop      early_stopping(patience=3)");
  const view = host().show("stopped.nn");
  await host().train("stopped.nn", text);
  const stage = await stageOf(view);
  const { page } = stage;
  const position = async (): Promise<number[]> => (await page.locator(".position").innerText()).split("/").map(Number);
  const [best = 0, last = 0] = await position();
  expect(best).toBeGreaterThan(0);
  expect(last).toBe(best + 3);
  expect(await page.locator('.fact[data-fact="epoch"]').innerText()).toBe(`epoch ${best} (best) of 60`);
  await stage.width(571);
  expect(await page.locator('.fact[data-fact="epoch"]').innerText()).toBe(`epoch ${best}`);
  await stage.tab("Result");
  expect(await page.locator(".tab:visible .note").first().innerText()).toContain(`after epoch ${best},`);
  await page.getByRole("slider", { name: "Epoch", exact: true }).press("End");
  await stage.settled();
  expect(await position()).toEqual([last, last]);
  expect(await page.locator(".tab:visible .note").first().innerText()).toContain(`after epoch ${last},`);
  await page.getByRole("button", { name: "Final", pressed: false }).click();
  await expect.poll(position).toEqual([best, last]);
  await expect.poll(() => page.locator(".tab:visible .note").first().innerText()).toContain(`after epoch ${best},`);
});

test("the epoch that a run continues from is marked", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const { page } = await stageOf(view);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Continue to twice the epochs" }).click();
  const position = page.locator(".position");
  await expect.poll(() => position.innerText()).toBe("2,000 / 2,000");
  const mark = page.locator(".mark.continued");
  expect(await mark.getAttribute("title")).toMatch(/^Epoch 1,000: this run continues from here/);
  await mark.click();
  await expect.poll(() => position.innerText()).toBe("1,000 / 2,000");
});

// This test is last, since later panels inherit the chosen speed.
test("every speed can be chosen: the list opens inside the window", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const { page } = await stageOf(view);
  const speed = page.locator("vscode-single-select[aria-label='Speed']");
  await speed.click();
  const height = page.viewportSize()?.height ?? 0;
  const options = await speed.locator("li").all();
  expect(options).toHaveLength(5);
  for (const option of options) {
    const box = await option.boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
  }
  await options.at(-1)?.click();
  await expect.poll(() => speed.evaluate((select) => (select as HTMLSelectElement).value)).toBe("step");
});
