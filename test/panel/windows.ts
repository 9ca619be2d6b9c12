/** Windows of the real workbench with the packaged extension, each on its own copy of the samples. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, onTestFinished } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { openProfile, openWindow } from "../../scripts/run/browser.ts";
import { PATIENCE } from "../../scripts/run/patience.ts";
import { removeFolder } from "../../scripts/run/removal.ts";
import { pageUrl } from "../../scripts/run/workbench.ts";

export interface Opened {
  /** The workspace: a copy of the samples. */
  readonly folder: string;
  readonly page: Page;
  readonly panel: FrameLocator;
  /** Policy violations and errors of the panel's script, from the page's console. */
  readonly complaints: string[];
  /** Errors of the extension host, which the workbench writes to the page's console. */
  readonly hostErrors: string[];
}

export interface WindowOptions {
  readonly colorScheme?: "light" | "dark";
  readonly height?: number;
  /** The workbench's address. Default: the workbench that all tests share. */
  readonly workbench?: string;
}

export interface OpenOptions extends WindowOptions {
  /** Files in the folder besides the samples, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Windows {
  /** Opens a window on its own folder, and the file in it. Both are removed when the test ends. */
  readonly open: (file: string, options?: OpenOptions) => Promise<Opened>;
  /** Opens a window on a folder or a workspace file. It is closed when the test ends. */
  readonly openOn: (place: string, options?: WindowOptions) => Promise<Opened>;
}

/** Returns the function that opens windows for a test file. The windows share a browser. */
export function windows(): Windows {
  let browser: BrowserContext;
  beforeAll(async () => {
    browser = await openProfile(inject("profile"));
    browser.setDefaultTimeout(PATIENCE.event);
  });
  afterAll(() => browser?.close());
  const openOn: Windows["openOn"] = async (place, { colorScheme = "dark", height = 1050, workbench = inject("workbench") } = {}) => {
    const page = await openWindow(browser);
    onTestFinished(async ({ task }) => {
      if (page.isClosed()) return;
      const name = `failed-${task.name.slice(0, 40)}-${browser.pages().indexOf(page)}`.replaceAll(/\W+/g, "-");
      if (task.result?.state === "fail") await screenshot(page, name);
      await page.close();
    });
    await page.setViewportSize({ width: 1500, height });
    await page.emulateMedia({ colorScheme });
    const complaints: string[] = [];
    const hostErrors: string[] = [];
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      if (isOfHost(message.text())) hostErrors.push(message.text());
      if (/Content Security Policy|panel\.js/.test(message.text() + message.location().url)) complaints.push(message.text());
    });
    await page.goto(pageUrl({ url: workbench }, place));
    if (place.endsWith(".code-workspace")) await withFolders(page);
    return { folder: place, page, panel: panelOf(page), complaints, hostErrors };
  };
  return {
    openOn,
    async open(file, { files = {}, ...options } = {}) {
      const opened = await openOn(newFolder(files), options);
      await opened.page.getByRole("treeitem", { name: file }).click();
      await opened.page.locator(".monaco-editor .view-line").first().waitFor();
      return opened;
    },
  };
}

/**
 * Waits until the explorer lists the workspace's folders. A workbench on a busy machine may start before it can read the workspace file. It
 * then shows a workspace without folders and stays so.
 */
async function withFolders(page: Page): Promise<void> {
  const hasFolders = async (): Promise<boolean> => {
    if (await page.getByRole("treeitem").first().isVisible()) return true;
    if (await page.getByText("You have not yet added a folder to the workspace").isVisible()) await page.reload();
    return false;
  };
  await expect.poll(hasFolders, { interval: 5000 }).toBe(true);
}

/** Whether a line of the console is an error of the extension host, apart from the native modules that this workbench lacks. */
const isOfHost = (line: string): boolean =>
  /\[Extension Host\]|backprop\.backprop|rejected promise/i.test(line) && !/bindings file|build\/Release/.test(line);

/** Returns a new folder with a copy of the samples and the files. It is removed when the test ends. */
export function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "backprop-panel-"));
  onTestFinished(() => removeFolder(folder));
  cpSync(inProject("samples"), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Saves a screenshot of the page, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = inProject("out", "screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** A training of hours, which runs until it is stopped. */
export const ENDLESS = readFileSync(inProject("samples", "xor.nn"), "utf8")
  .replace("dense 4 tanh", "dense 64 tanh")
  .replace("epochs    1000", "epochs    1000000000");

/** Runs an editor command by its name. The list of commands closes if another part of the workbench takes the focus; then it is opened again. */
export async function command(page: Page, name: string): Promise<void> {
  const option = page.getByRole("option", { name }).first();
  const choose = async (): Promise<boolean> => {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").first().fill(`>${name}`, { timeout: PATIENCE.attempt });
    await option.click({ timeout: PATIENCE.attempt });
    return true;
  };
  await expect.poll(() => choose().catch(() => false)).toBe(true);
}

/** Returns the visible panel. */
export const panelOf = (page: Page): FrameLocator => page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");

export const trainByLens = (page: Page): Promise<void> =>
  page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();

export const finished = (panel: FrameLocator): Promise<void> => panel.locator(".status").filter({ hasText: "finished" }).waitFor();

/** Returns the value in the panel's first line with this name: epoch, loss or val. */
export const shownFact = (panel: FrameLocator, name: "epoch" | "loss" | "val"): Locator =>
  panel.locator(`.fact[data-fact="${name}"] .value`);

/** Returns the value in the overview with this name. */
export const runFact = (panel: FrameLocator, name: string): Locator =>
  panel
    .locator(".run-facts > div")
    .filter({ has: panel.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
    .locator("dd");

/** Opens a tab of the panel. In a narrow panel, some tabs are in a menu. */
export async function tab(panel: FrameLocator, name: string): Promise<void> {
  const head = panel.getByRole("tab", { name, exact: true });
  const more = panel.locator(".more-tabs");
  await head.or(more).locator("visible=true").first().waitFor();
  if (await head.isVisible()) return await head.click();
  await more.click();
  await panel.getByRole("menuitem", { name, exact: true }).click();
}

/** Selects an option in one of the panel's lists. */
export async function choose(panel: FrameLocator, label: string, option: string): Promise<void> {
  const name = panel.locator("span", { hasText: new RegExp(`^${label}$`) });
  const field = panel.locator("label.field:visible").filter({ has: name }).locator("vscode-single-select");
  await field.click();
  await field.locator("li").filter({ hasText: option }).first().click();
}

/** Waits until there is a canvas and each one has more than `colours` colours. An empty canvas has one. */
export async function expectDrawn(canvases: Locator, colours: number): Promise<void> {
  await canvases.first().waitFor();
  for (const canvas of await canvases.all()) await expect.poll(() => coloursOf(canvas)).toBeGreaterThan(colours);
}

const coloursOf = (canvas: Locator): Promise<number> =>
  canvas.evaluate((own: HTMLCanvasElement) => {
    const { data } = own.getContext("2d")?.getImageData(0, 0, own.width, own.height) ?? { data: new Uint8ClampedArray(4) };
    return new Set(new Uint32Array(data.buffer)).size;
  });

/** Returns the rows of a table as text. */
export async function cellsOf(table: Locator): Promise<string[][]> {
  const rows = await table.locator("tbody tr").all();
  return await Promise.all(rows.map(async (row) => await row.locator("th, td").allInnerTexts()));
}

/** Returns the text of each line that has a gradient hint. */
export const hintedLines = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll(".view-line")]
      .filter((line) => [...line.querySelectorAll("span")].some((span) => getComputedStyle(span, "::after").content.includes("∇")))
      .map((line) => (line.textContent ?? "").replaceAll("\u00a0", " ").trim()),
  );

/** Reloads by the editor's own command, which saves the layout first. The browser's reload may come before the workbench has saved it. */
export async function reloadWindow(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent("load"), command(page, "Developer: Reload Window")]);
}

/** Returns the width of a picture in pixels, once it is decoded. */
export const drawnWidth = (image: Locator): Promise<number> =>
  image.evaluate(async (element: HTMLImageElement) => {
    await element.decode();
    return element.naturalWidth;
  });

/** Returns the number of the first line of a sample that contains the words, from 1. */
export const sampleLine = (file: string, words: string): number =>
  readFileSync(inProject("samples", file), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(words)) + 1;
