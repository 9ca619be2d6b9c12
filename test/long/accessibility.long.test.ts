/** axe-core on every tab in every kind of theme; test/layout/accessibility.test.ts has a share. */
import { expect, test } from "vitest";
import { ALL_LOOKS, accessFaults } from "../layout/accessibility.ts";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

test.each(["iris.nn", "xor.nn", "digits.nn", "diabetes.nn", "perceptron.nn"])("axe-core finds nothing serious: %s", async (sample) => {
  const view = host().show(sample);
  await host().train(sample);
  expect(await accessFaults(await stageOf(view), ALL_LOOKS)).toEqual([]);
});
