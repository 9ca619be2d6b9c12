/** A browser on the real workbench with the packaged extension and the samples. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { onTestFailed } from "vitest";
import { openBrowser } from "../../scripts/browser.ts";
import { inProject } from "../../scripts/project.ts";
import { packageExtension } from "../../scripts/vsix.ts";
import { pageUrl, startWorkbench } from "../../scripts/workbench.ts";

export const screenshots = inProject("out", "screenshots");

export interface Opened {
  readonly page: Page;
  readonly panel: FrameLocator;
  /** What the page's consoles said of broken security policies or errors in the panel's script. */
  readonly complaints: string[];
}

export interface OpenOptions {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export interface Editors {
  /** The workspace: a copy of the samples. */
  readonly folder: string;
  readonly browser: Browser;
  /** A page with the file open and its lenses there. */
  readonly open: (file: string, options?: OpenOptions) => Promise<Opened>;
  readonly shot: (page: Page, name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openEditors(settings: Readonly<Record<string, unknown>> = {}): Promise<Editors> {
  mkdirSync(screenshots, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "backprop-panel-"));
  cpSync(inProject("samples"), folder, { recursive: true });
  const workbench = await startWorkbench({
    extension: await packageExtension(),
    settings: { "window.autoDetectColorScheme": true, "files.autoSave": "off", ...settings },
  });
  const browser = await openBrowser();
  return {
    folder,
    browser,
    async open(file, { colorScheme = "dark", width = 1500, height = 1050 } = {}) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      page.setDefaultTimeout(20_000);
      onTestFailed(async () => void (await page.screenshot({ path: join(screenshots, `failed-${file}.png`) })));
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (/Content Security Policy|panel\.js/.test(message.text() + message.location().url) && message.type() === "error")
          complaints.push(message.text());
      });
      await page.goto(pageUrl(workbench, folder));
      await page.getByRole("treeitem", { name: file }).click();
      await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().waitFor();
      return { page, panel: panelOf(page), complaints };
    },
    shot: async (page, name) => void (await page.screenshot({ path: join(screenshots, `${name}.png`) })),
    async close() {
      await browser.close();
      await workbench.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The panel that is seen. */
export const panelOf = (page: Page): FrameLocator => page.frameLocator("iframe.webview:visible").first().frameLocator("#active-frame");

export const trainByLens = (page: Page): Promise<void> =>
  page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();

export const figure = (panel: FrameLocator, name: string): Locator =>
  panel
    .locator(".figures > div")
    .filter({ has: panel.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
    .locator("dd");

export const tab = (panel: FrameLocator, name: string): Promise<void> =>
  panel.locator("vscode-tab-header").filter({ hasText: name }).click();

/** Chosen from one of the panel's lists. */
export async function choose(panel: FrameLocator, label: string, option: string): Promise<void> {
  const name = panel.locator("span", { hasText: new RegExp(`^${label}$`) });
  const field = panel.locator("label.field:visible").filter({ has: name }).locator("vscode-single-select");
  await field.click();
  await field.locator("li").filter({ hasText: option }).first().click();
}

/** How many colours a canvas has: an empty one has one. */
export const coloursOf = (canvas: Locator): Promise<number> =>
  canvas.evaluate((own: HTMLCanvasElement) => {
    const { data } = own.getContext("2d")?.getImageData(0, 0, own.width, own.height) ?? { data: new Uint8ClampedArray(4) };
    return new Set(new Uint32Array(data.buffer)).size;
  });

/** The rows of a table as text. */
export async function cellsOf(table: Locator): Promise<string[][]> {
  const rows = await table.locator("tbody tr").all();
  return await Promise.all(rows.map(async (row) => await row.locator("th, td").allInnerTexts()));
}
