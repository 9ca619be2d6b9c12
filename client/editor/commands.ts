/** The commands by name. A test compares this table with package.json. */
import * as vscode from "vscode";
import { plainText } from "../../engine/safeText.ts";
import type { TrainingChoice } from "../../server/protocol.ts";
import { type RunState, statusText } from "../runs/runState.ts";
import { textHash } from "../runs/textHash.ts";
import type { CommandParts } from "./commandParts.ts";
import { debugDocument } from "./debug/configurations.ts";
import { DEBUG_COMMANDS } from "./debug/debugCommands.ts";
import { settingOf } from "./editorSettings.ts";
import { exportJob } from "./exportJob.ts";
import { writeFileGradient } from "./fileGradient.ts";
import { shownName } from "./fileNames.ts";
import { isGone } from "./files.ts";
import { newFile } from "./newFile.ts";
import { showError, showInformation } from "./notifications.ts";
import { openPage } from "./openPage.ts";
import { fileColumn } from "./panel/editorGroups.ts";
import { showFix } from "./quickFixes.ts";
import { RUN_COMMANDS } from "./runs/runCommands.ts";
import { writeStarter } from "./starter.ts";
import { taskFor } from "./tasks.ts";
import { startSeeds } from "./trainings/seedSeries.ts";
import { isTrustedHere } from "./trust.ts";
import { hasGradients, markDone } from "./walkthrough.ts";
import { chooseFile, fileFor } from "./whichFile.ts";

type Command = (parts: CommandParts, ...args: readonly unknown[]) => unknown;

export const COMMANDS: Readonly<Record<`backprop.${string}`, Command>> = {
  "backprop.train": (parts, file, which) => trainDocument(parts, file, typeof which === "number" ? which : undefined),
  "backprop.test": (parts, file, block) => testDocument(parts, file, typeof block === "number" ? block : undefined),
  "backprop.gradcheck": (parts, file, run) => checkGradients(parts, file, typeof run === "string" ? run : undefined),
  "backprop.debug": (parts, file, run, batch) =>
    debug(parts, file, { ...(batch as object | undefined), ...(typeof run === "string" && { run }) }),
  "backprop.writeGradient": writeGradient,
  "backprop.exportJob": writeJob,
  "backprop.import": async (parts, file) => (await import("./exchange/importFile.ts")).importFile(parts, file),
  "backprop.newFile": async ({ samples }) => {
    if (await newFile(samples)) markDone("more");
  },
  "backprop.openSample": async ({ samples }, name) => {
    if (typeof name === "string") await samples.show(name);
  },
  "backprop.writeStarter": ({ samples }) => writeStarter(samples),
  "backprop.showFix": async (parts, code, file) => {
    const document = await fileFor(parts, file, "Show Quick Fixes");
    if (document) await showFix(document, code);
  },
  "backprop.showPanel": showPanel,
  "backprop.pinPanel": ({ panels }) => panels.pin(),
  "backprop.exportStep": ({ panels }) => panels.exportStep(),
  "backprop.pause": async (parts) => {
    const file = await runningFile(parts, "Pause Training");
    if (file !== undefined) parts.trainings.pause(file);
  },
  "backprop.resume": async (parts) => {
    const file = await runningFile(parts, "Resume Training");
    if (file !== undefined) parts.trainings.resume(file);
  },
  "backprop.stop": async (parts) => {
    const file = await runningFile(parts, "Stop Training");
    if (file !== undefined) parts.trainings.stop(file);
  },
  "backprop.restartServer": ({ restartServer }) => restart(restartServer),
  "backprop.showTrainings": showTrainings,
  "backprop.openReference": ({ docs }) => openPage(vscode.Uri.joinPath(docs, "reference.md")),
  "backprop.openGlossary": ({ docs }) => openPage(vscode.Uri.joinPath(docs, "../../docs/glossary.md")),
  ...RUN_COMMANDS,
  ...DEBUG_COMMANDS,
};

/** Debugs a training of the document. The editor saves the text first. */
async function debug(parts: CommandParts, file: unknown, begin: Readonly<Record<string, unknown>>): Promise<void> {
  const document = await fileFor(parts, file, "Debug Training");
  if (document && isTrustedHere()) await debugDocument(document, begin);
}

/**
 * Trains the document's current text, saved or not, and shows the panel beside it. `which` chooses a training by index or name.
 * Returns the new run, or undefined if none was started.
 */
export async function trainDocument(parts: CommandParts, file: unknown, which: number | string | undefined): Promise<RunState | undefined> {
  const { trainings, panels, choicesOf, modelsOf } = parts;
  const document = await fileFor(parts, file, "Train Model");
  if (!document || !isTrustedHere()) return undefined;
  if (await isGone(document.toString())) {
    void showError(`${nameOf(document)} was deleted or moved, so there is nothing to train.`);
    return undefined;
  }
  // Hashed before the request, because the server answers for this text.
  const text = textHash((await vscode.workspace.openTextDocument(document)).getText());
  const choices = await choicesOf(document).catch(reportServer);
  if (!choices) return undefined;
  if (choices.length === 0) {
    // The panel shows the models of a file without a training.
    if ((await modelsOf(document).catch(reportServer))?.length) panels.show(document);
    else
      void showError(
        `${nameOf(document)} has no \`train\` block, so there is nothing to train. Add one: the completion list has a template.`,
      );
    return undefined;
  }
  const choice = await chosen(choices, which);
  if (!choice) return undefined;
  if (!choice.planned) {
    const go = "Go to Line";
    const { line, message } = choice.problem ?? { line: choice.line, message: "This training can't be run yet." };
    void showError(`${nameOf(document)}, line ${line + 1}: ${message}`, go).then(async (answer) => {
      if (answer === go) await reveal(document, line);
    });
    return undefined;
  }
  if (settingOf("panel.openOnTrain")) panels.show(document);
  const { seeds } = choice.planned;
  return seeds > 1 ? await startSeeds(trainings, document, choice, seeds, { text }) : await trainings.start(document, choice, { text });
}

async function restart(restartServer: () => Promise<void>): Promise<void> {
  try {
    await restartServer();
    vscode.window.setStatusBarMessage("Backprop's language server was restarted.", 4000);
  } catch (error) {
    reportServer(error);
  }
}

function reportServer(error: unknown): undefined {
  const reason = error instanceof Error ? error.message : String(error);
  void showError(`Backprop's language server can't be started: ${reason}`);
}

/** Lists the trainings in progress, including paused ones, and shows the chosen one's panel. */
async function showTrainings({ trainings, panels }: CommandParts): Promise<void> {
  const runs = trainings.inProgress();
  const files = runs.map(({ facts }) => facts.file);
  const items = runs.map((run) => ({
    label: statusText(run),
    description: plainText(shownName(run.facts.file, files)),
    file: run.facts.file,
  }));
  const [only] = items;
  if (!only) return void showInformation("No training is in progress.");
  const picked = items.length === 1 ? only : await vscode.window.showQuickPick(items, { placeHolder: "Which training?" });
  if (picked) panels.show(vscode.Uri.parse(picked.file));
}

async function chosen(choices: readonly TrainingChoice[], which: number | string | undefined): Promise<TrainingChoice | undefined> {
  if (typeof which === "number") return choices[which];
  const named = choices.find(({ run }) => run === which);
  if (named) return named;
  if (choices.length === 1) return choices[0];
  const picked = await vscode.window.showQuickPick(
    choices.map((choice) => ({
      label: choice.run,
      description: `line ${choice.line + 1}`,
      ...(choice.problem && { detail: choice.problem.message }),
      choice,
    })),
    { placeHolder: "Which training?" },
  );
  return picked?.choice;
}

/** Tests the document's current text, saved or not: one of its `expect` blocks, or all. */
async function testDocument(parts: CommandParts, file: unknown, block: number | undefined): Promise<void> {
  const { tests } = parts;
  const document = await fileFor(parts, file, "Test Expectations");
  if (document && (await tests.test(document, block).catch(reportServer)) === false)
    void showInformation(
      `${nameOf(document)} has no \`expect\` block, so there is nothing to test. Add one: the completion list has a template.`,
    );
}

/** Runs the command in a terminal, where its output remains readable. Findings also appear in the Problems view. */
async function checkGradients(parts: CommandParts, file: unknown, run: string | undefined): Promise<void> {
  const document = await savedDocument(parts, file, "Check Gradients");
  if (document) await vscode.tasks.executeTask(taskFor(parts.program, document, "gradcheck", run));
}

/** Writes out a gradient of one of the document's trainings. */
async function writeGradient(parts: CommandParts, file: unknown): Promise<void> {
  const { program, choicesOf } = parts;
  const document = await savedDocument(parts, file, "Write Out a Gradient");
  const choices = document && (await choicesOf(document).catch(reportServer));
  if (!document || !choices) return;
  if (choices.length === 0) return void showInformation(`${nameOf(document)} has no \`train\` block, so there is no loss to derive.`);
  const choice = await chosen(choices, undefined);
  if (choice) await writeFileGradient(program, document, choice);
}

/** Exports one of the document's trainings as a PyTorch project. */
async function writeJob(parts: CommandParts, file: unknown): Promise<void> {
  const { program, choicesOf } = parts;
  const document = await savedDocument(parts, file, "Export Training Job");
  const choices = document && (await choicesOf(document).catch(reportServer));
  if (!document || !choices) return;
  if (choices.length === 0) return void showInformation(`${nameOf(document)} has no \`train\` block, so there is no training to export.`);
  const choice = await chosen(choices, undefined);
  if (choice) await exportJob(program, document, choice);
}

/** Saves the document to the disk for the terminal command and returns it; shows a message and returns undefined if that is not possible. */
async function savedDocument(parts: CommandParts, file: unknown, action: string): Promise<vscode.Uri | undefined> {
  const document = await fileFor(parts, file, action);
  if (!document || !isTrustedHere()) return undefined;
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === document.toString());
  if (document.scheme !== "file") {
    void showInformation(
      `${nameOf(document)} is not on this machine's disk. Save it there first, because the terminal command reads it from the disk.`,
    );
    return undefined;
  }
  // The terminal command reads the saved file, not the editor's text.
  if (open?.isDirty && !(await open.save())) return undefined;
  return document;
}

/** Shows a file's panel: its training, or its network if the file has no training. A button of the walkthrough names a tab. */
async function showPanel(parts: CommandParts, file: unknown, tab: unknown): Promise<void> {
  const document = await fileFor(parts, file, "Show Training Panel");
  if (!document) return;
  parts.panels.show(document);
  if (typeof tab === "string") parts.panels.showTab(document, tab);
  if (hasGradients(await parts.trainings.runOf(document.toString()))) markDone("gradients");
}

/** Shows a line in the editor that displays the document. Otherwise opens the document in a group without a panel. */
export async function reveal(document: vscode.Uri, line: number): Promise<void> {
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === document.toString());
  const at = new vscode.Range(line, 0, line, 0);
  const editor = await vscode.window.showTextDocument(document, { viewColumn: shown?.viewColumn ?? fileColumn(), selection: at });
  editor.revealRange(at, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Returns the file of the training to act on: the active panel's or editor's, else the only one in progress, else the one that the user chooses. */
async function runningFile({ trainings, panels }: CommandParts, action: string): Promise<string | undefined> {
  const running = trainings.running();
  const active = panels.activeFile() ?? vscode.window.activeTextEditor?.document.uri.toString();
  if (active !== undefined && running.includes(active)) return active;
  if (running.length === 0) void showInformation("No training is in progress.");
  return running.length > 1 ? (await chooseFile(running, action))?.toString() : running[0];
}

/** Returns the file's name, for a notification. */
const nameOf = (document: vscode.Uri): string => document.path.split("/").at(-1) ?? "This file";
