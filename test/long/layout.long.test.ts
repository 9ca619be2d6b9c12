/** All layouts of the panel; test/layout/layout.test.ts tests a share of them. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../scripts/run/browser.ts";
import { type Host, openHost } from "../layout/host.ts";
import { ALL_LAYOUTS, faultsOf, faultsOfWalk, SAMPLES, WIDTHS } from "../layout/matrix.ts";
import { Stage } from "../layout/stage.ts";

let browser: Browser;
let host: Host;
beforeAll(async () => {
  browser = await openBrowser();
  host = openHost();
});
afterAll(async () => {
  await browser?.close();
  await host?.close();
});

describe("no text is cut off, nothing is wider than the window, and every chart is drawn, in every layout and at every stage", () => {
  test.each(SAMPLES)("%s", async (sample) => {
    const view = host.show(sample);
    await host.train(sample);
    const stage = await Stage.open(browser, view);
    expect([...(await faultsOf(stage, ALL_LAYOUTS)), ...(await faultsOfWalk(stage, WIDTHS[0]))]).toEqual([]);
  });
});
