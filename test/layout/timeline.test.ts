/** The timeline moves every view to any epoch, from before the first to the last, and plays the run. iris.nn is in test:long. */
import { expect, test } from "vitest";
import { openedForTests } from "./opened.ts";
import { requirePlayback } from "./playback.ts";

const { host, stageOf } = openedForTests();

test("xor.nn: every view shows the epoch before the first, one between and the last; playing ends at the last", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  await requirePlayback(await stageOf(view), 1000);
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
