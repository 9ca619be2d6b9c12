/**
 * npm run bench -- --knobs: measures the processor time of a turn of a knob, and in the real workbench how long it takes until the retrained network's result is
 * drawn.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { countText, estimateText } from "../../engine/numberText.ts";
import { packageExtension } from "../build/vsix.ts";
import { inProject } from "../project.ts";
import { openBrowser } from "../run/browser.ts";
import { pageUrl, startWorkbench } from "../run/workbench.ts";
import { knobCosts } from "./knobCosts.ts";

/** Milliseconds that a turn may take at the median. */
const MOST_MS = 300;
const TURNS = 15;
const SAMPLES = ["xor.nn", "spirals.nn"] as const;

/**
 * A script for the panel's page. Turns the seed up and returns the milliseconds until the overview shows the new seed, the end of its training, and the
 * result of its last epoch, on the screen.
 */
const TURN = `(async () => {
  const fact = (name) => [...document.querySelectorAll(".run-facts > div")]
    .find((one) => one.querySelector("dt")?.textContent === name)?.querySelector("dd")?.textContent ?? "";
  const next = () => new Promise(requestAnimationFrame);
  const wanted = String(Number(fact("Seed")) + 1);
  const isDrawn = () => fact("Seed") === wanted && document.querySelector(".status").textContent === "finished" &&
    /^after epoch [1-9]/.test(document.querySelector(".preview small").textContent);
  const start = performance.now();
  document.querySelector('[aria-label="More seed"]').click();
  while (!isDrawn()) await next();
  // The frame with the result is on the screen when the next one begins.
  await next();
  return performance.now() - start;
})()`;

export async function knobMeasurements(print: (line: string) => void): Promise<void> {
  const extension = await packageExtension();
  for (const sample of SAMPLES) {
    const { edit, training, result } = await knobCosts(sample);
    print(
      `${result < MOST_MS ? "✓" : "✗"} ${sample}, processor time of a turn: ${estimateText(result)} ms, of which edit ${estimateText(edit)}, training ${estimateText(training - edit)}, result ${estimateText(result - training)} ms (limit ${MOST_MS} ms)`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "backprop-knobs-"));
  for (const sample of SAMPLES) cpSync(inProject("samples", sample), join(folder, sample));
  const workbench = await startWorkbench({ extension, settings: { "files.autoSave": "off" } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
    page.setDefaultTimeout(60_000);
    await page.goto(pageUrl(workbench, folder));
    for (const sample of SAMPLES) {
      const times = await turnsOf(page, sample);
      times.sort((a, b) => a - b);
      const [middle = Number.NaN, last = Number.NaN] = [times[Math.floor(times.length / 2)], times.at(-1)];
      const mark = middle < MOST_MS ? "✓" : "✗";
      print(
        `${mark} ${sample}, a turn of the seed until the result is drawn: ${countText(Math.round(middle))} ms at the median of ${TURNS}, ${countText(Math.round(last))} ms at most (limit ${MOST_MS} ms)`,
      );
    }
  } finally {
    await browser.close();
    await workbench.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  print(`Processors: ${availableParallelism()}; load of the last minute: ${estimateText(loadavg()[0] ?? 0)}.`);
}

async function turnsOf(page: Page, sample: string): Promise<number[]> {
  await page.getByRole("treeitem", { name: sample }).dblclick();
  await page.getByRole("tab", { name: new RegExp(`^${sample}`), selected: true }).waitFor();
  await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
  const panel = page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");
  await panel.locator("h1", { hasText: new RegExp(sample.slice(0, 3), "i") }).waitFor();
  await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
  if (!(await panel.getByText("Train on change").isVisible())) {
    await panel.getByRole("button", { name: "Knobs of the file's numbers" }).click();
    await panel.getByText("Train on change").click();
  }
  const times: number[] = [];
  const frame = await (await panel.locator("body").elementHandle())?.ownerFrame();
  for (let k = 0; k < TURNS; k++) times.push((await frame?.evaluate<number>(TURN)) ?? Number.NaN);
  return times;
}
