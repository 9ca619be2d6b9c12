/** Writing a file as a person does, in the packaged extension: what pops up is there, and its pictures are drawn. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { openBrowser } from "../../scripts/browser.ts";
import { inProject } from "../../scripts/project.ts";
import { packageExtension } from "../../scripts/vsix.ts";
import { pageUrl, startWorkbench, type Workbench } from "../../scripts/workbench.ts";

const screenshots = inProject("out", "screenshots");
let workbench: Workbench;
let browser: Browser;
const folders: string[] = [];

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  workbench = await startWorkbench({
    extension: await packageExtension(),
    settings: { "window.autoDetectColorScheme": true, "files.autoSave": "off" },
  });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await workbench?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const BROKEN =
  "let rate = exponential_decay(0.1, steps=200, rate=0.9)\n\nmodel M {\n  input 28x28\n  dense 30 rleu\n  dense 30 gelu\n  dense 10 softmax\n}\n";

/** A folder of its own each time: the editor keeps what was typed and not saved. */
async function open(colorScheme: "light" | "dark", file: string): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-writing-"));
  folders.push(folder);
  for (const name of ["iris.nn", "iris.csv"]) cpSync(inProject("samples", name), join(folder, name));
  writeFileSync(join(folder, "broken.nn"), BROKEN);
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 }, colorScheme });
  page.setDefaultTimeout(30_000);
  onTestFailed(async () => void (await page.screenshot({ path: join(screenshots, `failed-writing-${file}.png`) })));
  await page.goto(pageUrl(workbench, folder));
  await page.getByRole("treeitem", { name: file }).click();
  await page.locator(".monaco-editor .view-line").first().waitFor();
  return page;
}

/** The cursor to a line and column, by the keyboard. */
async function goTo(page: Page, line: number, column: number): Promise<void> {
  await page.keyboard.press("Control+g");
  await page.keyboard.type(`${line}:${column}`);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press("F1");
  await page.keyboard.type(name);
  await page.getByRole("option", { name }).first().click();
}

const drawnWidth = (image: Locator): Promise<number> =>
  image.evaluate(async (element: HTMLImageElement) => {
    await element.decode();
    return element.naturalWidth;
  });

describe.each(["dark", "light"] as const)("writing (%s)", (scheme) => {
  test("hints at the lines' ends, completion that knows the place, with a picture", async () => {
    const page = await open(scheme, "iris.nn");
    await page.locator(".view-line").filter({ hasText: "→ 16 · 80" }).first().waitFor();
    // Behind `dense 16`: the activation is taken away, and completion asked for.
    await goTo(page, 4, 1);
    await page.keyboard.press("End");
    await page.keyboard.press("Control+Shift+ArrowLeft");
    await page.keyboard.press("Delete");
    await page.keyboard.type("gel");
    const row = page.locator(".suggest-widget .monaco-list-row").first();
    await row.filter({ hasText: "gelu" }).waitFor();
    const details = page.locator(".suggest-details");
    if (!(await details.isVisible())) await page.keyboard.press("Control+Space"); // shows the item's page beside the list
    await details.locator("img").waitFor();
    expect(await drawnWidth(details.locator("img"))).toBeGreaterThan(100);
    await page.screenshot({ path: join(screenshots, `completion-${scheme}.png`) });
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "gelu" }).first().waitFor();
    await page.close();
  });

  test("a hover shows the function and its slope, and a schedule its curve", async () => {
    const page = await open(scheme, "broken.nn");
    // The server is there when it has found what is wrong.
    await page.locator(".squiggly-error").first().waitFor();
    for (const [word, name] of [
      ["gelu", "hover"],
      ["exponential_decay", "schedule"],
    ] as const) {
      await page.locator(".view-line span").filter({ hasText: word }).last().hover();
      const picture = page.locator(`.monaco-hover img[alt^="${word}"]`);
      await picture.waitFor();
      expect(await drawnWidth(picture)).toBeGreaterThan(100);
      await page.screenshot({ path: join(screenshots, `${name}-${scheme}.png`) });
      await page.keyboard.press("Escape");
      await page.mouse.move(900, 700);
    }
    await page.close();
  });

  test("a quick fix by the keyboard mends the line", async () => {
    const page = await open(scheme, "broken.nn");
    await page.locator(".squiggly-error").first().waitFor();
    await goTo(page, 5, 14);
    // The menu does not open while the editor still asks what there is to do here.
    const offer = page.getByText("Change to `relu`").first();
    await expect
      .poll(
        async () => {
          await page.keyboard.press("Control+.");
          return await offer.waitFor({ timeout: 2000 }).then(
            () => true,
            () => false,
          );
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await page.screenshot({ path: join(screenshots, `quick-fix-${scheme}.png`) });
    await page.keyboard.press("Enter");
    await page
      .locator(".view-line")
      .filter({ hasText: /dense.30.relu/ })
      .first()
      .waitFor();
    await page.close();
  });

  test("the walkthrough opens XOR, and leads to the quick fix", async () => {
    const page = await open(scheme, "iris.nn");
    await command(page, "Welcome: Open Walkthrough");
    await page.keyboard.type("Get started with neural");
    await page
      .getByRole("option", { name: /Get started with neural networks/ })
      .first()
      .click();
    const steps = page.locator(".getting-started-step");
    await steps.first().waitFor();
    expect(await steps.count()).toBe(6);
    const picture = page.frameLocator(".getting-started-media iframe").frameLocator("#active-frame").locator("svg");
    await picture.waitFor();
    await page.screenshot({ path: join(screenshots, `walkthrough-${scheme}.png`) });
    await page.getByRole("button", { name: "Open XOR", exact: true }).click();
    await page.locator(".squiggly-warning").first().waitFor();
    expect(await page.locator(".view-line").filter({ hasText: "model" }).first().innerText()).toContain("OneLayer");
    await page.close();
  });
});
