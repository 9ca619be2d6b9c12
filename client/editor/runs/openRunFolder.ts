/** Open Run Folder: follows a run that another program trains, in the panel of the run's .nn file. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import { foreignFolder } from "../../runs/foreignFolder.ts";
import { clockText } from "../../runs/runNames.ts";
import type { CommandParts } from "../commandParts.ts";
import { baseName } from "../fileNames.ts";
import { showError } from "../notifications.ts";
import { isTrustedHere } from "../trust.ts";

/** At most this many of the workspace's .nn files are searched for the run's training. */
const SEARCHED = 200;

type Parts = Pick<CommandParts, "trainings" | "panels" | "choicesOf">;

/** Follows the given folder, or asks for one. */
export async function openRunFolder({ trainings, panels, choicesOf }: Parts, given: unknown): Promise<void> {
  if (!isTrustedHere()) return;
  const [chosen] =
    given instanceof vscode.Uri
      ? [given]
      : ((await vscode.window.showOpenDialog({
          canSelectFiles: false,
          canSelectFolders: true,
          openLabel: "Follow",
          title: "The folder with history.jsonl, which a training writes",
        })) ?? []);
  if (!chosen) return;
  const name = plainText(baseName(chosen.toString()));
  const found = await foreignFolder(chosen.fsPath).catch(() => undefined);
  if (!found) {
    void showError(`${name} has no history.jsonl, so there is no run to follow. A training writes it when it starts.`);
    return;
  }
  const { folder, started, facts, plan } = found;
  const { document, lines } = (await trainingIn(choicesOf, facts.model, facts.run)) ?? {
    // Without a .nn file, the charts appear under the folder's name.
    document: vscode.Uri.joinPath(vscode.Uri.file(folder), "history.jsonl"),
    lines: {},
  };
  await trainings.follow(document, {
    folder,
    facts: { ...facts, lines },
    plan,
    precision: started?.precision ?? "float32",
    onQuiet: quietNotice(name),
  });
  panels.show(document);
}

/** Returns `ForeignRun.onQuiet`: the status bar says since when the run has no new line, until it is called with null. */
export function quietNotice(name: string, now: () => number = Date.now): (seconds: number | null) => void {
  let shown: vscode.Disposable | undefined;
  return (seconds) => {
    shown?.dispose();
    shown = seconds === null ? undefined : vscode.window.setStatusBarMessage(`${name}: no line since ${clockText(now() - seconds * 1000)}`);
  };
}

/** Returns the .nn file with the training: a visible one, or else one in the workspace. */
async function trainingIn(
  choicesOf: Parts["choicesOf"],
  model: string,
  run: string,
): Promise<{ readonly document: vscode.Uri; readonly lines: Readonly<Record<string, number>> } | undefined> {
  const visible = vscode.window.visibleTextEditors.map(({ document }) => document).filter(({ languageId }) => languageId === "nn");
  const files = await vscode.workspace.findFiles("**/*.nn", "**/node_modules/**", SEARCHED);
  for (const document of [...visible.map(({ uri }) => uri), ...files]) {
    await vscode.workspace.openTextDocument(document);
    const choice = (await choicesOf(document).catch(() => [])).find((one) => one.model === model && one.run === run);
    if (choice) return { document, lines: choice.lines };
  }
  return undefined;
}
