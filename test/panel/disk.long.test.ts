/** The disk during a training: weights and epochs after a kill of the extension host, and a folder that temporarily can't be written to. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingEpochs, RUNS_IN_FOLDER, savedEpochs, storedRuns } from "./runsFolder.ts";
import { ENDLESS, reloadWindow, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();
const FILES = { "long.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER };

test("a killed extension host loses no recorded epoch and no weights older than 30 s", async () => {
  const { folder, page, panel } = await open("long.nn", { files: FILES });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => savedEpochs(runs)).toBeGreaterThan(0);
  const [{ id = "" } = {}] = storedRuns(runs);
  const weights = join(runs, id, "checkpoint.safetensors");
  const savedAt = (): number => (existsSync(weights) ? statSync(weights).mtimeMs : 0);
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
  // The editor closes the panels of a host that has died.
  await page.getByRole("button", { name: "Show Training Panel" }).click();
  const ended = panel.getByText(/stopped after epoch/);
  const epoch = Number((await ended.innerText()).replaceAll(",", "").match(/after epoch (\d+)/)?.[1]);
  expect(missingEpochs(runs, epoch)).toEqual([]);
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  await tab(panel, "One Step");
  await panel.locator(".stage h2").waitFor();
});

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

test("a folder that can't be written to is said at once in the panel and as a notification", async () => {
  // A file is in the folder's place.
  const files = { "long.nn": ENDLESS, runs: "", ".vscode/settings.json": RUNS_IN_FOLDER };
  const { page, panel } = await open("long.nn", { files });
  await trainByLens(page);
  await panel.locator(".message").getByText("can't be saved", { exact: false }).waitFor();
  await panel.locator(".message").getByText("Export the weights…").waitFor();
  await page.locator(".notification-toast").getByText("can't be saved", { exact: false }).waitFor();
  await page.locator(".notification-toast").getByRole("button", { name: "Export Weights..." }).waitFor();
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
});
