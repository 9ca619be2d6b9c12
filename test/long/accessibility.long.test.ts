/** axe-core on every tab in every kind of theme; test/layout/accessibility.test.ts has a share. */
import { expect, test } from "vitest";
import { ALL_LOOKS, accessFaults } from "../layout/accessibility.ts";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

test.each(["iris.nn", "xor.nn", "digits.nn", "diabetes.nn", "perceptron.nn"])("axe-core finds nothing serious: %s", async (sample) => {
  const view = host().show(sample);
  await host().train(sample);
  const stage = await stageOf(view);
  // The knobs appear above every tab, the answer for a row in Result and Network.
  await stage.page.getByRole("button", { name: "Knobs of the file's numbers" }).click();
  await stage.tab("Result");
  await stage.page.getByLabel("Row of the data").fill("1");
  await stage.page.keyboard.press("Enter");
  expect(await accessFaults(stage, ALL_LOOKS)).toEqual([]);
});
