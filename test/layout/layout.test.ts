/** Layouts of the panel in plain Chromium: a share of all; `npm run test:long` tests them all. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { faultsNow, faultsOf, SAMPLES, someLayouts, WIDTHS } from "./matrix.ts";
import { openedForTests } from "./opened.ts";
import { TABS } from "./stage.ts";

const { host, stageOf } = openedForTests();

/** One sample of each kind: classes, images, numbers, a rule without gradients, several paths. */
const SHARE = SAMPLES.filter((sample) => /^(iris|digits|diabetes|perceptron|wide-and-deep|xor)\.nn$/.test(sample));

describe("no text is cut off, nothing is wider than the window, and every chart is drawn", () => {
  test.each(SHARE)("%s", async (sample) => {
    const view = host().show(sample);
    await host().train(sample);
    expect(await faultsOf(await stageOf(view), someLayouts(sample))).toEqual([]);
  });

  test("before any training", async () => {
    const stage = await stageOf(host().show("early-stopping.nn"));
    await stage.page.locator(".planned .node").first().waitFor();
    for (const width of WIDTHS) {
      await stage.width(width);
      expect(await faultsNow(stage, `${width} px`)).toEqual([]);
    }
    expect(await stage.page.locator(".planned .run-facts").innerText()).toMatch(/Loss\s+mse\s+Optimizer\s+adam/);
    expect(stage.complaints).toEqual([]);
  });
});

describe("a run whose numbers overflow", () => {
  test("states the place and the repair, and every view opens", async () => {
    const text = readFileSync(inProject("samples", "diabetes.nn"), "utf8")
      .replace("adam(learning_rate=0.003)", "sgd(learning_rate=1e6)")
      .replace("stop      early_stopping(patience=8)\n", "");
    const view = host().show("overflow.nn");
    await host().train("overflow.nn", text);
    const stage = await stageOf(view);
    expect(await stage.page.locator(".message.error").innerText()).toContain("NN601");
    // A chart without a finite number is empty; that is no fault.
    const layouts = TABS.map((tab) => ({ tab, theme: "light", width: 760 }) as const);
    expect((await faultsOf(stage, layouts)).filter((fault) => !fault.endsWith("is empty"))).toEqual([]);
  });
});
