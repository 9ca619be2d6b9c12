/** The packaged extension as a person uses it: a browser on the real workbench, mouse and keyboard. */
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { startWorkbench, THEMES } from "../../scripts/run/workbench.ts";
import { missingEpochs, savedEpochs } from "./runsFolder.ts";
import {
  cellsOf,
  command,
  ENDLESS,
  expectDrawn,
  finished,
  reloadWindow,
  runFact,
  screenshot,
  shownFact,
  tab,
  trainByLens,
  windows,
} from "./windows.ts";

const { open } = windows();

/** Asserts that the panel of iris.nn is in a locked group and follows the active editor, until it is pinned. */
async function requireFollowing(page: Page, panel: FrameLocator): Promise<void> {
  const groups = page.locator(".editor-group-container");
  await groups.nth(1).getByRole("button", { name: "Unlock Group" }).waitFor();
  // If the group were not locked, a file would open over the panel while the panel has the focus.
  await tab(panel, "Result");
  await page.getByRole("treeitem", { name: "xor.nn" }).click();
  await panel.locator("h1", { hasText: "xor.nn" }).waitFor();
  await panel.getByText("not trained yet", { exact: true }).waitFor();
  await groups
    .nth(0)
    .getByRole("tab", { name: /^xor\.nn/ })
    .waitFor();
  await screenshot(page, "not-trained");
  await panel.locator("vscode-button").filter({ hasText: "Train Model" }).click();
  await finished(panel);
  await command(page, "Backprop: Pin or Unpin Training Panel");
  await panel.getByRole("button", { name: "Stay with xor.nn", pressed: true }).waitFor();
  await page.getByRole("treeitem", { name: "iris.nn" }).click();
  // Until the editor shows the file, the button belongs to xor.nn.
  await page.getByRole("tab", { name: /^iris\.nn/, selected: true }).waitFor();
  await page.getByRole("button", { name: "Show Training Panel" }).click();
  await page.getByRole("tab", { name: "Training: iris.nn", selected: true }).waitFor();
  await page.getByRole("tab", { name: "Training: xor.nn" }).waitFor();
  await finished(panel);
  expect(await groups.count()).toBe(2);
}

describe("the panel", () => {
  test("shows losses, gradients and statistics of iris.nn, in a locked group, and follows the active editor until it is pinned", async () => {
    const { page, panel, complaints } = await open("iris.nn");
    await trainByLens(page);
    await finished(panel);
    expect(await shownFact(panel, "epoch").textContent()).toBe("60 of 60");
    const accuracy = Number(await runFact(panel, "Validation accuracy").innerText());
    expect(accuracy).toBeGreaterThanOrEqual(0.93);
    await expectDrawn(panel.locator(".chart canvas:visible"), 20);
    // The lens above the training shows the loss, too. Each layer's line has its gradient.
    await page
      .locator(".codelens-decoration a")
      .filter({ hasText: /after epoch 60: loss/ })
      .first()
      .waitFor();
    await screenshot(page, "iris-dark");
    await tab(panel, "Gradients");
    await panel.locator(".layers tbody tr").nth(2).waitFor();
    const rows = await cellsOf(panel.locator(".layers"));
    expect(rows.map(([name, shape, parameters]) => [name, shape, parameters])).toEqual([
      ["input_1", "4", ""],
      ["hidden", "16", "80"],
      ["dense_1", "3", "51"],
    ]);
    const norm = rows[1]?.[3] ?? "";
    expect(Number(norm)).toBeGreaterThan(0);
    expect(await panel.locator(".view:visible .flow li").nth(1).innerText()).toContain(norm);
    const hint = (): Promise<string | undefined> =>
      page.evaluate(() =>
        [...document.querySelectorAll(".view-line span")]
          .map((span) => getComputedStyle(span, "::after").content)
          .find((text) => text.includes("∇")),
      );
    await expect.poll(hint).toMatch(new RegExp(`∇ ${norm} [▁▂▃▄▅▆▇█]{12}`));
    await requireFollowing(page, panel);
    expect(complaints).toEqual([]);
  });

  test("a reload of the window stops a run, which retains its epochs and its weights", async () => {
    const files = { "cut.nn": ENDLESS, ".vscode/settings.json": '{"backprop.runs.folder": "runs"}' };
    const { folder, page, panel } = await open("cut.nn", { files });
    await trainByLens(page);
    await expect.poll(() => savedEpochs(join(folder, "runs"))).toBeGreaterThan(0);
    // A window restores only panels that were open before the reload.
    await panel.locator(".status").waitFor();
    const saved = savedEpochs(join(folder, "runs"));
    await reloadWindow(page);
    const ended = panel.getByText(/stopped after epoch/);
    await ended.waitFor();
    const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
    expect(epoch).toBeGreaterThanOrEqual(saved);
    await expectDrawn(panel.locator(".chart canvas:visible"), 20);
    expect(missingEpochs(join(folder, "runs"), epoch)).toEqual([]);
    await tab(panel, "Result");
    await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
    await tab(panel, "One Step");
    await panel.locator(".stage h2").waitFor();
  });

  test("an untrusted workspace is checked and its networks are shown, but nothing is trained", async () => {
    const careful = await startWorkbench({
      extensionsFolder: join(inject("dataFolder"), "extensions"),
      builtIns: THEMES,
      settings: { "files.autoSave": "off" },
      trust: "ask",
    });
    onTestFinished(careful.stop);
    const { page, panel } = await open("iris.nn", { workbench: careful.url });
    await trainByLens(page);
    await page.getByText("Backprop trains models and changes runs only in workspaces that you trust.").first().waitFor();
    await screenshot(page, "untrusted");
    expect(await page.locator("iframe.webview").count()).toBe(0);
    await command(page, "Backprop: Debug Training");
    expect(await page.locator(".debug-toolbar:visible").count()).toBe(0);

    await page.getByRole("treeitem", { name: "gates.nn" }).click();
    await page.locator(".codelens-decoration a").filter({ hasText: /Test$/ }).first().click();
    await page.locator(".codelens-decoration a").filter({ hasText: "Show Network" }).first().click();
    await panel.locator(".truth").nth(1).waitFor();
    expect(await panel.locator(".verdict").allInnerTexts()).toEqual(Array(8).fill("✓"));
    await panel.getByRole("button", { name: "Walk row 2 through the layers" }).first().click();
    await panel.getByRole("heading", { name: "Forward through both" }).waitFor();
    expect(await page.locator(".codicon-testing-passed-icon").count()).toBe(0);
    await screenshot(page, "untrained");
  });
});
