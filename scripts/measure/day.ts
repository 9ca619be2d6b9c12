/**
 * Measures the cost of a day of trainings in the real workbench: the extension host's memory, handles and threads before and after many
 * trainings, the time from a keystroke to its paint with and without a training, and the time of a reload.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { FrameLocator, Page } from "playwright-core";
import { bytesText, estimateText } from "../../engine/numberText.ts";
import { packageExtension } from "../build/vsix.ts";
import { inProject } from "../project.ts";
import { openBrowser } from "../run/browser.ts";
import { PATIENCE } from "../run/patience.ts";
import { removeFolder } from "../run/removal.ts";
import { pageUrl, startWorkbench, THEMES, type Workbench } from "../run/workbench.ts";
import { retainedHeap } from "./retainedHeap.ts";

const KEYS = 100;
const RELOADS = 3;

type Row = (what: string, value: string) => void;

export async function day(trainings: number, row: Row): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-day-"));
  const xor = readFileSync(inProject("samples", "xor.nn"), "utf8");
  cpSync(inProject("samples", "xor.nn"), join(folder, "xor.nn"));
  writeFileSync(join(folder, "endless.nn"), xor.replace("dense 4 tanh", "dense 64 tanh").replace("epochs    1000", "epochs    1000000000"));
  mkdirSync(join(folder, ".vscode"));
  writeFileSync(join(folder, ".vscode", "settings.json"), '{"backprop.runs.folder": "runs", "backprop.runs.keep": 1000}');
  const workbench = await startWorkbench({ extension: await packageExtension(), builtIns: THEMES, settings: { "files.autoSave": "off" } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
    page.setDefaultTimeout(PATIENCE.event);
    await page.goto(pageUrl(workbench, folder));
    await openFile(page, "xor.nn");
    await train(page);
    await finishedRuns(folder, 1);
    const before = await hostOf(workbench);
    const quiet = await keystrokes(page);
    for (let k = 0; k < trainings; k++) {
      await train(page);
      await finishedRuns(folder, 2 + k);
    }
    const after = await hostOf(workbench);
    await openFile(page, "endless.nn");
    await train(page);
    const busy = await keystrokes(page);
    row("", `before, after ${trainings} trainings`);
    row("memory of the extension host", `${bytesText(before.memory)}, ${bytesText(after.memory)}`);
    row("what it still uses after a garbage collection", `${bytesText(before.retained)}, ${bytesText(after.retained)}`);
    row("its open handles", `${before.handles}, ${after.handles}`);
    row("its threads", `${before.threads}, ${after.threads}`);
    row("keystroke to paint, median and 95 %", `${timesText(quiet)}; while a network trains ${timesText(busy)}`);
    row("reload until the panel shows the run", (await reloads(page)).map((time) => `${estimateText(time)} ms`).join(", "));
  } finally {
    await browser.close();
    await workbench.stop();
    await removeFolder(folder);
  }
}

async function openFile(page: Page, name: string): Promise<void> {
  await page.getByRole("treeitem", { name }).dblclick();
  await page.getByRole("tab", { name: new RegExp(`^${name.replace(".", "\\.")}`) }).waitFor();
}

const train = (page: Page): Promise<void> => page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();

/** Resolves when the folder has that many finished runs. */
async function finishedRuns(folder: string, count: number): Promise<void> {
  const runs = join(folder, "runs");
  const isFinished = (id: string): boolean => {
    const file = join(runs, id, "run.json");
    return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).state.status === "finished";
  };
  while (!existsSync(runs) || readdirSync(runs).filter(isFinished).length < count) await setTimeout(50);
}

interface Host {
  /** In bytes, including garbage. */
  readonly memory: number;
  /** The bytes of objects and array buffers in use. */
  readonly retained: number;
  readonly handles: number;
  readonly threads: number;
}

/** Measures the workbench's extension host. Linux provides the numbers in /proc; elsewhere they are NaN. */
async function hostOf({ dataFolder }: Workbench): Promise<Host> {
  const processes = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, id, parent, args = ""]) => ({ id, parent, args }));
  const servers = processes.filter(({ args }) => args.includes("server-main.js") && args.includes(dataFolder)).map(({ id }) => id);
  const host = processes.find(({ parent, args }) => args.includes("--type=extensionHost") && servers.includes(parent));
  const place = `/proc/${host?.id}`;
  if (!existsSync(place)) return { memory: Number.NaN, retained: Number.NaN, handles: Number.NaN, threads: Number.NaN };
  const measured = {
    memory: 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(join(place, "status"), "utf8"))?.[1]),
    handles: readdirSync(join(place, "fd")).length,
    threads: readdirSync(join(place, "task")).length,
  };
  // The inspector has its own thread and handles, so it starts after the process's are counted.
  return { ...measured, retained: await retainedHeap(Number(host?.id)) };
}

/** The page's script that measures keystrokes. It is a string, since this project's scripts compile without browser types. */
const OBSERVE = `{
  globalThis.keystrokeTimes = [];
  let pressed;
  addEventListener("keydown", () => (pressed = performance.now()), { capture: true });
  new MutationObserver(() => {
    const began = pressed;
    pressed = undefined;
    if (began !== undefined) requestAnimationFrame(() => globalThis.keystrokeTimes.push(performance.now() - began));
  }).observe(document.querySelector(".monaco-editor .view-lines"), { childList: true, subtree: true, characterData: true });
}`;

/** Types a comment at the start of the file and deletes it. Returns the time from each keystroke to the frame after the page changes. */
async function keystrokes(page: Page): Promise<number[]> {
  // At the start of a line: for a click in the middle of a long element, the browser would scroll it out of the editor's view.
  await page
    .locator(".monaco-editor .view-line")
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("Control+Home");
  await page.evaluate(OBSERVE);
  for (let k = 0; k < KEYS; k++) await page.keyboard.press(k === 0 ? "#" : "x");
  for (let k = 0; k < KEYS; k++) await page.keyboard.press("Backspace");
  return await page.evaluate<number[]>("keystrokeTimes");
}

function timesText(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const share = (part: number): string => `${estimateText(sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN)} ms`;
  return `${share(0.5)}, ${share(0.95)}`;
}

async function reloads(page: Page): Promise<number[]> {
  const times: number[] = [];
  for (let k = 0; k < RELOADS; k++) {
    const loaded = page.waitForEvent("load");
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").first().fill(">Developer: Reload Window");
    const began = performance.now();
    await page.getByRole("option", { name: "Developer: Reload Window" }).first().click();
    await loaded;
    await panelOf(page).locator("h1").first().waitFor();
    times.push(performance.now() - began);
  }
  return times;
}

const panelOf = (page: Page): FrameLocator => page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");
