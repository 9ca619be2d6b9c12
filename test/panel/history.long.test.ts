/** The history of runs in the side bar and the panel: runs of one name, deleted runs and files, wrong dates, damaged files. */
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { RUNS_IN_FOLDER, storedRuns } from "./runsFolder.ts";
import { finished, hintedLines, reloadWindow, shownFact, tab, trainByLens, windows } from "./windows.ts";
import { deleteRun, runItems, showRunsView } from "./workbenchParts.ts";

const { open } = windows();
const IN_FOLDER = { ".vscode/settings.json": RUNS_IN_FOLDER };

/** Trains the shown file's model and waits for its end. */
async function trainOnce(page: Page, runs: string): Promise<void> {
  const before = new Set(storedRuns(runs).map(({ id }) => id));
  // A panel that opens takes the focus for a moment, which closes the list of commands.
  await trainByLens(page);
  await expect.poll(() => storedRuns(runs).some(({ id, status }) => !before.has(id) && status === "finished")).toBe(true);
}

test("runs of one name are told apart in a chart; a deleted run is replaced by the next, and the last one takes the hints along", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: IN_FOLDER });
  const runs = join(folder, "runs");
  for (let k = 0; k < 3; k++) await trainOnce(page, runs);
  await finished(panel);
  await tab(panel, "Runs");
  const boxes = panel.locator(".run-table").getByRole("checkbox");
  for (let k = 0; k < 2; k++) await boxes.nth(k).click();
  await tab(panel, "Loss");
  const labels = (): Promise<string[]> => panel.locator(".u-legend:visible").first().locator("th").allInnerTexts();
  await expect.poll(async () => (await labels()).filter((label) => label.startsWith("Xor, ")).length).toBe(3);
  expect(new Set(await labels()).size).toBe((await labels()).length);

  const [oldest, middle, newest] = storedRuns(runs).map(({ id }) => id);
  await showRunsView(page);
  await deleteRun(page, runItems(page).first());
  await expect.poll(() => storedRuns(runs).map(({ id }) => id)).toEqual([oldest, middle]);
  expect(newest).toBeDefined();
  await finished(panel);
  await tab(panel, "Runs");
  await expect.poll(async () => await boxes.count()).toBe(1);
  await tab(panel, "Loss");
  await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
  await deleteRun(page, runItems(page).first());
  await expect.poll(() => storedRuns(runs).map(({ id }) => id)).toEqual([oldest]);
  await finished(panel);
  // The last run had been compared with the deleted ones. It is drawn once.
  await expect.poll(labels).toEqual(expect.not.arrayContaining([expect.stringContaining("Xor")]));
  await deleteRun(page, runItems(page).first());
  await expect.poll(() => storedRuns(runs)).toEqual([]);
  await expect.poll(() => hintedLines(page)).toEqual([]);
  await panel.getByText("Not trained yet.", { exact: false }).waitFor();
  expect(hostErrors).toEqual([]);
});

test("a deleted file leaves its runs in the history, and its panel says that it is gone until it is back", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: IN_FOLDER });
  await trainOnce(page, join(folder, "runs"));
  await finished(panel);
  rmSync(join(folder, "xor.nn"));
  const gone = panel.getByText("xor.nn was deleted or moved. Its runs stay in the history.");
  await gone.waitFor();
  expect(await panel.getByText("The text has changed", { exact: false }).count()).toBe(0);
  await showRunsView(page);
  expect(await runItems(page).count()).toBe(1);
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  await panel.locator("vscode-button").filter({ hasText: "Train Again" }).click();
  await page.getByText("xor.nn was deleted or moved, so there is nothing to train.").first().waitFor();
  copyFileSync(inProject("samples", "xor.nn"), join(folder, "xor.nn"));
  await gone.waitFor({ state: "detached" });
  expect(hostErrors).toEqual([]);
});

test("runs that are dated in the future don't push out new ones", async () => {
  const files = { ".vscode/settings.json": '{"backprop.runs.folder": "runs", "backprop.runs.keep": 2}' };
  const { folder, page, panel } = await open("xor.nn", { files });
  const runs = join(folder, "runs");
  for (let k = 0; k < 2; k++) await trainOnce(page, runs);
  const [early, late] = storedRuns(runs).map(({ id }) => id);
  // This window may save a run that has just ended once more. The next window does not.
  await reloadWindow(page);
  await finished(panel);
  const file = join(runs, late ?? "", "run.json");
  const stored = JSON.parse(readFileSync(file, "utf8"));
  // The clock was a year ahead during the whole training.
  const year = 365 * 24 * 3600 * 1000;
  stored.state.facts.begun += year;
  stored.state.ended += year;
  writeFileSync(file, JSON.stringify(stored));
  await reloadWindow(page);
  await page.locator(".monaco-editor .view-line").first().waitFor();
  await trainOnce(page, runs);
  await expect.poll(() => storedRuns(runs).length).toBe(2);
  expect(storedRuns(runs).map(({ id }) => id)).toContain(early);
  expect(existsSync(join(runs, late ?? ""))).toBe(false);
});

test("damaged parts of a run are named in words; a damaged table is made again from the record", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: IN_FOLDER });
  const runs = join(folder, "runs");
  await trainOnce(page, runs);
  // The panel is restored after a reload if it was drawn before.
  await finished(panel);
  const [{ id = "" } = {}] = storedRuns(runs);
  const at = (name: string): string => join(runs, id, name);
  truncateSync(at("table.bin"), 100);
  await reloadWindow(page);
  await finished(panel);
  await expect.poll(() => shownFact(panel, "epoch").textContent()).toBe("1,000 of 1,000");
  expect(await panel.getByText("missing or damaged", { exact: false }).count()).toBe(0);

  rmSync(at("epochs.bin"));
  truncateSync(at("table.bin"), 100);
  const weights = readFileSync(at("checkpoint.safetensors"));
  weights[weights.length - 10] = (weights.at(-10) ?? 0) ^ 1;
  writeFileSync(at("checkpoint.safetensors"), weights);
  await reloadWindow(page);
  await panel.getByText("The run's epochs can't be shown: table.bin and epochs.bin are missing or damaged.").waitFor();
  await tab(panel, "Result");
  await panel
    .locator(".note:visible")
    .getByText("The weights of this run (checkpoint.safetensors) can't be used: it is damaged", { exact: false })
    .waitFor();

  rmSync(at("checkpoint.safetensors"));
  await reloadWindow(page);
  await panel.getByText("has no checkpoint.safetensors", { exact: false }).first().waitFor();
  expect(hostErrors).toEqual([]);
});
