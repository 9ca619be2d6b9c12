/** All layouts of the panel; test/layout/layout.test.ts tests a share of them. */

import { describe, expect, test } from "vitest";
import { ALL_LAYOUTS, faultsOf, faultsOfUntrained, faultsOfWalk, SAMPLES, UNTRAINED, WIDTHS } from "../layout/matrix.ts";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

describe("no text is cut off, nothing is wider than the window, and every chart is drawn, in every layout and at every stage", () => {
  test.each(SAMPLES)("%s", async (sample) => {
    const view = host().show(sample);
    await host().train(sample);
    const stage = await stageOf(view);
    expect([...(await faultsOf(stage, ALL_LAYOUTS)), ...(await faultsOfWalk(stage, WIDTHS[0]))]).toEqual([]);
  });

  test.each(UNTRAINED)("%s, which has nothing to train", async (sample) => {
    const stage = await stageOf(host().show(sample));
    const { page } = stage;
    await page.locator(".truth").first().waitFor();
    const layouts = ALL_LAYOUTS.filter(({ tab }) => tab === "Network");
    expect(await faultsOfUntrained(stage, layouts)).toEqual([]);
    await page.getByRole("button", { name: "Walk row 2 through the layers" }).first().click();
    await page.locator(".row-stages .stage").first().waitFor();
    expect(await faultsOfUntrained(stage, layouts)).toEqual([]);
  });
});
