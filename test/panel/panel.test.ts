/** The packaged extension as a person meets it: a browser on the real workbench, the mouse, the keyboard, the eyes. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { openBrowser } from "../../scripts/browser.ts";
import { inProject } from "../../scripts/project.ts";
import { packageExtension } from "../../scripts/vsix.ts";
import { pageUrl, startWorkbench, type Workbench } from "../../scripts/workbench.ts";

const screenshots = inProject("out", "screenshots");
let workbench: Workbench;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "backprop-panel-"));
  cpSync(inProject("samples"), folder, { recursive: true });
  workbench = await startWorkbench({
    extension: await packageExtension(),
    settings: { "window.autoDetectColorScheme": true, "files.autoSave": "off" },
  });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await workbench?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly panel: FrameLocator;
  /** What the page's consoles said of broken security policies or errors in the panel's script. */
  readonly complaints: string[];
}

async function open(colorScheme: "light" | "dark", file: string): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1500, height: 1050 }, colorScheme });
  page.setDefaultTimeout(90_000);
  onTestFailed(async () => void (await page.screenshot({ path: join(screenshots, `failed-${file}.png`) })));
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy|panel\.js/.test(message.text() + message.location().url) && message.type() === "error")
      complaints.push(message.text());
  });
  await page.goto(pageUrl(workbench, folder));
  await page.getByRole("treeitem", { name: file }).click();
  await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().waitFor();
  return { page, panel: page.frameLocator("iframe.webview").frameLocator("#active-frame"), complaints };
}

const trainByLens = (page: Page): Promise<void> =>
  page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
const figure = (panel: FrameLocator, name: string) =>
  panel
    .locator(".figures > div")
    .filter({ has: panel.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
    .locator("dd");
const rowsOf = async (panel: FrameLocator): Promise<string[][]> => {
  const rows = await panel.locator(".layers tbody tr").all();
  return await Promise.all(rows.map(async (row) => await row.locator("th, td").allInnerTexts()));
};

describe("the panel", () => {
  test.each(["dark", "light"] as const)("shows losses, gradients and figures of iris.nn (%s)", async (scheme) => {
    const { page, panel, complaints } = await open(scheme, "iris.nn");
    await trainByLens(page);
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Epoch").innerText()).toBe("60 of 60");
    const accuracy = Number(await figure(panel, "Validation accuracy").innerText());
    expect(accuracy).toBeGreaterThanOrEqual(0.93);
    const rows = await rowsOf(panel);
    expect(rows.map(([name, shape, parameters]) => [name, shape, parameters])).toEqual([
      ["input_1", "4", ""],
      ["hidden", "16", "80"],
      ["dense_1", "3", "51"],
    ]);
    expect(Number(rows[1]?.[3])).toBeGreaterThan(0);
    for (const chart of await panel.locator(".chart canvas").all()) {
      const colours = await chart.evaluate(
        (canvas: HTMLCanvasElement) =>
          new Set(
            new Uint32Array(canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data.buffer ?? new ArrayBuffer(0)),
          ).size,
      );
      expect(colours).toBeGreaterThan(20);
    }
    // The lens over the training says the same, and leads back here.
    await page
      .locator(".codelens-decoration a")
      .filter({ hasText: /after epoch 60: loss/ })
      .first()
      .waitFor();
    await page.screenshot({ path: join(screenshots, `iris-${scheme}.png`) });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a click on a layer shows its line; closing and reopening, and reloading the window, keep the run", async () => {
    const { page, panel } = await open("dark", "xor.nn");
    await trainByLens(page);
    await panel.getByText("finished", { exact: false }).first().waitFor();
    await panel.getByRole("button", { name: "dense_1" }).click();
    await page.getByText("Ln 6, Col 1").waitFor();

    const loss = await figure(panel, "Loss").innerText();
    await page.getByRole("tab", { name: "Training: xor.nn" }).getByRole("button", { name: /Close/ }).click();
    await panel.locator("h1").waitFor({ state: "detached" });
    await page.getByRole("tab", { name: "xor.nn", exact: false }).first().click();
    await page.getByRole("button", { name: "Show Training Panel" }).click();
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Loss").innerText()).toBe(loss);

    // The editor's own reload, which keeps the layout first; the browser's may come before the workbench has written it down.
    const reloaded = page.waitForEvent("load");
    await page.keyboard.press("F1");
    await page.keyboard.type("Developer: Reload Window");
    await page
      .getByRole("option", { name: /Developer: Reload Window/ })
      .first()
      .click();
    await reloaded;
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Loss").innerText()).toBe(loss);
    expect(await figure(panel, "Epoch").innerText()).toBe("1,000 of 1,000");
    await page.close();
  });

  test("pause holds the epochs, resume goes on, stop ends, all by the keyboard", async () => {
    writeFileSync(join(folder, "long.nn"), readFileSync(join(folder, "xor.nn"), "utf8").replace("epochs    1000", "epochs    100000000"));
    const { page, panel } = await open("dark", "long.nn");
    await trainByLens(page);
    const pause = panel.locator("vscode-button").filter({ hasText: "Pause" });
    await pause.waitFor();
    await pause.focus();
    await page.keyboard.press("Enter");
    await panel.locator("vscode-button").filter({ hasText: "Resume" }).waitFor();
    const held = await figure(panel, "Epoch").innerText();
    await page.screenshot({ path: join(screenshots, "paused.png") });
    expect(await figure(panel, "Epoch").innerText()).toBe(held);
    await page.keyboard.press("Enter");
    await pause.waitFor();
    await expect.poll(async () => await figure(panel, "Epoch").innerText()).not.toBe(held);
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).focus();
    await page.keyboard.press("Enter");
    await panel.getByText(/stopped after epoch/).waitFor();
    await page.close();
  });

  test("an untrusted workspace is checked, but nothing is trained", async () => {
    const careful = await startWorkbench({ extension: await packageExtension(), trust: "ask" });
    const page = await browser.newPage({ viewport: { width: 1500, height: 1050 } });
    try {
      page.setDefaultTimeout(90_000);
      await page.goto(pageUrl(careful, folder));
      await page.getByRole("treeitem", { name: "iris.nn" }).click();
      await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
      await page.getByText("Models are trained only in workspaces that you trust.").first().waitFor();
      await page.screenshot({ path: join(screenshots, "untrusted.png") });
      expect(await page.locator("iframe.webview").count()).toBe(0);
    } finally {
      await page.close();
      await careful.stop();
    }
  });

  test("data that can't be learned from is said in the panel, with its file, row and column", async () => {
    // Longer than what the checker reads, so that only training meets the gap.
    writeFileSync(join(folder, "gap.csv"), `a,b\n${"1,2\n".repeat(600_000)},5\n`);
    writeFileSync(
      join(folder, "gap.nn"),
      'model M {\n  input a\n  dense 1\n}\n\ndata D {\n  source csv("gap.csv")\n  target b\n}\n\ntrain M on D {\n  loss mse\n}\n',
    );
    const { page, panel } = await open("light", "gap.nn");
    await trainByLens(page);
    await panel.getByText("gap.csv, row 600002, column a: the value is missing").waitFor();
    await page.locator(".squiggly-error").first().waitFor();
    await page.screenshot({ path: join(screenshots, "failed.png") });
    await panel.getByRole("button", { name: "Show the line" }).click();
    await page.getByText("Ln 7, Col 1").waitFor();
    await page.close();
  });
});
