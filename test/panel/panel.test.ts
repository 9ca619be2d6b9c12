/** The packaged extension as a person meets it: a browser on the real workbench, the mouse, the keyboard, the eyes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageExtension } from "../../scripts/vsix.ts";
import { pageUrl, startWorkbench } from "../../scripts/workbench.ts";
import { cellsOf, coloursOf, type Editors, figure, openEditors, panelOf, screenshots, tab, trainByLens } from "./opened.ts";

let editors: Editors;
beforeAll(async () => {
  editors = await openEditors();
});
afterAll(() => editors?.close());

const write = (name: string, text: string): void => writeFileSync(join(editors.folder, name), text);
const xor = (epochs: number): string =>
  readFileSync(join(editors.folder, "xor.nn"), "utf8").replace("epochs    1000", `epochs    ${epochs}`);

describe("the panel", () => {
  test.each(["dark", "light"] as const)("shows losses, gradients and figures of iris.nn (%s)", async (colorScheme) => {
    const { page, panel, complaints } = await editors.open("iris.nn", { colorScheme });
    await trainByLens(page);
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Epoch").innerText()).toBe("60 of 60");
    const accuracy = Number(await figure(panel, "Validation accuracy").innerText());
    expect(accuracy).toBeGreaterThanOrEqual(0.93);
    for (const chart of await panel.locator(".chart canvas:visible").all()) expect(await coloursOf(chart)).toBeGreaterThan(20);
    // The lens over the training says the same, and leads back here; each layer's line has its gradient.
    await page
      .locator(".codelens-decoration a")
      .filter({ hasText: /after epoch 60: loss/ })
      .first()
      .waitFor();
    await editors.shot(page, `iris-${colorScheme}`);
    await tab(panel, "Gradients");
    const rows = await cellsOf(panel.locator(".layers"));
    expect(rows.map(([name, shape, parameters]) => [name, shape, parameters])).toEqual([
      ["input_1", "4", ""],
      ["hidden", "16", "80"],
      ["dense_1", "3", "51"],
    ]);
    const norm = rows[1]?.[3] ?? "";
    expect(Number(norm)).toBeGreaterThan(0);
    expect(await panel.locator(".flow li").nth(1).innerText()).toContain(norm);
    const hint = await page.evaluate(() =>
      [...document.querySelectorAll(".view-line span")]
        .map((span) => getComputedStyle(span, "::after").content)
        .find((text) => text.includes("∇")),
    );
    expect(hint).toMatch(new RegExp(`∇ ${norm} [▁▂▃▄▅▆▇█]{12}`));
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a click on a layer shows its line; closing and reopening, and reloading the window, keep the run and the view", async () => {
    const { page, panel } = await editors.open("xor.nn");
    await trainByLens(page);
    await panel.getByText("finished", { exact: false }).first().waitFor();
    await tab(panel, "Gradients");
    await panel.locator(".layers").getByRole("button", { name: "dense_1" }).click();
    await page.getByText("Ln 6, Col 1").waitFor();

    const loss = await figure(panel, "Loss").innerText();
    await page.getByRole("tab", { name: "Training: xor.nn" }).getByRole("button", { name: /Close/ }).click();
    await panel.locator("h1").waitFor({ state: "detached" });
    await page.getByRole("tab", { name: "xor.nn", exact: false }).first().click();
    await page.getByRole("button", { name: "Show Training Panel" }).click();
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Loss").innerText()).toBe(loss);

    await tab(panel, "Network");
    await panel.locator(".graph circle").first().waitFor();
    await reloadWindow(page);
    await panel.getByText("finished", { exact: false }).first().waitFor();
    expect(await figure(panel, "Loss").innerText()).toBe(loss);
    expect(await figure(panel, "Epoch").innerText()).toBe("1,000 of 1,000");
    await panel.locator(".graph circle").first().waitFor();
    await page.close();
  });

  test("pause holds the epochs, resume goes on, stop ends, all by the keyboard", async () => {
    write("long.nn", xor(100_000_000));
    const { page, panel } = await editors.open("long.nn");
    await trainByLens(page);
    const pause = panel.locator("vscode-button").filter({ hasText: "Pause" });
    await pause.waitFor();
    await pause.focus();
    await page.keyboard.press("Enter");
    await panel.locator("vscode-button").filter({ hasText: "Resume" }).waitFor();
    const held = await figure(panel, "Epoch").innerText();
    await editors.shot(page, "paused");
    expect(await figure(panel, "Epoch").innerText()).toBe(held);
    await page.keyboard.press("Enter");
    await pause.waitFor();
    await expect.poll(async () => await figure(panel, "Epoch").innerText()).not.toBe(held);
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).focus();
    await page.keyboard.press("Enter");
    await panel.getByText(/stopped after epoch/).waitFor();
    await page.close();
  });

  test("a reload of the window in the middle of a run stops it and keeps what it had", async () => {
    write("cut.nn", xor(100_000_000));
    const { page, panel } = await editors.open("cut.nn");
    await trainByLens(page);
    await expect
      .poll(async () => Number((await figure(panel, "Epoch").innerText()).split(" ")[0]?.replaceAll(",", "")))
      .toBeGreaterThan(500_000);
    await reloadWindow(page);
    // A whole editor starts anew, beside other tests; should it fail, what the panel says instead is worth knowing.
    const said = async (): Promise<string> => await panel.locator("body").innerText({ timeout: 1000 }).catch(String);
    await expect.poll(said, { timeout: 60_000 }).toMatch(/stopped after epoch \d{4,}/);
    expect(await coloursOf(panel.locator(".chart canvas:visible").first())).toBeGreaterThan(20);
    await page.close();
  });

  test("two panels train side by side, each its own file", async () => {
    write("one.nn", xor(100_000_000));
    write("two.nn", xor(100_000_000));
    const { page } = await editors.open("one.nn");
    await trainByLens(page);
    const first = panelOf(page);
    await first.getByText("one.nn", { exact: false }).first().waitFor();
    await page.locator(".view-lines").first().click();
    await page.getByRole("treeitem", { name: "two.nn" }).dblclick();
    await page.getByRole("tab", { name: /^two\.nn/ }).waitFor();
    await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
    await page.getByRole("tab", { name: "Training: two.nn" }).waitFor();
    await panelOf(page).getByText("two.nn · training", { exact: false }).first().waitFor();
    await panelOf(page).locator("vscode-button").filter({ hasText: "Stop" }).click();
    await panelOf(page)
      .getByText(/stopped after epoch/)
      .waitFor();
    // The other one went on, and its panel has what came while it was hidden.
    await page.getByRole("tab", { name: "Training: one.nn" }).click();
    const other = panelOf(page);
    await other.getByText("one.nn · training", { exact: false }).first().waitFor();
    await other.locator("vscode-button").filter({ hasText: "Stop" }).click();
    await other.getByText(/stopped after epoch/).waitFor();
    await page.close();
  });

  test("an untrusted workspace is checked, but nothing is trained", async () => {
    const careful = await startWorkbench({ extension: await packageExtension(), trust: "ask" });
    const page = await editors.browser.newPage({ viewport: { width: 1500, height: 1050 } });
    try {
      page.setDefaultTimeout(90_000);
      await page.goto(pageUrl(careful, editors.folder));
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
    write("gap.csv", `a,b\n${"1,2\n".repeat(600_000)},5\n`);
    write(
      "gap.nn",
      'model M {\n  input a\n  dense 1\n}\n\ndata D {\n  source csv("gap.csv")\n  target b\n}\n\ntrain M on D {\n  loss mse\n}\n',
    );
    const { page, panel } = await editors.open("gap.nn", { colorScheme: "light" });
    await trainByLens(page);
    await panel.getByText("gap.csv, row 600002, column a: the value is missing").waitFor();
    await page.locator(".squiggly-error").first().waitFor();
    await editors.shot(page, "failed");
    await panel.getByRole("button", { name: "Show the line" }).click();
    await page.getByText("Ln 7, Col 1").waitFor();
    await page.close();
  });
});

/** The editor's own reload, which keeps the layout first; the browser's may come before the workbench has written it down. */
async function reloadWindow(page: Awaited<ReturnType<Editors["open"]>>["page"]): Promise<void> {
  const reloaded = page.waitForEvent("load");
  await page.keyboard.press("F1");
  await page.keyboard.type("Developer: Reload Window");
  await page
    .getByRole("option", { name: /Developer: Reload Window/ })
    .first()
    .click();
  await reloaded;
}
