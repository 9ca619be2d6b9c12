/** The disk during a training: weights and epochs after a kill of the extension host, and a folder that temporarily can't be written to. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { missingEpochs, RUNS_IN_FOLDER, savedEpochs, storedRuns } from "./runsFolder.ts";
import { command, ENDLESS, reloadWindow, tab, trainByLens, windows } from "./windows.ts";
import { chooseInMenu, openFile, runItems, saveAt, showRunsView } from "./workbenchParts.ts";

const { open } = windows();
const FILES = { "long.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER };

test("a killed extension host loses no recorded epoch and no weights older than 30 s, and its run is newer than those that ended before", async () => {
  const files = { ...FILES, ".vscode/settings.json": '{"backprop.runs.folder": "runs", "backprop.runs.keep": 2}' };
  const { folder, page, panel } = await open("long.nn", { files });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => savedEpochs(runs)).toBeGreaterThan(0);
  const [{ id = "" } = {}] = storedRuns(runs);
  const weights = join(runs, id, "checkpoint.safetensors");
  const savedAt = (): number => (existsSync(weights) ? statSync(weights).mtimeMs : 0);
  await openFile(page, "xor.nn");
  await trainShort(page, runs);
  await trainShort(page, runs);
  // Three saves of weights, and most of the time until the next one.
  const times: number[] = [];
  while (times.length < 4) {
    const before = times.at(-1) ?? 0;
    await expect.poll(savedAt, { interval: 100 }).toBeGreaterThan(before);
    times.push(savedAt());
  }
  expect(
    times
      .slice(1)
      .map((time, k) => time - (times[k] ?? 0))
      .filter((age) => age > 30_000),
  ).toEqual([]);
  const { owner } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8"));
  process.kill(owner.process, "SIGKILL");
  await reloadWindow(page);
  await openFile(page, "long.nn");
  // The editor closes the panels of a host that has died.
  await page.getByRole("button", { name: "Show Training Panel" }).click();
  const ended = panel.getByText(/stopped after epoch/);
  const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
  expect(missingEpochs(runs, epoch, id)).toEqual([]);
  expect(JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8")).state.end.epoch).toBe(epoch);
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  await tab(panel, "One Step");
  await panel.locator(".stage h2").waitFor();
  // The next run is one too many.
  await openFile(page, "xor.nn");
  await trainShort(page, runs);
  await expect.poll(() => storedRuns(runs).map(({ file }) => file)).toEqual(["long.nn", "xor.nn"]);
  expect(existsSync(weights)).toBe(true);
});

/** Trains the shown file's model, which takes a moment. */
async function trainShort(page: Page, runs: string): Promise<void> {
  const before = new Set(storedRuns(runs).map(({ id }) => id));
  await trainByLens(page);
  await expect.poll(() => storedRuns(runs).some(({ id, status }) => !before.has(id) && status === "finished")).toBe(true);
}

test("a folder that can't be written to for a while is said while it lasts, and the run is saved at its end", async () => {
  const { folder, page, panel, hostErrors } = await open("long.nn", { files: FILES });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => savedEpochs(runs)).toBeGreaterThan(0);
  renameSync(runs, join(folder, "away"));
  writeFileSync(runs, "");
  const said = panel.locator(".message").getByText("can't be saved", { exact: false });
  await said.waitFor();
  await page.locator(".notification-toast").getByText("can't be saved", { exact: false }).waitFor();
  await page.locator(".notification-toast").getByRole("button", { name: "Export Weights..." }).waitFor();
  rmSync(runs);
  renameSync(join(folder, "away"), runs);
  await said.waitFor({ state: "detached" });
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
  await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["stopped"]);
  await reloadWindow(page);
  const ended = panel.getByText(/stopped after epoch/);
  const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
  expect(missingEpochs(runs, epoch)).toEqual([]);
  expect(hostErrors).toEqual([]);
});

test("a folder that can't be written to is said at once in the panel and as a notification, and both export the weights", async () => {
  // A file is in the folder's place.
  const files = { "long.nn": ENDLESS, runs: "", ".vscode/settings.json": RUNS_IN_FOLDER };
  const { folder, page, panel, hostErrors } = await open("long.nn", { files });
  await trainByLens(page);
  const toast = page.locator(".notification-toast").filter({ hasText: "can't be saved" });
  const requireWeights = async (name: string): Promise<void> => {
    const file = join(folder, name);
    await saveAt(page, file);
    await expect.poll(() => existsSync(file)).toBe(true);
    expect(parseSafetensors(new Uint8Array(readFileSync(file))).tensors.has("hidden/kernel")).toBe(true);
  };
  await panel.locator(".message").getByText("can't be saved", { exact: false }).waitFor();
  await panel.locator(".message").getByText("Export the weights…").click();
  await requireWeights("panel.safetensors");
  await toast.getByRole("button", { name: "Export Weights..." }).click();
  await requireWeights("notification.safetensors");
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  expect(hostErrors).toEqual([]);
});

test("an export of a history names the epochs that could not be saved", async () => {
  // More epochs than the run's table has rows, but few enough for a file.
  const endless = readFileSync(inProject("samples", "iris.nn"), "utf8").replace(/epochs +\d+/, "epochs 100000000");
  const { folder, page, panel, hostErrors } = await open("slow.nn", { files: { ...FILES, "slow.nn": endless, runs: "" } });
  const runs = join(folder, "runs");
  await trainByLens(page);
  const said = panel.locator(".message").getByText("can't be saved", { exact: false });
  await said.waitFor();
  rmSync(runs);
  await said.waitFor({ state: "detached" });
  await expect.poll(() => savedEpochs(runs)).toBeGreaterThan(3000);
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  const ended = panel.getByText(/stopped after epoch/);
  const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
  await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["stopped"]);
  await showRunsView(page);
  const exported = async (format: string): Promise<string> => {
    const file = join(folder, `history.${format}`);
    const place = page.locator(".quick-input-widget input").first();
    await chooseInMenu(runItems(page).first(), `Export History (${format.toUpperCase()})...`, place);
    await saveAt(page, file);
    const toast = page.locator(".notification-toast");
    await toast.getByText("lacks epochs that could not be saved during the training: 1 to", { exact: false }).waitFor();
    expect(existsSync(file)).toBe(true);
    await command(page, "Notifications: Clear All Notifications");
    return readFileSync(file, "utf8");
  };
  const { epochs, missing_epochs: missing } = JSON.parse(await exported("json"));
  const saved: number[] = epochs.epoch;
  const first = epoch - saved.length + 1;
  expect(saved).toEqual(Array.from({ length: saved.length }, (_, k) => first + k));
  expect(missing).toEqual([[1, first - 1]]);
  expect((await exported("csv")).trim().split("\n")).toHaveLength(1 + saved.length);
  expect(hostErrors).toEqual([]);
});
