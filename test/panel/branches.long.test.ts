/** Git changes the files of trained models while they are closed: it checks out another branch, or renames a file. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { RUNS_IN_FOLDER, storedRuns } from "./runsFolder.ts";
import { finished, hintedLines, trainByLens, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();
const TEXT_CHANGED = "The text has changed since this run was trained.";

/** Returns a function that runs Git in the folder, which becomes a repository with all its files committed. */
function repository(folder: string): (...args: readonly string[]) => void {
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main", ...args], {
      cwd: folder,
      stdio: "ignore",
    });
  writeFileSync(join(folder, ".gitignore"), "runs/\n");
  git("init");
  git("add", ".");
  git("commit", "-m", "first");
  return git;
}

const closeFile = (page: Page, name: string): Promise<void> =>
  page
    .getByRole("tab", { name: new RegExp(`^${name}`) })
    .getByRole("button", { name: /Close/ })
    .click();

test("hints are at the layers that another branch has unchanged, and at all of them when the branch is back", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: { ".vscode/settings.json": RUNS_IN_FOLDER } });
  const git = repository(folder);
  await trainByLens(page);
  await finished(panel);
  await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
  await closeFile(page, "xor.nn");
  git("checkout", "-b", "deeper");
  const file = join(folder, "xor.nn");
  writeFileSync(file, `# deeper\n${readFileSync(file, "utf8").replace("dense 1 sigmoid", "dense 7 tanh\n  dense 1 sigmoid")}`);
  git("commit", "-am", "deeper");
  await panel.getByText(TEXT_CHANGED, { exact: false }).waitFor();
  await openFile(page, "xor.nn");
  await expect.poll(() => hintedLines(page)).toEqual([expect.stringContaining("hidden: dense 4 tanh")]);
  await closeFile(page, "xor.nn");
  await panel.getByText(TEXT_CHANGED, { exact: false }).waitFor();
  git("checkout", "main");
  await panel.getByText(TEXT_CHANGED, { exact: false }).waitFor({ state: "detached" });
  await openFile(page, "xor.nn");
  await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
  expect(hostErrors).toEqual([]);
});

test("a file that is renamed outside the editor has its runs, also after the way back; with two copies nothing moves", async () => {
  const { folder, page, panel, hostErrors } = await open("xor.nn", { files: { ".vscode/settings.json": RUNS_IN_FOLDER } });
  const runs = join(folder, "runs");
  const git = repository(folder);
  await trainByLens(page);
  await finished(panel);
  await expect.poll(() => storedRuns(runs).map(({ status }) => status)).toEqual(["finished"]);
  git("checkout", "-b", "renamed");
  git("mv", "xor.nn", "exclusive.nn");
  await panel.locator('h1[title$="exclusive.nn"]').waitFor();
  await page.getByRole("tab", { name: "Training: exclusive.nn" }).waitFor();
  await expect.poll(() => storedRuns(runs).map(({ file }) => file)).toEqual(["exclusive.nn"]);
  await openFile(page, "exclusive.nn");
  await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
  git("commit", "-m", "renamed");
  git("checkout", "main");
  await expect.poll(() => storedRuns(runs).map(({ file }) => file)).toEqual(["xor.nn"]);
  // With two files of the same text it is not certain which one was trained.
  const text = readFileSync(join(folder, "xor.nn"));
  for (const name of ["copy.nn", "other.nn"]) writeFileSync(join(folder, name), text);
  git("rm", "xor.nn");
  await panel.getByText("xor.nn was deleted or moved. Its runs stay in the history.").waitFor();
  await openFile(page, "copy.nn");
  await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().waitFor();
  expect(storedRuns(runs).map(({ file }) => file)).toEqual(["xor.nn"]);
  expect(hostErrors).toEqual([]);
});
