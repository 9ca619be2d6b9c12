/** Situations of a working day in the real workbench: closed windows, changed data, renames, a full history, kills. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { RUNS_IN_FOLDER, storedRuns } from "./runsFolder.ts";
import {
  choose,
  command,
  ENDLESS,
  finished,
  hintedLines,
  panelOf,
  reloadWindow,
  sampleLine,
  tab,
  trainByLens,
  windows,
} from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

describe("what is shown belongs to what was trained", () => {
  test("a file that was edited while its window was closed has hints at its own layers alone", async () => {
    const { folder, page, panel, hostErrors } = await open("xor.nn");
    await trainByLens(page);
    await finished(panel);
    await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
    const file = join(folder, "xor.nn");
    writeFileSync(file, `# moved down\n${readFileSync(file, "utf8").replace("dense 1 sigmoid", "dense 7 tanh\n  dense 1 sigmoid")}`);
    await reloadWindow(page);
    await panelOf(page).getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
    await expect.poll(() => hintedLines(page)).toEqual([expect.stringContaining("hidden: dense 4 tanh")]);
    // A click on a layer shows its present line, or says that there is none.
    await tab(panel, "Gradients");
    await panel.locator(".layers").getByRole("button", { name: "hidden" }).click();
    const moved = page.getByText(`Ln ${1 + sampleLine("xor.nn", "dense 4 tanh")}, Col 1`);
    await moved.waitFor();
    await panel.locator(".layers").getByRole("button", { name: "dense_1" }).click();
    await page.getByText("this line is no longer in it", { exact: false }).first().waitFor();
    expect(hostErrors).toEqual([]);
  });

  test("a finding that arrives after an edit is on the line of its layer, and an undo takes it along", async () => {
    const dead = trainingFindings.NN602.example.replace("epochs 4", "epochs 30");
    const { page, panel, hostErrors } = await open("xor.nn", { files: { "dead.nn": dead } });
    const line = dead.split("\n").findIndex((text) => text.includes("dense 8 relu")) + 1;
    // With one epoch at a click, nothing is found before the edit.
    await trainByLens(page);
    await finished(panel);
    await choose(panel, "Speed", "One at a click");
    await openFile(page, "dead.nn");
    await command(page, "Backprop: Train Model");
    await panel.locator('h1[title$="dead.nn"]').waitFor();
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).waitFor();
    await page
      .locator(".monaco-editor .view-line")
      .first()
      .click({ position: { x: 5, y: 5 } });
    await page.keyboard.press("Control+Home");
    for (let k = 0; k < 2; k++) await page.keyboard.press("Enter");
    await panel.getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
    await choose(panel, "Speed", "Full speed");
    await finished(panel);
    await command(page, "Problems: Focus on Problems View");
    const finding = page.locator(".markers-panel .monaco-list-row").filter({ hasText: "NN602" });
    await finding.filter({ hasText: `[Ln ${line + 2},` }).waitFor();
    expect(await finding.count()).toBe(1);
    await page
      .locator(".monaco-editor .view-line")
      .last()
      .click({ position: { x: 5, y: 5 } });
    for (let k = 0; k < 2; k++) await page.keyboard.press("Control+Z");
    await finding.filter({ hasText: `[Ln ${line},` }).waitFor();
    expect(hostErrors).toEqual([]);
  });

  test("data that change are said before the numbers about them, also while the answers are shown, until the model is trained again; a missing file that is back is read", async () => {
    const { folder, page, panel, hostErrors } = await open("iris.nn");
    await trainByLens(page);
    await finished(panel);
    const csv = join(folder, "iris.csv");
    const table = readFileSync(csv, "utf8");
    // Every second row: all three classes, so the model can be trained again.
    const shorter = table
      .split("\n")
      .filter((_line, k) => k % 2 === 0)
      .join("\n");
    const changed = panel.locator(".message").getByText("iris.csv has changed since this run was trained", { exact: false });
    const rows = (count: number): Promise<void> =>
      panel.getByText(`on all ${count} validation rows`, { exact: false }).locator("visible=true").first().waitFor();
    const step = panel.locator(".stage h2");
    await tab(panel, "One Step");
    await step.waitFor();
    await tab(panel, "Result");
    await rows(30);
    // Both tabs have their answers, and nobody asks for others.
    writeFileSync(csv, shorter);
    await rows(15);
    expect(await changed.isVisible()).toBe(true);
    await panel.locator(".message").getByText("Train again").waitFor();
    await tab(panel, "One Step");
    await step.waitFor();
    rmSync(csv);
    await panel.getByText("There is no file iris.csv", { exact: false }).locator("visible=true").first().waitFor();
    expect(await step.isVisible()).toBe(false);
    writeFileSync(csv, table);
    await step.waitFor();
    await changed.waitFor({ state: "detached" });
    // A tab that does not show data tells it, too.
    await tab(panel, "Result");
    await rows(30);
    await tab(panel, "Loss");
    writeFileSync(csv, shorter);
    await tab(panel, "Result");
    await rows(15);
    expect(await changed.isVisible()).toBe(true);
    await panel.locator(".message").getByText("Train again").click();
    await changed.waitFor({ state: "detached" });
    await rows(15);
    expect(await changed.count()).toBe(0);
    expect(hostErrors).toEqual([]);
  });

  test("a file that is renamed in the editor takes its training, its panel and its runs along", async () => {
    const { folder, page, panel, hostErrors } = await open("long.nn", {
      files: { "long.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER },
    });
    await trainByLens(page);
    await panel.locator('h1[title$="long.nn"]').waitFor();
    await page.getByRole("treeitem", { name: "long.nn" }).click();
    await page.keyboard.press("F2");
    await page.locator(".explorer-item-edited input").fill("renamed.nn");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Training: renamed.nn" }).waitFor();
    await panel.locator('h1[title$="renamed.nn"]').waitFor();
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
    await panel.getByText(/stopped after epoch/).waitFor();
    await expect
      .poll(() => storedRuns(join(folder, "runs")).map(({ file, status }) => `${file} ${status}`))
      .toEqual(["renamed.nn stopped"]);
    await reloadWindow(page);
    await panelOf(page).locator('h1[title$="renamed.nn"]').waitFor();
    expect(hostErrors).toEqual([]);
  });
});

describe("nothing trained is lost", () => {
  test("a training in progress outlives newer runs beyond runs.keep; the deleted runs are said, and none is saved again", async () => {
    const settings = '{"backprop.runs.folder": "runs", "backprop.runs.keep": 1}';
    const { folder, page, panel, hostErrors } = await open("long.nn", { files: { "long.nn": ENDLESS, ".vscode/settings.json": settings } });
    await trainByLens(page);
    await panel.locator('h1[title$="long.nn"]').waitFor();
    await page.getByRole("treeitem", { name: "xor.nn" }).dblclick();
    await page.getByRole("tab", { name: /^xor\.nn/ }).waitFor();
    for (let k = 1; k <= 2; k++) {
      await command(page, "Backprop: Train Model");
      await expect
        .poll(() => storedRuns(join(folder, "runs")).filter(({ file, status }) => file === "xor.nn" && status === "finished").length)
        .toBe(1);
    }
    await page.getByText("Deleted the oldest run", { exact: false }).first().waitFor();
    expect(storedRuns(join(folder, "runs")).map(({ file }) => file)).toContain("long.nn");

    // Each training ends or is stopped by the next one, which deletes it while it may still be saved.
    const runs = join(folder, "runs");
    const returned = returnsTo(runs);
    await panel.locator('h1[title$="xor.nn"]').waitFor();
    const again = panel.locator("vscode-button").filter({ hasText: "Train Again" });
    for (let k = 0; k < 6; k++) await again.click();
    await finished(panel);
    const stored = (): string[] => storedRuns(runs).map(({ file, status }) => `${file} ${status}`);
    await expect.poll(stored).toEqual(["long.nn training", "xor.nn finished"]);
    await expect.poll(() => readdirSync(runs)).toHaveLength(2);
    const [, last] = storedRuns(runs);
    expect(readdirSync(join(runs, last?.id ?? "")).filter((name) => name.endsWith(".new"))).toEqual([]);
    expect(returned()).toEqual([]);
    expect(hostErrors).toEqual([]);
  });
});

describe("the language server", () => {
  test("is not started again by itself after five deaths; the message's button, a training and the command start it", async () => {
    const { page, panel, hostErrors } = await open("xor.nn");
    await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().waitFor();
    const message = page.getByText("language server stopped five times", { exact: false }).first();
    const killAll = async (): Promise<boolean> => {
      for (const id of servers()) process.kill(id, "SIGKILL");
      return await message.isVisible();
    };
    // Each server gets time to start, since the death of a starting server is another kind of failure.
    await expect.poll(killAll, { interval: 3000 }).toBe(true);
    const toast = page.locator(".notification-toast");
    await toast.getByRole("button", { name: "Restart Language Server" }).click();
    const restarted = page.getByText("language server was restarted", { exact: false }).first();
    await restarted.waitFor();
    await page
      .locator(".monaco-editor .view-line")
      .first()
      .click({ position: { x: 5, y: 5 } });
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("modle");
    await page.locator(".squiggly-error").first().waitFor();
    for (let k = 0; k < 5; k++) await page.keyboard.press("Backspace");
    await page.locator(".squiggly-error").first().waitFor({ state: "detached" });

    await command(page, "Notifications: Clear All Notifications");
    await expect.poll(killAll, { interval: 3000 }).toBe(true);
    await command(page, "Backprop: Train Model");
    await finished(panel);
    await command(page, "Backprop: Restart Language Server");
    await restarted.waitFor();
    expect(hostErrors).toEqual([]);
  });
});

/** Returns the ids of the language servers' processes in this test's workbench. */
function servers(): number[] {
  const list = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return list.filter((line) => line.includes(inject("dataFolder")) && line.includes("server.js")).map((line) => Number.parseInt(line, 10));
}

/** Lists the folder repeatedly. Returns a function that returns the names that came back after they had gone. */
function returnsTo(folder: string): () => string[] {
  const gone = new Set<string>();
  const returned = new Set<string>();
  let before: readonly string[] = [];
  const timer = setInterval(() => {
    const now = readdirSync(folder);
    for (const name of before) if (!now.includes(name)) gone.add(name);
    for (const name of now) if (gone.has(name)) returned.add(name);
    before = now;
  }, 5);
  onTestFinished(() => clearInterval(timer));
  return () => [...returned];
}
