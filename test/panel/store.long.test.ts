/** The folder of runs in the real workbench: the limit of 2 GB, atomic saves, what killed windows leave, missing weights. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { RUNS_IN_FOLDER, storedRuns } from "./runsFolder.ts";
import { command, ENDLESS, finished, panelOf, reloadWindow, shownFact, tab, trainByLens, windows } from "./windows.ts";
import { chooseInMenu, openFile, runItems, showRunsView } from "./workbenchParts.ts";

const { open } = windows();
const IN_FOLDER = { ".vscode/settings.json": RUNS_IN_FOLDER };

/** Trains the shown file's model and returns the run's id when it has finished. */
async function trainOnce(page: Page, runs: string): Promise<string> {
  const before = new Set(storedRuns(runs).map(({ id }) => id));
  // The lens shows that the extension is ready. A key that comes earlier may be lost.
  await trainByLens(page);
  const ended = (): string | undefined => storedRuns(runs).find(({ id, status }) => !before.has(id) && status === "finished")?.id;
  await expect.poll(ended).toBeDefined();
  return ended() ?? "";
}

test("the oldest run is deleted when the runs take more than 2 GB together, and the message says so", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: IN_FOLDER });
  const runs = join(folder, "runs");
  const oldest = await trainOnce(page, runs);
  const middle = await trainOnce(page, runs);
  // A sparse file takes no space on the disk. Its size counts.
  truncateSync(join(runs, oldest, "epochs.bin"), 2.1e9);
  const newest = await trainOnce(page, runs);
  await expect.poll(() => storedRuns(runs).map(({ id }) => id)).toEqual([middle, newest]);
  await page.getByText("the saved runs took more than 2 GB together", { exact: false }).first().waitFor();
  await page.locator(".notification-toast").getByRole("button", { name: "Open Setting" }).click();
  await page.locator(".settings-editor").getByText("take more than 2 GB together", { exact: false }).first().waitFor();
  // The settings are in front of the window. The first Escape may only leave their search.
  const isClosed = async (): Promise<boolean> => {
    if (!(await page.locator(".monaco-modal-editor-block").isVisible())) return true;
    await page.keyboard.press("Escape");
    return false;
  };
  await expect.poll(isClosed).toBe(true);
  expect(existsSync(join(runs, oldest))).toBe(false);
  await finished(panel);
  await tab(panel, "Runs");
  await expect.poll(() => panel.locator(".run-table").getByRole("checkbox").count()).toBe(1);
  expect(hostErrors).toEqual([]);
});

test("run.json is complete at every moment of a training", async () => {
  const { folder, page, panel } = await open("long.nn", { files: { ...IN_FOLDER, "long.nn": ENDLESS } });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => storedRuns(runs).length).toBe(1);
  const [{ id = "" } = {}] = storedRuns(runs);
  const versions = new Set<string>();
  // The file is read repeatedly, also while it is replaced.
  while (versions.size < 8) {
    const text = readFileSync(join(runs, id, "run.json"), "utf8");
    if (versions.has(text)) await setImmediate();
    else expect(JSON.parse(text).state.facts.id).toBe(id);
    versions.add(text);
  }
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await panel.getByText(/stopped after epoch/).waitFor();
  await expect.poll(() => readdirSync(join(runs, id)).filter((name) => name.endsWith(".new"))).toEqual([]);
});

test("what killed windows left is completed or deleted, and other folders stay", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: IN_FOLDER });
  const runs = join(folder, "runs");
  const id = await trainOnce(page, runs);
  await finished(panel);
  // Both files are as a killed window leaves them that has written the new file but not yet replaced the old one.
  for (const name of ["run.json", "checkpoint.safetensors"]) renameSync(join(runs, id, name), join(runs, id, `${name}.new`));
  const old = (name: string, file: string, text: string): string => {
    const at = join(runs, name);
    mkdirSync(at);
    writeFileSync(join(at, file), text);
    for (const path of [join(at, file), at]) utimesSync(path, 1e9, 1e9);
    return at;
  };
  const half = old("m1abcdef-0123abcd", "run.json.new", '{"version":1,"sta');
  const empty = old("m1abcdef-0123abce", "epochs.bin", "");
  const users = old("notes", "run.json.new", "mine");
  await reloadWindow(page);
  await finished(panelOf(page));
  await expect.poll(() => [existsSync(half), existsSync(empty)]).toEqual([false, false]);
  expect(readFileSync(join(users, "run.json.new"), "utf8")).toBe("mine");
  expect(storedRuns(runs).map((run) => run.id)).toEqual([id]);
  expect(readdirSync(join(runs, id)).filter((name) => name.endsWith(".new"))).toEqual([]);
  await expect.poll(() => shownFact(panel, "epoch").textContent()).toBe("1,000 of 1,000");
  await tab(panel, "Result");
  await panel.getByText("With the weights after epoch", { exact: false }).waitFor();
  await showRunsView(page);
  expect(await runItems(page).count()).toBe(1);
  expect(hostErrors).toEqual([]);
});

/** Rows in quotes are read slowly, and there are so many that the training is stopped long before they are read. */
const slowTable = (): string =>
  `x,y\n${Array.from({ length: 200_000 }, (_, k) => `"${k}","${2 * k}"\n`)
    .join("")
    .repeat(60)}`;

/** The last row has a word in place of a number. The checker reads only the beginning of a long file. */
const LATE_FAULT = `x,y\n${Array.from({ length: 300_000 }, (_, k) => `${k},${2 * k}\n`).join("")}1,word\n`;
const READS_TABLE = `model M {
  input x
  dense 1
}

data D {
  source csv("late.csv")
  features x
  target y
}

train M on D {
  loss mse
  epochs 5
}
`;

test("a run has no weights while its data are still being read, nor if it is stopped then, and says which", async () => {
  const slow = READS_TABLE.replace("late.csv", "slow.csv");
  const { folder, page, panel, hostErrors } = await open("slow.nn", { files: { ...IN_FOLDER, "slow.nn": slow, "slow.csv": slowTable() } });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => storedRuns(runs).length).toBe(1);
  await showRunsView(page);
  await exportWeights(page, "There are no weights yet: the data are still being read.");
  expect(storedRuns(runs).map(({ status }) => status)).toEqual(["loading"]);
  await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
  await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["stopped"]);
  await exportWeights(page, "This run has no weights: it ended before its data were read.");
  expect(await panel.getByText("are missing", { exact: false }).count()).toBe(0);
  expect(hostErrors).toEqual([]);
});

/** Exports the weights of the first run in the side bar, until the message appears. */
const exportWeights = (page: Page, message: string): Promise<void> =>
  chooseInMenu(runItems(page).first(), "Export Weights (safetensors)...", page.getByText(message).first());

test("a run without weights says why: its data were not read, or its window ended too early", async () => {
  const files = { ...IN_FOLDER, "late.nn": READS_TABLE, "late.csv": LATE_FAULT, "long.nn": ENDLESS };
  const { folder, page, panel } = await open("late.nn", { files });
  const runs = join(folder, "runs");
  await trainByLens(page);
  await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["failed"]);
  await panel.getByText('column y: "word" is text where a number belongs', { exact: false }).first().waitFor();
  await showRunsView(page);
  await exportWeights(page, "This run has no weights: it ended before its data were read.");

  // A host that is killed before the first weights are saved.
  await openFile(page, "long.nn");
  await command(page, "Backprop: Train Model");
  const long = (): string => storedRuns(runs).find(({ file }) => file === "long.nn")?.id ?? "";
  const stored = () => JSON.parse(readFileSync(join(runs, long(), "run.json"), "utf8"));
  await expect.poll(() => long() !== "" && (stored().table?.last ?? null) !== null).toBe(true);
  process.kill(stored().owner.process, "SIGKILL");
  rmSync(join(runs, long(), "checkpoint.safetensors"), { force: true });
  await reloadWindow(page);
  await page.getByRole("tab", { name: /^long\.nn/ }).click();
  await page.getByRole("button", { name: "Show Training Panel" }).click();
  // The dead host's panel left an empty, locked group. The new panel opens there and has the width for its words.
  await panel.getByText(/stopped after epoch/).waitFor();
  expect(await page.locator(".editor-group-container").count()).toBe(2);
  await page.getByRole("button", { name: "Unlock Group" }).waitFor();
  await panel
    .getByText("Its window ended before they were saved, or the file was deleted.", { exact: false })
    .locator("visible=true")
    .first()
    .waitFor();
  expect(await panel.getByText("it ended before its data were read", { exact: false }).count()).toBe(0);
});
