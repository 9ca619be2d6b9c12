/** Several windows and folders share a history of runs. A training whose window closes keeps its epochs and weights. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingEpochs, RUNS_IN_FOLDER, savedEpochs, storedRuns } from "./runsFolder.ts";
import { command, ENDLESS, expectDrawn, finished, newFolder, panelOf, shownFact, tab, trainByLens, windows } from "./windows.ts";
import { chooseDelete, chooseInMenu, openFile, runItems, showRunsView } from "./workbenchParts.ts";

const { open, openOn } = windows();

describe("two windows on one folder", () => {
  test.each([
    ["in the workspace", RUNS_IN_FOLDER],
    ["in the editor's storage", "{}"],
  ])("share the history of runs %s, a training in progress among them", async (_where, settings) => {
    const { folder, page, panel, hostErrors } = await open("long.nn", { files: { "long.nn": ENDLESS, ".vscode/settings.json": settings } });
    const other = await openOn(folder);
    await openFile(other.page, "long.nn");
    await page.bringToFront();
    await trainByLens(page);
    await panel.locator('h1[title$="long.nn"]').waitFor();
    await other.page.bringToFront();
    await other.page.getByRole("button", { name: "Show Training Panel" }).click();
    await other.panel.getByText("Another window is training this run", { exact: false }).waitFor();
    const epoch = await shownFact(other.panel, "epoch").innerText();
    await expect.poll(() => shownFact(other.panel, "epoch").innerText()).not.toBe(epoch);
    await showRunsView(other.page);
    const refusal = other.page.getByText("is still training. Stop it, then delete it.", { exact: false }).first();
    const refuses = async (): Promise<boolean> => {
      await chooseDelete(runItems(other.page).first());
      return await refusal.isVisible();
    };
    // The view is drawn again every second, and a click at that moment is lost.
    await expect.poll(refuses, { interval: 2000 }).toBe(true);
    await page.bringToFront();
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
    const ended = await panel.getByText(/stopped after epoch/).innerText();
    await other.page.bringToFront();
    // A narrow panel hides the words of the state.
    await other.panel.getByText(ended).waitFor({ state: "attached" });
    await other.panel.getByText("Another window is training this run", { exact: false }).waitFor({ state: "detached" });
    // The first window's history lists the second window's training.
    await openFile(other.page, "xor.nn");
    await command(other.page, "Backprop: Train Model");
    await finished(other.panel);
    await page.bringToFront();
    await showRunsView(page);
    await page
      .getByRole("treeitem", { name: /^xor\.nn/ })
      .first()
      .waitFor();
    expect([...hostErrors, ...other.hostErrors]).toEqual([]);
  });

  test("follow a file that one renames while the other trains it, and a name that a run gets in either window is not lost", async () => {
    const { folder, page, panel, hostErrors } = await open("long.nn", {
      // With a second file of the same text, the training window can't recognize the renamed file.
      files: { "long.nn": ENDLESS, "twin.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER },
    });
    const stored = (): string[] => storedRuns(join(folder, "runs")).map(({ file, status, name }) => `${file} ${status} ${name}`);
    const other = await openOn(folder);
    await openFile(other.page, "long.nn");
    await page.bringToFront();
    await trainByLens(page);
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
    await expect.poll(stored).toEqual(["long.nn stopped "]);
    await panel.locator("vscode-button").filter({ hasText: "Train Again" }).click();
    await expect.poll(stored).toEqual(["long.nn stopped ", "long.nn training "]);

    await other.page.bringToFront();
    await showRunsView(other.page);
    await chooseInMenu(runItems(other.page).first(), "Rename...", other.page.getByText("Rename it there.", { exact: false }).first());
    await nameRun(runItems(other.page).nth(1), "first");
    await page.bringToFront();
    await showRunsView(page);
    await nameRun(runItems(page).first(), "second");
    await expect.poll(stored).toEqual(["long.nn stopped first", "long.nn training second"]);

    await other.page.bringToFront();
    await openFile(other.page, "long.nn");
    await other.page.getByRole("treeitem", { name: "long.nn" }).click();
    await other.page.keyboard.press("F2");
    await other.page.locator(".explorer-item-edited input").fill("renamed.nn");
    await other.page.keyboard.press("Enter");
    await showRunsView(other.page);
    await other.page
      .getByRole("treeitem", { name: /^renamed\.nn/ })
      .first()
      .waitFor();
    expect(await runItems(other.page).count()).toBe(2);
    // The training window may not have followed yet.
    await other.page.close();
    await expect.poll(stored).toEqual(["renamed.nn stopped first", "renamed.nn training second"]);
    await page.bringToFront();
    await panel.locator('h1[title$="renamed.nn"]').waitFor();
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
    const ended = await panel.getByText(/stopped after epoch/).innerText();
    await expect.poll(stored).toEqual(["renamed.nn stopped first", "renamed.nn stopped second"]);
    const next = await openOn(folder);
    await openFile(next.page, "renamed.nn");
    await next.page.getByRole("button", { name: "Show Training Panel" }).click();
    await next.panel.getByText(ended).waitFor({ state: "attached" });
    expect([...hostErrors, ...other.hostErrors, ...next.hostErrors]).toEqual([]);
  });
});

/** Names a run of the side bar. */
async function nameRun(run: Locator, name: string): Promise<void> {
  const page = run.page();
  await chooseInMenu(run, "Rename...", page.getByText("Name of the run").first());
  await page.locator(".quick-input-widget input").first().fill(name);
  await page.keyboard.press("Enter");
}

describe("a window that closes during a training", () => {
  test("leaves a run that has every recorded epoch and weights for Result and One Step", async () => {
    const files = { "long.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER };
    const { folder, page, hostErrors } = await open("long.nn", { files });
    const runs = join(folder, "runs");
    await trainByLens(page);
    await expect.poll(() => savedEpochs(runs)).toBeGreaterThan(0);
    const saved = savedEpochs(runs);
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["stopped"]);
    const later = await openOn(folder);
    await openFile(later.page, "long.nn");
    await later.page.getByRole("button", { name: "Show Training Panel" }).click();
    const ended = later.panel.getByText(/stopped after epoch/);
    const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
    expect(epoch).toBeGreaterThanOrEqual(saved);
    expect(missingEpochs(runs, epoch)).toEqual([]);
    await expectDrawn(later.panel.locator(".chart canvas:visible"), 20);
    await tab(later.panel, "Result");
    await later.panel.getByText("With the weights after epoch", { exact: false }).waitFor();
    await tab(later.panel, "One Step");
    await later.panel.locator(".stage h2").waitFor();
    expect([...hostErrors, ...later.hostErrors]).toEqual([]);
  });
});

describe("a workspace of two folders with a file of the same name in each", () => {
  const setting = (folder: string): string => `{"backprop.runs.folder": "${folder}"}`;

  test("saves each folder's runs by its own settings; a change during a training takes effect for the next one", async () => {
    const root = newFolder({
      "one/m.nn": ENDLESS,
      "one/.vscode/settings.json": setting("runs"),
      "two/m.nn": ENDLESS,
      "two/.vscode/settings.json": setting("history"),
      "both.code-workspace": '{"folders": [{"path": "one"}, {"path": "two"}]}',
    });
    const { page, hostErrors } = await openOn(join(root, "both.code-workspace"));
    await openFile(page, "one", "m.nn");
    await trainByLens(page);
    await expect.poll(() => savedEpochs(join(root, "one/runs"))).toBeGreaterThan(0);
    writeFileSync(join(root, "one/.vscode/settings.json"), setting("later"));
    await panelOf(page).getByRole("button", { name: "Stay with m.nn" }).click();
    await page.getByRole("treeitem", { name: "one", exact: false }).first().click();
    await openFile(page, "two", "m.nn");
    await page.locator(".tab.active").filter({ hasText: "two" }).first().waitFor();
    await command(page, "Backprop: Train Model");
    await expect.poll(() => savedEpochs(join(root, "two/history"))).toBeGreaterThan(0);
    // The titles of the panels and the items of the history and of the status bar's list name the folders.
    for (const name of ["one", "two"]) await page.getByRole("tab", { name: `Training: m.nn (${name})` }).waitFor();
    await showRunsView(page);
    for (const name of ["one", "two"]) await page.getByRole("treeitem", { name: new RegExp(`^m\\.nn.*${name}`) }).waitFor();
    const status = page.locator("#backprop\\.backprop\\.backprop\\.training");
    await expect.poll(() => status.innerText()).toContain("2 trainings");
    await panelOf(page).locator("vscode-button").filter({ hasText: "Pause" }).click();
    await expect.poll(() => status.innerText()).toContain("2 trainings, 1 paused");
    await status.click();
    for (const name of ["one", "two"]) await page.getByRole("option", { name: new RegExp(`m\\.nn \\(${name}\\)`) }).waitFor();
    await page.getByRole("option", { name: /m\.nn \(one\)/ }).click();
    await panelOf(page).locator('h1[title$="m.nn"]').waitFor();
    // The next training of the first folder stops the one in progress, whose folder has its end.
    await panelOf(page).locator("vscode-button").filter({ hasText: "Stop" }).click();
    await expect.poll(() => status.innerText()).toMatch(/M|xor|\d\/1/);
    await panelOf(page).locator("vscode-button").filter({ hasText: "Train Again" }).click();
    await expect.poll(() => savedEpochs(join(root, "one/later"))).toBeGreaterThan(0);
    expect(storedRuns(join(root, "one/runs")).map(({ status: own }) => own)).toEqual(["stopped"]);
    expect(readdirSync(join(root, "two/history"))).toHaveLength(1);
    expect(existsSync(join(root, "two/runs"))).toBe(false);
    expect(hostErrors).toEqual([]);
  });
});
