/** The history of runs in ordinary situations of a working day, in the real workbench: edits, renames, kills, a disk that can't be written. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { command, finished, panelOf, tab, trainByLens, windows } from "./windows.ts";

const { open } = windows();

const sample = (name: string): string => readFileSync(inProject("samples", name), "utf8");
const ENDLESS = sample("xor.nn").replace("dense 4 tanh", "dense 64 tanh").replace("epochs    1000", "epochs    1000000000");
const RUNS_IN_FOLDER = '{"backprop.runs.folder": "runs"}';

/** Returns the text of each line that has a gradient hint. */
const hintedLines = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll(".view-line")]
      .filter((line) => [...line.querySelectorAll("span")].some((span) => getComputedStyle(span, "::after").content.includes("∇")))
      .map((line) => (line.textContent ?? "").replaceAll("\u00a0", " ").trim()),
  );

/** Returns the texts of the editor's visible lines. */
const shownLines = async (page: Page): Promise<string[]> =>
  (await page.locator(".monaco-editor .view-line").allInnerTexts()).map((text) => text.replaceAll("\u00a0", " ").trim());

async function typeAtStart(page: Page, text: string): Promise<void> {
  // At the start of a line: to click at the middle of a long element, the browser would scroll it out of the editor's view.
  await page
    .locator(".monaco-editor .view-line")
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(text);
}

describe("what is shown belongs to what was trained", () => {
  test("hints follow their layers while typing, vanish from a layer that changes, and come back by undo", async () => {
    const { page, panel } = await open("xor.nn");
    await trainByLens(page);
    await finished(panel);
    const layers = ["hidden: dense 4 tanh", "dense 1 sigmoid"];
    await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
    await typeAtStart(page, "# a note");
    await page.keyboard.press("Enter");
    await panel.getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
    await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
    // The 4 of the hidden layer becomes an 8, which changes the next layer's kernel too.
    await page.keyboard.press("Control+G");
    await page.keyboard.type("6:17");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Delete");
    await page.keyboard.type("8");
    await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 8 tanh"));
    await expect.poll(() => hintedLines(page)).toEqual([]);
    for (let k = 0; k < 2; k++) await page.keyboard.press("Control+Z");
    await expect.poll(() => shownLines(page)).toContainEqual(expect.stringContaining("hidden: dense 4 tanh"));
    await expect.poll(() => hintedLines(page)).toEqual(layers.map((line) => expect.stringContaining(line)));
  });

  test("a file that was edited while its window was closed has hints at its own layers alone", async () => {
    const { folder, page, panel } = await open("xor.nn");
    await trainByLens(page);
    await finished(panel);
    await expect.poll(async () => (await hintedLines(page)).length).toBe(2);
    const file = join(folder, "xor.nn");
    writeFileSync(file, `# moved down\n${readFileSync(file, "utf8").replace("dense 1 sigmoid", "dense 7 tanh\n  dense 1 sigmoid")}`);
    await reload(page);
    await panelOf(page).getByText("The text has changed since this run was trained.", { exact: false }).waitFor();
    await expect.poll(() => hintedLines(page)).toEqual([expect.stringContaining("hidden: dense 4 tanh")]);
  });

  test("data that changed are said with the result, and a missing file that is back works at the next look", async () => {
    const { folder, page, panel } = await open("iris.nn");
    await trainByLens(page);
    await finished(panel);
    const csv = join(folder, "iris.csv");
    const table = readFileSync(csv, "utf8");
    writeFileSync(csv, table.split("\n").slice(0, 60).join("\n"));
    await tab(panel, "Result");
    await panel.getByText("iris.csv has changed since this run was trained", { exact: false }).first().waitFor();
    await panel.locator(".message").getByText("Train again").waitFor();
    rmSync(csv);
    await tab(panel, "One Step");
    await panel.getByText("iris.csv", { exact: false }).first().waitFor();
    writeFileSync(csv, table);
    await tab(panel, "Result");
    await panel.getByText("With the weights after epoch 60", { exact: false }).waitFor();
  });

  test("a file that is renamed in the editor takes its training, its panel and its runs along", async () => {
    const { folder, page, panel } = await open("long.nn", { files: { "long.nn": ENDLESS, ".vscode/settings.json": RUNS_IN_FOLDER } });
    await trainByLens(page);
    await panel.getByText("long.nn · training", { exact: false }).waitFor();
    await page.getByRole("treeitem", { name: "long.nn" }).click();
    await page.keyboard.press("F2");
    await page.locator(".explorer-item-edited input").fill("renamed.nn");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Training: renamed.nn" }).waitFor();
    await panel.getByText("renamed.nn · training", { exact: false }).waitFor();
    await panel.locator("vscode-button").filter({ hasText: "Stop" }).click();
    await panel.getByText(/renamed\.nn · stopped after epoch/).waitFor();
    await expect
      .poll(() => storedRuns(join(folder, "runs")).map(({ file, status }) => `${file} ${status}`))
      .toEqual(["renamed.nn stopped"]);
    await reload(page);
    await panelOf(page)
      .getByText(/renamed\.nn · stopped after epoch/)
      .waitFor();
  });
});

describe("nothing trained is lost", () => {
  test("a folder that can't be written to is said at once in the panel and as a notification", async () => {
    // Where the folder should be is a file.
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

  test("a training in progress outlives newer runs beyond runs.keep; the deleted runs are said", async () => {
    const settings = '{"backprop.runs.folder": "runs", "backprop.runs.keep": 1}';
    const { folder, page, panel } = await open("long.nn", { files: { "long.nn": ENDLESS, ".vscode/settings.json": settings } });
    await trainByLens(page);
    await panel.getByText("long.nn · training", { exact: false }).waitFor();
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
  });
});

describe("the language server", () => {
  test("is not started again by itself after five deaths; a training and the command start it", async () => {
    const { page, panel } = await open("xor.nn");
    await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().waitFor();
    const message = page.getByText("language server stopped five times", { exact: false }).first();
    const killAll = async (): Promise<boolean> => {
      for (const id of servers()) process.kill(id, "SIGKILL");
      return await message.isVisible();
    };
    // Each server is given time to start, since the end of one that is starting is another kind of failure.
    await expect.poll(killAll, { interval: 3000 }).toBe(true);
    await command(page, "Backprop: Train Model");
    await finished(panel);
    await command(page, "Backprop: Restart Language Server");
    await page.getByText("language server was restarted", { exact: false }).first().waitFor();
  });
});

/** Returns the ids of the language servers' processes in this test's workbench. */
function servers(): number[] {
  const list = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return list.filter((line) => line.includes(inject("dataFolder")) && line.includes("server.cjs")).map((line) => Number.parseInt(line, 10));
}

interface StoredRun {
  readonly file: string;
  readonly status: string;
}

/** Returns the file and the status of each run in the folder. */
function storedRuns(runs: string): StoredRun[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs).flatMap((id) => {
    try {
      const { facts, status } = JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8")).state;
      return [{ file: facts.fileName, status }];
    } catch {
      // The run is being deleted.
      return [];
    }
  });
}

async function reload(page: Page): Promise<void> {
  const reloaded = page.waitForEvent("load");
  await command(page, "Developer: Reload Window");
  await reloaded;
}
