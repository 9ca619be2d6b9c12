/** Layouts of the panel in plain Chromium: a share of all; `npm run test:long` tests them all. */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { openBrowser } from "../../scripts/run/browser.ts";
import { type Host, openHost } from "./host.ts";
import { faultsOf, SAMPLES, someLayouts } from "./matrix.ts";
import { Stage, TABS } from "./stage.ts";

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

describe("no text is cut off, nothing is wider than the window, and every chart is drawn", () => {
  test.each(SAMPLES)("%s", async (sample) => {
    const view = host.show(sample);
    await host.train(sample);
    expect(await faultsOf(await Stage.open(browser, view), someLayouts(sample))).toEqual([]);
  });

  test("before any training", async () => {
    const stage = await Stage.open(browser, host.show("gates.nn"));
    await stage.width(480);
    expect(await stage.page.locator(".empty").innerText()).toContain("Nothing has been trained yet.");
    expect(await faultsOf(stage, [])).toEqual([]);
  });
});

describe("a run whose numbers overflow", () => {
  test("states the place and the repair, and every view opens", async () => {
    const text = readFileSync(inProject("samples", "diabetes.nn"), "utf8")
      .replace("adam(learning_rate=0.003)", "sgd(learning_rate=1e6)")
      .replace("stop      early_stopping(patience=8)\n", "");
    const view = host.show("overflow.nn");
    await host.train("overflow.nn", text);
    const stage = await Stage.open(browser, view);
    expect(await stage.page.locator(".message.error").innerText()).toContain("NN601");
    // A chart without a finite number is empty; that is no fault.
    const layouts = TABS.map((tab) => ({ tab, theme: "light", width: 760 }) as const);
    expect((await faultsOf(stage, layouts)).filter((fault) => !fault.endsWith("is empty"))).toEqual([]);
  });
});
