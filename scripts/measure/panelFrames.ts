/**
 * npm run bench -- --panel: measures the panel's frames while XOR trains and while its timeline plays, the time to open a long run, and the
 * cost of recording while a panel shows a training.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { countText, estimateText } from "../../engine/numberText.ts";
import { packageExtension } from "../build/vsix.ts";
import { openBrowser } from "../run/browser.ts";
import { pageUrl, startWorkbench } from "../run/workbench.ts";
import { recordingCosts } from "./recordingCost.ts";

const DATA = "data XorTable {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\n";
const train = (epochs: number): string =>
  `train M on XorTable {\n  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.1)\n  batch all\n  epochs ${epochs}\n}\n`;
/** A training that does not end during the measurement. */
const ENDLESS = `model M {\n  input a, b\n  hidden: dense 4 tanh\n  dense 1 sigmoid\n}\n${DATA}${train(1_000_000_000)}`;
/** A run that plays for 8 seconds. */
const PLAYED = ENDLESS.replace("epochs 1000000000", "epochs 1000");
/** A network of 50 layers with weights. */
const DEEP = `model M {\n  input a, b\n  repeat 49 {\n    dense 2 tanh\n  }\n  dense 1 sigmoid\n}\n${DATA}${train(100_000)}`;

const VIEWS = ["Overview", "Loss", "Gradients", "Distributions", "Network", "Result", "One Step", "Runs"] as const;
/** The requirements: median frames per second, milliseconds to open a run, and the share of the training time spent on recording. */
const [LEAST_FRAMES, MOST_MS, MOST_SHARE] = [55, 250, 0.02];
const SECONDS = 5;
/** A browser script that returns the milliseconds between frames. */
const FRAMES = `new Promise((done) => {
  const times = [];
  const end = performance.now() + ${1000 * SECONDS};
  const next = (now) => {
    times.push(now);
    if (now < end) requestAnimationFrame(next);
    else done(times.slice(1).map((time, k) => time - times[k]));
  };
  requestAnimationFrame(next);
})`;

/** One line of the table. */
interface Measured {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly isMet: boolean;
}

/** Prints the measurements as a table, each line as soon as it is measured. */
export async function panelMeasurements(print: (line: string) => void): Promise<void> {
  // Each file has its own folder, since the editor restores a folder's open files.
  const folderWith = (file: string, text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-bench-"));
    writeFileSync(join(folder, file), text);
    return folder;
  };
  const folders = {
    deep: folderWith("deep.nn", DEEP),
    endless: folderWith("endless.nn", ENDLESS),
    played: folderWith("played.nn", PLAYED),
  };
  const row = (measured: Measured): void => print(lineOf(measured));
  await recordingCosts(({ what, text, share }) => row({ what, value: text, limit: `${100 * MOST_SHARE} %`, isMet: share < MOST_SHARE }));
  const workbench = await startWorkbench({ extension: await packageExtension(), settings: { "files.autoSave": "off" } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
    page.setDefaultTimeout(60_000);
    await page.addInitScript(reportOpening, [OPENED, SETTLED_MS] as const);
    await opening(page, pageUrl(workbench, folders.deep), row);
    await playing(page, pageUrl(workbench, folders.played), row);
    await training(page, pageUrl(workbench, folders.endless), row);
  } finally {
    await browser.close();
    await workbench.stop();
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
  }
  print(`Processors: ${availableParallelism()}; load of the last minute: ${estimateText(loadavg()[0] ?? 0)}.`);
}

/** The maximum widths of a line's name and limit. */
const [NAME_WIDTH, LIMIT_WIDTH] = [58, 11];
const lineOf = ({ what, value, limit, isMet }: Measured): string =>
  `${isMet ? "✓" : "✗"} ${what.padEnd(NAME_WIDTH)}  ${limit.padStart(LIMIT_WIDTH)}  ${value}`;

async function start(page: Page, url: string, file: string): Promise<FrameLocator> {
  await page.goto(url);
  await page.getByRole("treeitem", { name: file }).click();
  await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
  const panel = page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");
  await panel.locator(".fact[data-fact=epoch] .value").filter({ hasText: " of " }).waitFor();
  return panel;
}

async function showTab(panel: FrameLocator, name: (typeof VIEWS)[number]): Promise<void> {
  const head = panel.getByRole("tab", { name, exact: true });
  if (await head.isVisible()) return await head.click();
  await panel.locator(".more-tabs").click();
  await panel.getByRole("menuitem", { name, exact: true }).click();
}

const epochOf = async (panel: FrameLocator): Promise<number> =>
  Number((await panel.locator(".fact[data-fact=epoch] .value").innerText()).split(" of ")[0]?.replaceAll(",", ""));

/** Measures the visible view's frames for some seconds. */
async function framesOf(panel: FrameLocator, what: string): Promise<Measured> {
  const before = await epochOf(panel);
  const frame = await (await panel.locator("body").elementHandle())?.ownerFrame();
  const frames = (await frame?.evaluate<number[]>(FRAMES)) ?? [];
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const perSecond = Math.abs((await epochOf(panel)) - before) / SECONDS;
  return {
    what,
    value: `${countText(Math.round(1000 / at(0.5)))} frames/s at the median; a frame: median ${estimateText(at(0.5))}, 95 % ${estimateText(at(0.95))}, longest ${estimateText(at(1))} ms; ${countText(Math.round(perSecond))} epochs/s`,
    limit: `${LEAST_FRAMES} frames/s`,
    isMet: 1000 / at(0.5) >= LEAST_FRAMES,
  };
}

async function training(page: Page, url: string, row: (measured: Measured) => void): Promise<void> {
  const panel = await start(page, url, "endless.nn");
  for (const view of VIEWS) {
    await showTab(panel, view);
    row(await framesOf(panel, `${view}, XOR trains at full speed`));
  }
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
}

async function playing(page: Page, url: string, row: (measured: Measured) => void): Promise<void> {
  const panel = await start(page, url, "played.nn");
  await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
  for (const view of VIEWS) {
    await showTab(panel, view);
    await panel.getByRole("slider", { name: "Epoch", exact: true }).press("Home");
    await panel.getByRole("button", { name: "Play from this epoch" }).click();
    row(await framesOf(panel, `${view}, the timeline plays`));
    const pause = panel.getByRole("button", { name: "Pause playing" });
    if (await pause.isVisible()) await pause.click();
  }
}

async function opening(page: Page, url: string, row: (measured: Measured) => void): Promise<void> {
  const panel = await start(page, url, "deep.nn");
  await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
  for (const view of ["Overview", "Loss", "Gradients"] as const) {
    await showTab(panel, view);
    const times: number[] = [];
    for (let k = 0; k < 5; k++) {
      times.push(await reopened(page));
    }
    times.sort((a, b) => a - b);
    const middle = times[2] ?? Number.NaN;
    row({
      what: `${view} opens, 100,000 epochs, 50 layers`,
      value: `${countText(Math.round(middle))} ms at the median of 5, ${countText(Math.round(times.at(-1) ?? Number.NaN))} ms at most`,
      limit: `${MOST_MS} ms`,
      isMet: middle < MOST_MS,
    });
  }
}

/** The prefix of the console message with the panel's opening time. */
const OPENED = "backprop opened ";
/** The rest of the run's data arrives within this time after the first drawing. */
const SETTLED_MS = 1000;

/**
 * Runs in every frame before its scripts. Logs the milliseconds from the start of the panel's script to its first complete drawing. They
 * include the message's transfer, but not the webview's start. A query from outside would take processor time in between.
 */
function reportOpening([opened, wait]: readonly [string, number]): void {
  const mark = (name: string): number => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
  const observer = new PerformanceObserver((entries) => {
    if (entries.getEntriesByName("backprop drawn").length === 0) return;
    setTimeout(() => console.debug(opened + (mark("backprop drawn") - mark("backprop ready"))), wait);
  });
  observer.observe({ type: "mark" });
}

/** Restarts the panel's page, which opens on the same tab. Returns the milliseconds until it is drawn. */
async function reopened(page: Page): Promise<number> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(">Developer: Reload Webviews");
  const [message] = await Promise.all([page.waitForEvent("console", (one) => one.text().startsWith(OPENED)), page.keyboard.press("Enter")]);
  return Number(message.text().slice(OPENED.length));
}
