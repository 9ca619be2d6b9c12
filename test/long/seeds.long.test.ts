/** The panel trains from 20 seeds and shows how many reach which result. */
import { expect, test } from "vitest";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

const XOR = `model Xor {
  input a, b
  dense 2 tanh
  dense 1 sigmoid
}
data Table {
  features a, b
  target y
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train Xor on Table {
  loss binary_crossentropy
  optimizer adam(learning_rate=0.05)
  metrics accuracy
  epochs 400
  seed 44
}
`;

test("Train with 20 seeds, beside the finding that one run ends in a local minimum: the runs are one series, with how many of them reach what", async () => {
  const view = host().show("seeds.nn");
  await host().train("seeds.nn", XOR);
  const stage = await stageOf(view);
  const { page } = stage;
  await page.locator(".message").getByRole("button", { name: "Train with 20 seeds" }).click();
  await page.getByRole("tab", { name: "Runs" }).click();
  const series = page.locator(".series");
  await expect.poll(() => series.innerText()).toMatch(/Accuracy: \d+ of 20 reach 1, \d+ ends? at 0\.\d+/);
  expect(await series.innerText()).toMatch(/^20 seeds, from 44 to 63\nLoss: best .+\nAccuracy: .+\nNN610: found in \d+ of 20$/);
  expect(await page.locator(".run-table tbody tr:not(.details)").count()).toBe(21);
});
