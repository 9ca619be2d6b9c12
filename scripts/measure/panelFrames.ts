/** npm run bench -- --panel: measures the panel's frames while a network trains, and how long a long run takes to open. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { countText, estimateText } from "../../engine/numberText.ts";
import { packageExtension } from "../build/vsix.ts";
import { openBrowser } from "../run/browser.ts";
import { pageUrl, startWorkbench } from "../run/workbench.ts";

const DATA = "data XorTable {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\n";
const train = (epochs: number): string =>
  `train M on XorTable {\n  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.1)\n  batch all\n  epochs ${epochs}\n}\n`;
/** A training that does not end during the measurement: about 10,000 epochs per second on a usual machine. */
const ENDLESS = `model M {\n  input a, b\n  hidden: dense 64 tanh\n  dense 64 tanh\n  dense 64 tanh\n  dense 1 sigmoid\n}\n${DATA}${train(100_000_000)}`;
/** A network of 50 layers with weights. */
const DEEP = `model M {\n  input a, b\n  repeat 49 {\n    dense 2 tanh\n  }\n  dense 1 sigmoid\n}\n${DATA}${train(100_000)}`;

const VIEWS = ["Overview", "Loss", "Gradients", "Distributions", "Network", "Result"] as const;
const SECONDS = 5;
/** A script for the browser that returns the milliseconds between frames. */
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

/** Returns the measurements as lines of text. */
export async function panelMeasurements(): Promise<string> {
  // Each file has a folder of its own, since the editor restores a folder's open files.
  const folderWith = (file: string, text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "backprop-bench-"));
    writeFileSync(join(folder, file), text);
    return folder;
  };
  const [endless, deep] = [folderWith("endless.nn", ENDLESS), folderWith("deep.nn", DEEP)];
  const workbench = await startWorkbench({ extension: await packageExtension(), settings: { "files.autoSave": "off" } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
    page.setDefaultTimeout(60_000);
    return [...(await opening(page, pageUrl(workbench, deep))), ...(await smoothness(page, pageUrl(workbench, endless)))].join("\n");
  } finally {
    await browser.close();
    await workbench.stop();
    for (const folder of [endless, deep]) rmSync(folder, { recursive: true, force: true });
  }
}

async function start(page: Page, url: string, file: string): Promise<FrameLocator> {
  await page.goto(url);
  await page.getByRole("treeitem", { name: file }).click();
  await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
  const panel = page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");
  await panel.locator(".fact[data-fact=epoch] .value").filter({ hasText: " of " }).waitFor();
  return panel;
}

const epochOf = async (panel: FrameLocator): Promise<number> =>
  Number((await panel.locator(".fact[data-fact=epoch] .value").innerText()).split(" of ")[0]?.replaceAll(",", ""));

async function smoothness(page: Page, url: string): Promise<string[]> {
  const panel = await start(page, url, "endless.nn");
  const lines: string[] = [];
  for (const view of VIEWS) {
    await panel.getByRole("tab", { name: view, exact: true }).click();
    const before = await epochOf(panel);
    const frame = await (await panel.locator("body").elementHandle())?.ownerFrame();
    const frames = (await frame?.evaluate<number[]>(FRAMES)) ?? [];
    const sorted = [...frames].sort((a, b) => a - b);
    const at = (share: number): string => estimateText(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    const perSecond = ((await epochOf(panel)) - before) / SECONDS;
    lines.push(
      `${view.padEnd(14)} ${countText(frames.length / SECONDS)} frames a second; a frame: median ${at(0.5)}, 95 % ${at(0.95)}, longest ${at(1)} ms; ${countText(perSecond)} epochs a second`,
    );
  }
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
  return lines;
}

async function opening(page: Page, url: string): Promise<string[]> {
  const panel = await start(page, url, "deep.nn");
  await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
  const lines: string[] = [];
  for (const view of ["Loss", "Gradients"] as const) {
    await panel.getByRole("tab", { name: view, exact: true }).click();
    const times: number[] = [];
    for (let k = 0; k < 5; k++) {
      await page.getByRole("tab", { name: "Training: deep.nn" }).getByRole("button", { name: /Close/ }).click();
      await page.getByRole("tab", { name: /^deep\.nn/ }).click();
      await page.getByRole("button", { name: "Show Training Panel" }).click();
      await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
      // The time from the start of the page's script to the first complete drawing. It includes the message's transfer, but not the
      // webview's start.
      const [from, to] = await panel.locator("body").evaluate(async () => {
        const mark = (name: string): number => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
        for (let i = 0; i < 100 && Number.isNaN(mark("backprop drawn")); i++) await new Promise((next) => setTimeout(next, 20));
        return [mark("backprop ready"), mark("backprop drawn")] as const;
      });
      times.push(to - from);
      if (view === "Gradients") await panel.getByRole("tab", { name: view, exact: true }).click();
    }
    times.sort((a, b) => a - b);
    lines.push(
      `100,000 epochs, 50 layers: ${view} opens in ${countText(times[2] ?? Number.NaN)} ms (median of 5), ${countText(times.at(-1) ?? Number.NaN)} ms at most`,
    );
  }
  return lines;
}
