/** Which file a command acts on. It never silently acts on a file that the user does not see. */
import * as vscode from "vscode";
import { plainText } from "../../engine/safeText.ts";
import { shownName } from "./fileNames.ts";
import { showInformation } from "./notifications.ts";
import type { Panels } from "./panel/panels.ts";
import { openTexts, type Samples } from "./samples.ts";

export interface FileParts {
  readonly panels: Pick<Panels, "activeFile" | "visibleFiles">;
  readonly samples: Pick<Samples, "show">;
}

/**
 * Returns the document that a lens (a string), a menu (a URI) or a button of the walkthrough (a sample) names. Without such a name, it returns the
 * document of the active editor or panel. Otherwise it returns the only visible one, else the only open one, and names it in the status bar. If there
 * are several, the user chooses. Returns undefined if there is none or the user cancelled. `action` is the command's title.
 */
export async function fileFor({ panels, samples }: FileParts, given: unknown, action: string): Promise<vscode.Uri | undefined> {
  if (typeof given === "string") return vscode.Uri.parse(given);
  if (given instanceof vscode.Uri) return given;
  const sample = sampleIn(given);
  if (sample !== undefined) return await samples.show(sample);
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === "nn") return active.uri;
  const inPanel = panels.activeFile();
  if (inPanel !== undefined) return vscode.Uri.parse(inPanel);
  const editors = vscode.window.visibleTextEditors.filter(({ document }) => document.languageId === "nn");
  const visible = distinct([...editors.map(({ document }) => document.uri.toString()), ...panels.visibleFiles()]);
  const candidates = visible.length > 0 ? visible : distinct(openTexts().filter(isNetwork).map(String));
  const [only] = candidates;
  if (only === undefined) {
    void offerFile(action);
    return undefined;
  }
  if (candidates.length > 1) return await chooseFile(candidates, action);
  vscode.window.setStatusBarMessage(`${action}: ${plainText(shownName(only, candidates))}`, SHOWN_MS);
  return vscode.Uri.parse(only);
}

/** How long the status bar shows the chosen file. */
const SHOWN_MS = 5000;

/** Returns the sample named by a button of the walkthrough. */
const sampleIn = (given: unknown): string | undefined =>
  typeof given === "object" && given !== null && "sample" in given && typeof given.sample === "string" ? given.sample : undefined;

const distinct = (files: readonly string[]): string[] => [...new Set(files)];

const isNetwork = (uri: vscode.Uri): boolean =>
  uri.path.endsWith(".nn") ||
  vscode.workspace.textDocuments.some(({ uri: own, languageId }) => languageId === "nn" && own.toString() === uri.toString());

/** Lets the user choose one of the files. */
export async function chooseFile(files: readonly string[], action: string): Promise<vscode.Uri | undefined> {
  const items = files.map((file) => ({ label: plainText(shownName(file, files)), file }));
  const picked = await vscode.window.showQuickPick(items, { title: action, placeHolder: "Which file?" });
  return picked && vscode.Uri.parse(picked.file);
}

async function offerFile(action: string): Promise<void> {
  const create = "New Neural Network...";
  const answer = await showInformation(`${action} needs a .nn file, and none is open.`, create);
  if (answer === create) await vscode.commands.executeCommand("backprop.newFile");
}
