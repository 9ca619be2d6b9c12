/**
 * npm run bench -- --knobs: measures the processor time of a turn of a knob and, in the real workbench, the time until the retrained
 * network's result is drawn.
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

/** The maximum median duration of a turn, in milliseconds. */
const MOST_MS = 300;
const TURNS = 15;
const SAMPLES = ["xor.nn", "spirals.nn"] as const;

/** A person pauses between turns. In these pauses the panel requests the rest of its content. */
const PAUSE_MS = 500;

/** The events after a turn, in order. */
const PARTS = ["the text is changed", "the network is trained", "its result is computed", "the result is drawn"] as const;

/**
 * A script for the panel's page. Turns the seed up and returns the milliseconds of each part: until the messages with the changed text, the
 * training's end and the result's answer have arrived, and until the overview shows the new seed, the end and the last epoch's result on
 * the screen.
 */
const TURN = `(async () => {
  const fact = (name) => [...document.querySelectorAll(".run-facts > div")]
    .find((one) => one.querySelector("dt")?.textContent === name)?.querySelector("dd")?.textContent ?? "";
  const next = () => new Promise(requestAnimationFrame);
  const wanted = String(Number(fact("Seed")) + 1);
  const isDrawn = () => fact("Seed") === wanted && document.querySelector(".status").textContent === "finished" &&
    /^after epoch [1-9]/.test(document.querySelector(".preview small").textContent);
  const marks = [performance.now()];
  const hear = ({ data }) => {
    const part = data.kind === "edited" ? 1 : data.kind === "events" && data.events.some(({ kind }) => kind === "finished") ? 2
      : data.kind === "answer" && data.isFinal && data.answer.kind === "result" ? 3 : 0;
    marks[part] ??= performance.now();
  };
  window.addEventListener("message", hear);
  document.querySelector('[aria-label="More seed"]').click();
  while (!isDrawn()) await next();
  // The frame with the result is on the screen when the next one starts.
  await next();
  window.removeEventListener("message", hear);
  marks[4] = performance.now();
  // The answer may arrive before the end of the training.
  for (let k = 1; k < 4; k++) marks[k] = Math.max(marks[k - 1], marks[k] ?? 0);
  return marks.slice(1).map((mark, k) => mark - marks[k]);
})()`;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

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
      const turns = await turnsOf(page, sample);
      const times = sorted(turns.map(sum));
      const [middle = Number.NaN, last = Number.NaN] = [times[Math.floor(times.length / 2)], times.at(-1)];
      const mark = middle < MOST_MS ? "✓" : "✗";
      print(
        `${mark} ${sample}, a turn of the seed until the result is drawn: ${countText(Math.round(middle))} ms at the median of ${TURNS}, ${countText(Math.round(last))} ms at most (limit ${MOST_MS} ms)`,
      );
      // Other programs can only lengthen a part. On a busy machine the sum of the shortest parts is closer to the time on a quiet machine
      // than the median.
      const least = PARTS.map((_, k) => Math.min(...turns.map((parts) => parts[k] ?? Number.NaN)));
      print(
        `  the shortest of each part: ${PARTS.map((part, k) => `${part} ${estimateText(least[k] ?? Number.NaN)}`).join(", ")}; in all ${estimateText(sum(least))} ms`,
      );
    }
  } finally {
    await browser.close();
    await workbench.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  print(`Processors: ${availableParallelism()}; load of the last minute: ${estimateText(loadavg()[0] ?? 0)}.`);
}

/** Returns the milliseconds of each part per turn. */
async function turnsOf(page: Page, sample: string): Promise<(readonly number[])[]> {
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
  const turns: (readonly number[])[] = [];
  const frame = await (await panel.locator("body").elementHandle())?.ownerFrame();
  for (let k = 0; k < TURNS; k++) {
    await page.waitForTimeout(PAUSE_MS);
    turns.push((await frame?.evaluate<number[]>(TURN)) ?? []);
  }
  return turns;
}
