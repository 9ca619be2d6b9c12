/** Trainings outside the editor's own engine, in the packaged extension: an exported job, a followed folder, and the engine torch. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, inject, onTestFinished, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { startWorkbench, THEMES } from "../../scripts/run/workbench.ts";
import { NETS } from "../python/nets.ts";
import { standInPython } from "../python/standIn.ts";
import {
  command,
  ENDLESS,
  finished,
  hintedLines,
  newFolder,
  runFact,
  screenshot,
  shownFact,
  tab,
  trainByLens,
  windows,
} from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open, openOn } = windows();
const text = NETS.find(({ name }) => name === "classes")?.text ?? "";
const recorded = readFileSync(inProject("test/python/recorded/history.jsonl"), "utf8").trimEnd().split("\n");

/** Answers the question for a folder or a new file. */
async function answerPlace(page: Page, path: string): Promise<void> {
  const place = page.locator(".quick-input-widget input").first();
  await expect.poll(() => place.inputValue()).toContain("/");
  // Until the dialog lists the folder, it sets its own value again.
  await page.locator(".quick-input-widget .monaco-list-row").first().waitFor();
  await place.fill(path);
  await page.keyboard.press("Enter");
}

test("a training is exported as a job; the folder that another program writes is followed line by line in the panel", async () => {
  const { page, panel, folder, complaints, hostErrors } = await open("cluster.nn", {
    files: {
      "cluster.nn": text,
      "noisy.nn": text.replace("  out:", "  dropout 0.5\n  out:"),
      ".vscode/settings.json": '{ "backprop.precision": "float64" }',
    },
  });
  await page.getByText("67 parameters").first().waitFor();
  await command(page, "Backprop: Export Training Job...");
  await answerPlace(page, join(folder, "cluster-job"));
  await page.getByText("The training job is in cluster-job.").first().waitFor();
  const job = (name: string): string => join(folder, "cluster-job", name);
  expect(["train.py", "README.md", "start.safetensors", "data.safetensors", "ray_job.py"].filter((name) => !existsSync(job(name)))).toEqual(
    [],
  );
  expect(readFileSync(job("network.py"), "utf8")).toContain("self.hidden = nn.Linear(4, 8)");
  expect(JSON.parse(readFileSync(job("started.json"), "utf8"))).toMatchObject({ precision: "float64" });
  await page.getByRole("button", { name: "Open README" }).click();
  // This workbench lacks the built-in extension for Markdown, so the page is text.
  await page.locator(".view-line").filter({ hasText: "torchrun" }).first().waitFor();
  await openFile(page, "noisy.nn");
  await page.getByText("67 parameters").first().waitFor();
  await command(page, "Backprop: Export Training Job...");
  await answerPlace(page, join(folder, "noisy-job"));
  await page.getByText("dropout_1 drops by other random numbers in PyTorch", { exact: false }).first().waitFor();
  await openFile(page, "cluster.nn");

  // The other program has written its first event, one epoch, and half of the next line.
  const history = job("run/history.jsonl");
  mkdirSync(job("run"));
  cpSync(inProject("test/python/recorded/plan.json"), job("run/plan.json"));
  const [started = "", first = "", second = "", ...others] = recorded;
  writeFileSync(history, `${started}\n${first}\n${second.slice(0, 99)}`);
  await command(page, "Backprop: Open Run Folder...");
  await answerPlace(page, join(folder, "cluster-job"));
  await expect.poll(() => shownFact(panel, "epoch").innerText()).toMatch(/^1\b/);
  expect(await runFact(panel, "Engine").innerText()).toBe("torch 2.13.0+cpu, cpu, 2 processes");
  await expect.poll(() => hintedLines(page)).toEqual([expect.stringContaining("dense 8"), expect.stringContaining("dense 3")]);
  await panel.getByText("There are no weights yet: the program that trains this run has not saved", { exact: false }).first().waitFor();
  await panel.getByText("Stop Following", { exact: true }).waitFor();
  expect(await panel.getByText("Pause", { exact: true }).isVisible()).toBe(false);
  await screenshot(page, "followed-run");

  // A restart repeats the second epoch.
  appendFileSync(history, `${second.slice(99)}\n${second}\n`);
  await expect.poll(() => shownFact(panel, "epoch").innerText()).toMatch(/^2\b/);
  appendFileSync(history, `${others.join("\n")}\n`);
  await finished(panel);
  // Early stopping ended the job after epoch 4 and restored the weights after epoch 2, which are shown.
  await expect.poll(() => shownFact(panel, "epoch").innerText()).toMatch(/^2\b/);
  expect(await hintedLines(page)).toHaveLength(2);
  await tab(panel, "Gradients");
  await panel.locator(".view:visible").getByText("hidden").first().waitFor();
  await screenshot(page, "followed-run-gradients");
  expect(complaints).toEqual([]);
  expect(hostErrors).toEqual([]);
});

test("the engine torch trains like the extension's own; without PyTorch one sentence says what to install", async () => {
  const folder = newFolder({ "endless.nn": ENDLESS });
  for (const mode of ["trains", "missing"] as const) {
    const workbench = await startWorkbench({
      extensionsFolder: join(inject("dataFolder"), "extensions"),
      builtIns: THEMES,
      settings: { "backprop.engine": "torch", "backprop.python": standInPython(folder, mode) },
    });
    onTestFinished(workbench.stop);
    const { page, panel, complaints } = await openOn(folder, { workbench: workbench.url });
    await page.getByRole("treeitem", { name: "endless.nn" }).click();
    await trainByLens(page);
    if (mode === "missing") {
      await panel.getByText('-m pip install "torch>=2.4" safetensors numpy').first().waitFor();
      await screenshot(page, "torch-missing");
    } else {
      await panel.getByText("Pause", { exact: true }).first().click();
      await panel.locator(".status").filter({ hasText: "paused" }).waitFor();
      await screenshot(page, "torch-paused");
      await panel.getByText("Resume", { exact: true }).first().click();
      await panel.locator(".status").filter({ hasText: "training" }).waitFor();
      await panel.getByText("Stop", { exact: true }).first().click();
      await panel.locator(".status").filter({ hasText: "stopped" }).waitFor();
      expect(await runFact(panel, "Engine").innerText()).toBe("torch 0.0, made up, 1 process");
      await expect.poll(() => hintedLines(page)).toHaveLength(2);
    }
    expect(complaints).toEqual([]);
    await page.close();
  }
});
