/** Layouts of the panel in plain Chromium: a share of all; `npm run test:long` tests them all. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { faultsNow, faultsOf, SAMPLES, someLayouts, WIDTHS } from "./matrix.ts";
import { openedForTests } from "./opened.ts";
import { TABS } from "./stage.ts";

const { host, stageOf } = openedForTests();

/** One sample of each kind: images of classes, numbers, several paths, two inputs. */
const SHARE = SAMPLES.filter((sample) => /^(digits|diabetes|wide-and-deep|xor)\.nn$/.test(sample));

describe("no text is cut off, nothing is wider than the window, and every chart is drawn", () => {
  test.each(SHARE)("%s", async (sample) => {
    const view = host().show(sample);
    const text = readFileSync(inProject("samples", sample), "utf8");
    // More epochs of the digits would show nothing more.
    await host().train(sample, sample === "digits.nn" ? text.replace(/epochs +\d+/, "epochs 2") : text);
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

test("before a training, a long word breaks after an underscore, and only if its line is too short", async () => {
  const stage = await stageOf(host().show("iris.nn"));
  await stage.width(571);
  const linesOf = async (name: string): Promise<readonly string[]> =>
    await stage.page
      .locator(".planned .run-facts > div")
      .filter({ has: stage.page.getByText(name, { exact: true }) })
      .locator("dd")
      .evaluate((own) => {
        const lines = new Map<number, string>();
        const texts = document.createTreeWalker(own, NodeFilter.SHOW_TEXT);
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
          [...(text.textContent ?? "")].forEach((letter, k) => {
            const range = document.createRange();
            range.setStart(text, k);
            range.setEnd(text, k + 1);
            const top = Math.round(range.getBoundingClientRect().top);
            lines.set(top, (lines.get(top) ?? "") + letter);
          });
        }
        return [...lines.values()].map((line) => line.trim()).filter((line) => line !== "");
      });
  await stage.page.locator(".planned .node").first().waitFor();
  expect(await linesOf("Loss")).toEqual(["sparse_", "categorical_", "crossentropy"]);
  expect(await linesOf("Features")).toEqual(["sepal_length,", "sepal_width,", "petal_length,", "petal_width"]);
});

test("beside the walkthrough and the file, where the panel is narrower than usual, its first line, its timeline and the table of runs are in sight", async () => {
  const view = host().show("early-stopping.nn");
  await host().train("early-stopping.nn");
  const stage = await stageOf(view);
  await stage.width(370);
  await stage.tab("Runs");
  expect(await faultsNow(stage, "370 px")).toEqual([]);
  const right = await stage.page
    .locator(".timeline > *")
    .evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)));
  expect(right).toBeLessThanOrEqual(370);
  expect(await stage.page.locator(".run-table .details").innerText()).toMatch(/Optimizer adam.*State finished.*Model /s);
  await stage.width(1200);
  expect(await stage.page.locator(".run-table .details").isVisible()).toBe(false);
});

test("at a scale of 1.5 the layout is that of the width that is left: the run's name is on one line, and the charts are in one column", async () => {
  const name = "WideAndDeepNetwork";
  const text = readFileSync(inProject("samples", "wide-and-deep.nn"), "utf8")
    .replaceAll("WideAndDeep", name)
    .replace(/epochs +\d+/, "epochs 2");
  const view = host().show("scaled.nn");
  await host().train("scaled.nn", text);
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(760);
  await stage.scale(1.5);
  const heading = page.getByRole("heading", { name, exact: true });
  expect(await heading.evaluate((one) => one.getBoundingClientRect().height / one.currentCSSZoom)).toBeLessThan(25);
  const [loss, result] = await Promise.all(
    ["Loss", "Result"].map((title) => page.getByRole("heading", { name: title }).first().boundingBox()),
  );
  expect(result?.x).toBe(loss?.x);
  expect(result?.y).toBeGreaterThan(loss?.y ?? 0);
  for (const tab of TABS) {
    await stage.tab(tab);
    expect(await faultsNow(stage, tab)).toEqual([]);
  }
});

test("a long name of a column has room in every tab: no view scrolls sideways, and no picture cuts it off", async () => {
  const long = "a_name_of_a_column_that_is_longer_than_a_picture_because_a_program_made_it";
  const text = `model M {\n  input ${long}, b\n  dense 2 tanh\n  dense 1 sigmoid\n}\ndata D {\n  features ${long}, b\n  target t\n  0 1 -> 1\n  1 0 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs 0\n}\n`;
  const view = host().show("long.nn");
  await host().train("long.nn", text);
  const stage = await stageOf(view);
  await stage.width(571);
  for (const tab of TABS) {
    await stage.tab(tab);
    const excess = await stage.page.locator(".views").evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth));
    expect([tab, Math.max(...excess)]).toEqual([tab, 0]);
  }
  await stage.tab("Result");
  await expect.poll(() => stage.page.locator(".mistakes:visible").innerText()).toContain(long);
  await stage.tab("Network");
  const name = stage.page.locator(".graph:visible text").filter({ hasText: "…" });
  expect(await name.evaluate((one) => (one as SVGGraphicsElement).getBBox().x)).toBeGreaterThanOrEqual(0);
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
    // A chart without a finite number is empty, which is not a fault.
    const layouts = TABS.map((tab) => ({ tab, theme: "light", width: 760 }) as const);
    expect((await faultsOf(stage, layouts)).filter((fault) => !fault.endsWith("is empty"))).toEqual([]);
  });
});
